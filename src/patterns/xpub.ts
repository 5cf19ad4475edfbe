import type { Pipe } from "../core/pipe.js"
import { Ring } from "../core/ring.js"
import { binaryKey, concat, EMPTY, type Frame, type Multipart } from "../zmtp/bytes.js"
import { costOf } from "../zmtp/cost.js"
import { settle } from "../zmtp/settle.js"
import { Distributor } from "./strategies/distributor.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { isSubscription, splitSubscriptions } from "./subscription-message.js"
import type { PubOptions } from "./pub.js"
import { Slices } from "./strategies/slices.js"

export interface XpubOptions extends PubOptions {
  /** Notifications that may wait; 0 means no limit (ZMQ_RCVHWM). */
  readonly receiveHighWaterMark: number
  /** What they may cost, in bytes; 0 means no limit. */
  readonly receiveHighWaterBytes: number
  /** Which subscriptions the application is told of (ZMQ_XPUB_VERBOSE, ZMQ_XPUB_VERBOSER). */
  readonly verbosity: "allSubs" | "allSubsUnsubs" | null
  /** Subscriptions are told, and made by the application (ZMQ_XPUB_MANUAL). */
  readonly manual: boolean
  /** `manual`, and what is sent next goes to the peer of the subscription received last (ZMQ_XPUB_MANUAL_LAST_VALUE). */
  readonly manualLastValue: boolean
  /** Sent to each new peer, whatever it has subscribed to; empty for nothing (ZMQ_XPUB_WELCOME_MSG). */
  readonly welcomeMessage: Frame
}

/** XPUB: publishes, and tells of the subscriptions as messages `0x01 topic` and `0x00 topic` (RFC 29). */
export class XpubPattern implements Pattern {
  readonly writable = true
  /** What peers get. */
  #distributor: Distributor
  /** What peers have asked for: the same, as long as `manual` was not set. */
  readonly #requests: Distributor
  readonly #incoming = new Ring<Notification>()
  /** What is in it costs, in bytes. */
  #waiting = 0
  /** Pipes that are not read until the application has received what there is, and departed peers are told of. */
  #held = new Set<Pipe>()
  readonly #departures: Slices
  /** The peer of the message received last. */
  #last: Pipe | undefined
  /** What is sent next goes to `#last` alone. */
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
      () => this.#takeBack(),
    )
  }

  get readable(): boolean {
    return this.#incoming.length > 0
  }

  attach(pipe: Pipe): void {
    this.#distributor.add(pipe)
    if (this.#isManual) this.#requests.add(pipe)
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
    if (this.#departing) this.#departures.pursue()
    else this.#release()
    this.#last = next.pipe.finished ? undefined : next.pipe
    this.#answering = this.options.manualLastValue
    return next.message
  }

  /** With `manual`: subscribes the peer of the message received last, if it is still there. */
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

  /** Most peers say what they want; networks that cannot get everything, which is no news for the application. */
  peerReady(pipe: Pipe): void {
    if (pipe.peer?.unfiltered === true) this.#distributor.subscribe(pipe, EMPTY, "")
  }

  /** Notifications wait here up to the high-water mark, what follows waits in the pipe. */
  readActivated(pipe: Pipe): void {
    while (!this.#full && !this.#departing) {
      const message = pipe.receive()
      if (message === undefined) return
      if (!isSubscription(message[0]!)) this.#deliver(pipe, message)
      else if (message.length === 1) this.#take(pipe, message)
      else {
        const { subscriptions, rest } = splitSubscriptions(message)
        for (const frame of subscriptions) if (!this.#take(pipe, [frame])) break
        if (rest.length > 0) this.#deliver(pipe, rest)
      }
    }
    this.#held.add(pipe)
  }

  writeActivated(): void {
    if (this.options.noDrop) this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#held.delete(pipe)
    if (this.#last === pipe) this.#last = undefined
    this.#distributor.remove(pipe)
    if (this.#isManual) this.#requests.remove(pipe)
    this.#departures.pursue()
    if (this.options.noDrop) this.host.sendable()
  }

  /** Whether what departed peers had asked for is still there. */
  get #departing(): boolean {
    return this.#requests.departing || this.#distributor.departing
  }

  /** Whether what peers ask for and what they get are two things. */
  get #isManual(): boolean {
    return this.#requests !== this.#distributor
  }

  /** From now on what peers ask for and what they get are two things: peers have got what they asked for until now. */
  #separate(): void {
    if (!this.#isManual) this.#distributor = this.#requests.clone()
  }

  /** A slice of what departed peers had asked for, as far as notifications may wait. True to go on in the next turn. */
  #takeBack(): boolean {
    if (this.#isManual) this.#distributor.takeBack()
    this.#requests.takeBack(this.#tellCancelled, this.#hasRoom)
    if (!this.#departing) {
      this.#release()
      return false
    }
    return !this.#full || (this.#isManual && this.#distributor.departing)
  }

  readonly #hasRoom = (): boolean => !this.#full

  readonly #tellCancelled = (pipe: Pipe, topic: Uint8Array, last: boolean): void => {
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
    for (const pipe of this.#held) {
      if (this.#full || this.#departing) return
      this.#held.delete(pipe)
      this.readActivated(pipe)
    }
  }

  /** False when the peer has subscribed to too much, and is gone. @param message A subscription, of one frame. */
  #take(pipe: Pipe, message: Multipart): boolean {
    const wanted = message[0]![0] === 0x01
    const topic = message[0]!.subarray(1)
    const key = binaryKey(topic)
    if (this.#manual) this.#separate()
    const excess = wanted ? this.#requests.excess(pipe, key) : undefined
    if (excess !== undefined) this.host.detach(excess.pipe, excess.reason)
    if (excess?.pipe === pipe) return false
    const change = wanted ? "subscribe" : "unsubscribe"
    if (this.#isManual && !this.#manual) this.#distributor[change](pipe, topic, key)
    const news = this.#requests[change](pipe, topic, key)
    if (wanted) this.host.subscribed()
    const { verbosity } = this.options
    const told = wanted ? verbosity !== null : verbosity === "allSubsUnsubs"
    if (news || told || this.#manual) this.#deliver(pipe, message)
    // Messages that wait for this peer may no longer be meant for it.
    if (this.options.noDrop) this.host.sendable()
    return true
  }

  #deliver(pipe: Pipe, message: Multipart): void {
    settle(message, 0)
    const cost = costOf(message)
    this.#waiting += cost
    this.#incoming.push({ message, pipe, cost })
    this.host.receivable()
  }
}

/** A message that waits for the application. */
interface Notification {
  readonly message: Multipart
  readonly pipe: Pipe
  readonly cost: number
}

const CANCEL = /* @__PURE__ */ Uint8Array.of(0x00)
