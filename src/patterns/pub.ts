import type { Pipe } from "../core/pipe.js"
import { binaryKey, EMPTY, type Frame, type Multipart } from "../zmtp/bytes.js"
import { Distributor } from "./strategies/distributor.js"
import type { InterestLimits } from "./strategies/interests.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { Slices } from "./strategies/slices.js"
import { isSubscription, splitSubscriptions } from "./subscription-message.js"

export interface PubOptions extends InterestLimits {
  /** Waits for a full subscriber instead of dropping its messages (ZMQ_XPUB_NODROP). */
  readonly noDrop: boolean
  /** Publishes to peers that have *not* subscribed (ZMQ_INVERT_MATCHING). */
  readonly invertMatching: boolean
}

/** PUB: publishes to all that have subscribed; never waits (RFC 29). */
export class PubPattern implements Pattern {
  readonly writable = true
  readonly readable = false
  readonly #distributor: Distributor
  /** Pipes that are not read until what departed peers had subscribed to is taken back. */
  #held = new Set<Pipe>()
  readonly #departures: Slices

  constructor(
    private readonly host: PatternHost,
    private readonly options: PubOptions,
  ) {
    this.#distributor = new Distributor(options)
    this.#departures = new Slices(
      (task) => {
        host.later(task)
      },
      () => {
        this.#distributor.takeBack()
        if (this.#distributor.departing) return true
        this.#release()
        return false
      },
    )
  }

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

  subscribers(topic: Frame): ReadonlySet<Pipe> {
    return this.#distributor.subscribers(topic, this.options.invertMatching)
  }

  /** Multicast networks cannot subscribe: they get everything. */
  peerReady(pipe: Pipe): void {
    if (pipe.peer?.unfiltered === true) this.#distributor.subscribe(pipe, EMPTY, "")
  }

  /** Drops messages that are not subscriptions. */
  readActivated(pipe: Pipe): void {
    while (!this.#distributor.departing) {
      const message = pipe.receive()
      if (message === undefined) break
      const first = message[0]!
      if (!isSubscription(first)) this.host.dropped(message)
      else if (message.length === 1) this.#take(pipe, first)
      else {
        const { subscriptions, rest } = splitSubscriptions(message)
        for (const frame of subscriptions) if (!this.#take(pipe, frame)) break
        if (rest.length > 0) this.host.dropped(rest)
      }
    }
    if (this.#distributor.departing) this.#held.add(pipe)
    // Messages that wait for this peer may no longer be meant for it.
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
    const excess = this.#distributor.excess(pipe, key)
    if (excess !== undefined) this.host.detach(excess.pipe, excess.reason)
    if (excess?.pipe === pipe) return false
    this.#distributor.subscribe(pipe, topic, key)
    this.host.subscribed()
    return true
  }

  writeActivated(): void {
    if (this.options.noDrop) this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#held.delete(pipe)
    this.#distributor.remove(pipe)
    this.#departures.pursue()
    if (this.options.noDrop) this.host.sendable()
  }

  #release(): void {
    const held = this.#held
    this.#held = new Set()
    for (const pipe of held) this.readActivated(pipe)
  }
}
