import type { Pipe } from "../core/pipe/pipe.js"
import { binaryKey, EMPTY, type Frame, type Multipart } from "../zmtp/bytes.js"
import { Distributor } from "./strategies/distributor.js"
import type { InterestLimits } from "./strategies/interests.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { Slices } from "./strategies/slices.js"
import { isSubscription, splitSubscriptions } from "./subscription-message.js"

export interface PubOptions extends InterestLimits {
  /** Waits for subscribers whose pipes are full instead of dropping their messages (ZMQ_XPUB_NODROP). */
  readonly noDrop: boolean
  /** Sends each message to the peers that have *not* subscribed to it (ZMQ_INVERT_MATCHING). */
  readonly invertMatching: boolean
}

/** PUB: sends each message to all peers that have subscribed to it, without waiting (RFC 29). */
export class PubPattern implements Pattern {
  readonly writable = true
  readonly readable = false
  readonly #distributor: Distributor
  /** Pipes that are not read until the subscriptions of departed peers have been removed. */
  #paused = new Set<Pipe>()
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
        this.#distributor.removeDeparted()
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

  /** Receivers over multicast cannot subscribe, so they receive every message. */
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
      else if (message.length === 1) this.#applySubscription(pipe, first)
      else {
        const { subscriptions, rest } = splitSubscriptions(message)
        for (const frame of subscriptions) if (!this.#applySubscription(pipe, frame)) break
        if (rest.length > 0) this.host.dropped(rest)
      }
    }
    if (this.#distributor.departing) this.#paused.add(pipe)
    // A sender may be waiting for this peer, which may no longer be a subscriber.
    if (this.options.noDrop) this.host.sendable()
  }

  /** Returns false if the peer was disconnected because it exceeds a limit on subscriptions. */
  #applySubscription(pipe: Pipe, frame: Frame): boolean {
    const topic = frame.subarray(1)
    const key = binaryKey(topic)
    if (frame[0] === 0x00) {
      this.#distributor.unsubscribe(pipe, topic, key)
      return true
    }
    const violation = this.#distributor.violation(pipe, key)
    if (violation !== undefined) this.host.detach(violation.pipe, violation.reason)
    if (violation?.pipe === pipe) return false
    this.#distributor.subscribe(pipe, topic, key)
    this.host.subscribed()
    return true
  }

  writeActivated(): void {
    if (this.options.noDrop) this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#paused.delete(pipe)
    this.#distributor.remove(pipe)
    this.#departures.run()
    if (this.options.noDrop) this.host.sendable()
  }

  #release(): void {
    const paused = this.#paused
    this.#paused = new Set()
    for (const pipe of paused) this.readActivated(pipe)
  }
}
