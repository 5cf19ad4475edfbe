import type { Pipe } from "../core/pipe/pipe.js"
import { Ring } from "../core/ring.js"
import { binaryKey, concat, EMPTY, type Frame, type Multipart } from "../zmtp/bytes.js"
import { costOf } from "../zmtp/cost.js"
import { releaseChunks } from "../zmtp/release-chunks.js"
import { Distributor } from "./strategies/distributor.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { isSubscription, splitSubscriptions } from "./subscription-message.js"
import type { PubOptions } from "./pub.js"
import { Slices } from "./strategies/slices.js"

export interface XpubOptions extends PubOptions {
  /** Maximum number of queued notifications; 0 means no limit (ZMQ_RCVHWM). */
  readonly receiveHighWaterMark: number
  /** Maximum memory of queued notifications, in bytes; 0 means no limit. */
  readonly receiveHighWaterBytes: number
  /** Which subscriptions are reported to the application (ZMQ_XPUB_VERBOSE, ZMQ_XPUB_VERBOSER). */
  readonly verbosity: "allSubs" | "allSubsUnsubs" | null
  /** Subscriptions take effect only when the application calls `subscribe` (ZMQ_XPUB_MANUAL). */
  readonly manual: boolean
  /**
   * Like `manual`. In addition, the next message is sent only to the peer of the last notification received
   * (ZMQ_XPUB_MANUAL_LAST_VALUE).
   */
  readonly manualLastValue: boolean
  /** Message that is sent to each new peer, regardless of its subscriptions; empty for none (ZMQ_XPUB_WELCOME_MSG). */
  readonly welcomeMessage: Frame
}

/** XPUB: a PUB that also receives subscriptions as messages, `0x01 topic` and `0x00 topic` (RFC 29). */
export class XpubPattern implements Pattern {
  readonly writable = true
  /** The subscriptions in effect. */
  #distributor: Distributor
  /** The subscriptions that peers have requested. The same object as `#distributor` until `manual` is set. */
  readonly #requests: Distributor
  readonly #incoming = new Ring<Notification>()
  /** Memory of `#incoming`, in bytes. */
  #waiting = 0
  /**
   * Pipes that are not read until queued notifications are received and the subscriptions of departed peers are
   * removed.
   */
  #paused = new Set<Pipe>()
  readonly #departures: Slices
  /** The pipe that the last message was received from. */
  #last: Pipe | undefined
  /** Whether the next message is sent only to `#last`. */
  #answering = false

  constructor(
    private readonly host: PatternHost,
    private readonly options: XpubOptions,
  ) {
    this.#distributor = this.#requests = new Distributor(options)
    this.#departures = new Slices(
      (task) => {
        host.later(task)
      },
      () => this.#removeDeparted(),
    )
  }

  get readable(): boolean {
    return this.#incoming.length > 0
  }

  attach(pipe: Pipe): void {
    this.#distributor.add(pipe)
    this.#requests.add(pipe)
    const { welcomeMessage } = this.options
    if (welcomeMessage.length > 0) pipe.send([welcomeMessage])
  }

  send(message: Multipart): boolean {
    const { noDrop, invertMatching } = this.options
    if (this.#answering) {
      this.#answering = false
      if (this.#last !== undefined && this.#distributor.wants(this.#last, message, invertMatching)) {
        if (!this.#last.send(message)) this.host.dropped(message)
      }
      return true
    }
    if (noDrop && !this.#distributor.hasRoom(message, invertMatching)) return false
    const missed = this.#distributor.send(message, invertMatching)
    if (missed > 0) this.host.dropped(message, missed)
    return true
  }

  receive(): Multipart | undefined {
    const next = this.#incoming.shift()
    if (next === undefined) return undefined
    this.#waiting -= next.cost
    this.#departures.run()
    this.#last = next.pipe.finished ? undefined : next.pipe
    this.#answering = this.options.manualLastValue
    return next.message
  }

  /** With `manual`: subscribes the peer of the last message received, if it is still connected. */
  subscribe(topic: Frame): void {
    this.#separate()
    if (this.#last === undefined) return
    this.#distributor.subscribe(this.#last, topic, binaryKey(topic))
    this.host.subscribed()
  }

  unsubscribe(topic: Frame): void {
    this.#separate()
    if (this.#last !== undefined) this.#distributor.unsubscribe(this.#last, topic, binaryKey(topic))
    if (this.options.noDrop) this.host.sendable()
  }

  subscribers(topic: Frame): ReadonlySet<Pipe> {
    return this.#distributor.subscribers(topic, this.options.invertMatching)
  }

  /**
   * Receivers over multicast cannot subscribe, so they receive every message. The application is not notified of them.
   */
  peerReady(pipe: Pipe): void {
    if (pipe.peer?.unfiltered === true) this.#distributor.subscribe(pipe, EMPTY, "")
  }

  /** Queues notifications up to the high-water mark. Further ones stay in the pipe. */
  readActivated(pipe: Pipe): void {
    while (!this.#full && !this.#departing) {
      const message = pipe.receive()
      if (message === undefined) return
      if (!isSubscription(message[0]!)) this.#deliver(pipe, message)
      else if (message.length === 1) this.#applySubscription(pipe, message)
      else {
        const { subscriptions, rest } = splitSubscriptions(message)
        for (const frame of subscriptions) if (!this.#applySubscription(pipe, [frame])) break
        if (rest.length > 0) this.#deliver(pipe, rest)
      }
    }
    this.#paused.add(pipe)
  }

  writeActivated(): void {
    if (this.options.noDrop) this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#paused.delete(pipe)
    if (this.#last === pipe) this.#last = undefined
    this.#distributor.remove(pipe)
    this.#requests.remove(pipe)
    this.#departures.run()
    if (this.options.noDrop) this.host.sendable()
  }

  /** Whether subscriptions of departed peers remain to be removed. */
  get #departing(): boolean {
    return this.#requests.departing || this.#distributor.departing
  }

  /** Whether requested subscriptions are separate from those in effect. */
  get #isManual(): boolean {
    return this.#requests !== this.#distributor
  }

  /** Separates requested subscriptions from those in effect. Existing subscriptions stay in effect. */
  #separate(): void {
    if (!this.#isManual) this.#distributor = this.#requests.clone()
  }

  /**
   * Removes a slice of the subscriptions of departed peers, as far as their notifications can be queued. Returns true
   * to continue in the next turn.
   */
  #removeDeparted(): boolean {
    if (this.#isManual) this.#distributor.removeDeparted()
    this.#requests.removeDeparted(this.#notifyCanceled, this.#hasRoom)
    if (!this.#departing) {
      this.#release()
      return false
    }
    return !this.#full || (this.#isManual && this.#distributor.departing)
  }

  readonly #hasRoom = (): boolean => !this.#full

  readonly #notifyCanceled = (pipe: Pipe, topic: Uint8Array, last: boolean): void => {
    if (!last && this.options.verbosity !== "allSubsUnsubs" && !this.#manual) return
    this.#deliver(pipe, [concat([CANCEL, topic], topic.length + 1)])
  }

  get #manual(): boolean {
    return this.options.manual || this.options.manualLastValue
  }

  get #full(): boolean {
    const { receiveHighWaterMark, receiveHighWaterBytes } = this.options
    if (receiveHighWaterMark > 0 && this.#incoming.length >= receiveHighWaterMark) return true
    return receiveHighWaterBytes > 0 && this.#waiting >= receiveHighWaterBytes
  }

  #release(): void {
    for (const pipe of this.#paused) {
      if (this.#full || this.#departing) return
      this.#paused.delete(pipe)
      this.readActivated(pipe)
    }
  }

  /**
   * Returns false if the peer was disconnected because it exceeds a limit on subscriptions. @param message A
   * subscription, one frame.
   */
  #applySubscription(pipe: Pipe, message: Multipart): boolean {
    const wanted = message[0]![0] === 0x01
    const topic = message[0]!.subarray(1)
    const key = binaryKey(topic)
    if (this.#manual) this.#separate()
    const violation = wanted ? this.#requests.violation(pipe, key) : undefined
    if (violation !== undefined) this.host.detach(violation.pipe, violation.reason)
    if (violation?.pipe === pipe) return false
    const change = wanted ? "subscribe" : "unsubscribe"
    if (this.#isManual && !this.#manual) this.#distributor[change](pipe, topic, key)
    const isNew = this.#requests[change](pipe, topic, key)
    if (wanted) this.host.subscribed()
    const { verbosity } = this.options
    const reported = wanted ? verbosity !== null : verbosity === "allSubsUnsubs"
    if (isNew || reported || this.#manual) this.#deliver(pipe, message)
    // A sender may be waiting for this peer, which may no longer be a subscriber.
    if (this.options.noDrop) this.host.sendable()
    return true
  }

  #deliver(pipe: Pipe, message: Multipart): void {
    releaseChunks(message, 0)
    const cost = costOf(message)
    this.#waiting += cost
    this.#incoming.push({ message, pipe, cost })
    this.host.receivable()
  }
}

/** A message that is queued for the application. */
interface Notification {
  readonly message: Multipart
  readonly pipe: Pipe
  readonly cost: number
}

const CANCEL = /* @__PURE__ */ Uint8Array.of(0x00)
