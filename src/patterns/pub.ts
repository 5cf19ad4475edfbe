import type { Pipe } from "../core/pipe.js"
import { binaryKey, EMPTY, type Frame, type Multipart } from "../zmtp/bytes.js"
import { Distributor } from "./strategies/distributor.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { isSubscription, splitSubscriptions } from "./subscription-message.js"

export interface PubOptions {
  /** Waits for a full subscriber instead of dropping its messages (ZMQ_XPUB_NODROP). */
  readonly noDrop: boolean
  /** Publishes to those that have *not* subscribed (ZMQ_INVERT_MATCHING). */
  readonly invertMatching: boolean
}

/** PUB: publishes to all that have subscribed; never waits (RFC 29). */
export class PubPattern implements Pattern {
  readonly writable = true
  readonly readable = false
  readonly #distributor = new Distributor()

  constructor(
    private readonly host: PatternHost,
    private readonly options: PubOptions,
  ) {}

  attach(pipe: Pipe): void {
    this.#distributor.add(pipe)
  }

  send(message: Multipart): boolean {
    const { noDrop, invertMatching } = this.options
    if (noDrop && !this.#distributor.hasRoom(message, invertMatching)) return false
    const missed = this.#distributor.send(message, invertMatching)
    if (missed > 0) this.host.dropped(message, missed)
    return true
  }

  /** Most peers say what they want; networks that cannot get everything. */
  peerReady(pipe: Pipe): void {
    if (pipe.peer?.unfiltered === true) this.#distributor.subscribe(pipe, EMPTY, "")
  }

  /** What is not a subscription is dropped. */
  readActivated(pipe: Pipe): void {
    for (let message = pipe.receive(); message !== undefined; message = pipe.receive()) {
      const first = message[0]!
      if (!isSubscription(first)) this.host.dropped(message)
      else if (message.length === 1) this.#take(pipe, first)
      else {
        const { subscriptions, rest } = splitSubscriptions(message)
        for (const frame of subscriptions) if (!this.#take(pipe, frame)) break
        if (rest.length > 0) this.host.dropped(rest)
      }
    }
    // What waits for this peer may not be for it any more.
    if (this.options.noDrop) this.host.sendable()
  }

  /** False when the peer has subscribed to too much, and is gone. */
  #take(pipe: Pipe, frame: Frame): boolean {
    const topic = frame.subarray(1)
    const key = binaryKey(topic)
    if (frame[0] === 0x00) {
      this.#distributor.unsubscribe(pipe, topic, key)
      return true
    }
    const excess = this.#distributor.excess(pipe, topic, key)
    if (excess === undefined) this.#distributor.subscribe(pipe, topic, key)
    else this.host.detach(pipe, excess)
    return excess === undefined
  }

  writeActivated(): void {
    if (this.options.noDrop) this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#distributor.remove(pipe)
    if (this.options.noDrop) this.host.sendable()
  }
}
