import type { Pipe } from "../core/pipe.js"
import { Ring } from "../core/ring.js"
import { binaryKey, concat, EMPTY, type Frame, type Multipart } from "../zmtp/bytes.js"
import { Distributor } from "./strategies/distributor.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { isSubscription, splitSubscriptions } from "./subscription-message.js"
import type { PubOptions } from "./pub.js"

export interface XpubOptions extends PubOptions {
  /** Notifications that may wait; 0 means no limit (ZMQ_RCVHWM). */
  readonly receiveHighWaterMark: number
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
  readonly #distributor = new Distributor()
  /** What peers have asked for; with `manual` that is not what they get. */
  readonly #requests = new Distributor()
  readonly #incoming = new Ring<{ readonly message: Multipart; readonly pipe: Pipe }>()
  /** Pipes that are not read until the application has received what there is. */
  readonly #held = new Set<Pipe>()
  /** The peer of the message received last. */
  #last: Pipe | undefined
  /** What is sent next goes to `#last` alone. */
  #answering = false

  constructor(
    private readonly host: PatternHost,
    private readonly options: XpubOptions,
  ) {}

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
    this.#release()
    this.#last = next.pipe.finished ? undefined : next.pipe
    this.#answering = this.options.manualLastValue
    return next.message
  }

  /** With `manual`: subscribes the peer of the message received last, if it is still there. */
  subscribe(topic: Frame): void {
    if (this.#last !== undefined) this.#distributor.subscribe(this.#last, topic, binaryKey(topic))
  }

  unsubscribe(topic: Frame): void {
    if (this.#last !== undefined) this.#distributor.unsubscribe(this.#last, topic, binaryKey(topic))
    if (this.options.noDrop) this.host.sendable()
  }

  /** Most peers say what they want; networks that cannot get everything, which is no news for the application. */
  peerReady(pipe: Pipe): void {
    if (pipe.peer?.unfiltered === true) this.#distributor.subscribe(pipe, EMPTY, "")
  }

  /** Notifications wait here up to the high-water mark, what follows waits in the pipe. */
  readActivated(pipe: Pipe): void {
    while (!this.#full) {
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
    this.#distributor.remove(pipe)
    this.#held.delete(pipe)
    if (this.#last === pipe) this.#last = undefined
    for (const { topic, last } of this.#requests.remove(pipe)) {
      if (!last && this.options.verbosity !== "allSubsUnsubs" && !this.#manual) continue
      this.#deliver(pipe, [concat([CANCEL, topic], topic.length + 1)])
    }
    if (this.options.noDrop) this.host.sendable()
  }

  get #manual(): boolean {
    return this.options.manual || this.options.manualLastValue
  }

  get #full(): boolean {
    const { receiveHighWaterMark } = this.options
    return receiveHighWaterMark > 0 && this.#incoming.length >= receiveHighWaterMark
  }

  #release(): void {
    for (const pipe of this.#held) {
      if (this.#full) return
      this.#held.delete(pipe)
      this.readActivated(pipe)
    }
  }

  /** False when the peer has subscribed to too much, and is gone. @param message A subscription, of one frame. */
  #take(pipe: Pipe, message: Multipart): boolean {
    const wanted = message[0]![0] === 0x01
    const topic = message[0]!.subarray(1)
    const key = binaryKey(topic)
    const excess = wanted ? this.#requests.excess(pipe, topic, key) : undefined
    if (excess !== undefined) {
      this.host.detach(pipe, excess)
      return false
    }
    const change = wanted ? "subscribe" : "unsubscribe"
    if (!this.#manual) this.#distributor[change](pipe, topic, key)
    const news = this.#requests[change](pipe, topic, key)
    const { verbosity } = this.options
    const told = wanted ? verbosity !== null : verbosity === "allSubsUnsubs"
    if (news || told || this.#manual) this.#deliver(pipe, message)
    // What waits for this peer may not be for it any more.
    if (this.options.noDrop) this.host.sendable()
    return true
  }

  #deliver(pipe: Pipe, message: Multipart): void {
    this.#incoming.push({ message, pipe })
    this.host.receivable()
  }
}

const CANCEL = /* @__PURE__ */ Uint8Array.of(0x00)
