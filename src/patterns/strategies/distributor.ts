import type { Pipe } from "../../core/pipe/pipe.js"
import { bytesOfKey, type Multipart } from "../../zmtp/bytes.js"
import { Interests, SLICE, type LimitViolation, type InterestLimits } from "./interests.js"
import { SubscriptionTrie } from "./subscription-trie.js"

/**
 * Memory that a topic takes, in bytes: a constant, plus three times its length, because two nodes of the trie may store
 * it in addition to the key. Measured in Node 20 and 24 with short topics: 480 for random topics, 810 where two share a
 * node, and 1,080 where they branch at each byte.
 */
export const TOPIC_OVERHEAD: readonly [bytes: number, times: number] = [1024, 3]

/** Subscribers of one topic. Most topics have only one, and a `Set` for each topic would take too much memory. */
type Subscribers = Pipe | Set<Pipe>

/** Sends each message to every pipe that has subscribed to a prefix of it (RFC 29, "The PUB Socket Type"). */
export class Distributor {
  readonly #trie = new SubscriptionTrie<Subscribers>()
  readonly #interests: Interests
  /** Buffer for the results of a trie lookup. Only as many elements as the lookup returned are valid. */
  readonly #found: Subscribers[] = []
  /** An empty set for the recipients of the next message; `undefined` while it is in use. */
  #spare: Set<Pipe> | undefined

  constructor(private readonly limits: InterestLimits) {
    this.#interests = new Interests(limits, "subscriptions of a peer", TOPIC_OVERHEAD)
  }

  /** Copies the subscriptions. Those of departed pipes are not copied. */
  clone(): Distributor {
    const clone = new Distributor(this.limits)
    for (const pipe of this.#interests.pipes) {
      clone.add(pipe)
      for (const key of this.#interests.keysOf(pipe)) clone.subscribe(pipe, bytesOfKey(key), key)
    }
    return clone
  }

  /** Adds a pipe. Call it before any other method for `pipe`. */
  add(pipe: Pipe): void {
    this.#interests.add(pipe)
  }

  /** Whether `pipe` has subscribed to a prefix of `message`; with `invert`, whether it has not. */
  wants(pipe: Pipe, message: Multipart, invert: boolean): boolean {
    const count = this.#trie.collect(message[0]!, this.#found)
    return this.#found.slice(0, count).some((pipes) => includes(pipes, pipe)) !== invert
  }

  /** The pipes to which `send` would send a message whose first frame is `topic`. */
  subscribers(topic: Uint8Array, invert: boolean): ReadonlySet<Pipe> {
    return this.#match(this.#trie.collect(topic, this.#found), invert)
  }

  /** Stops sending to a pipe that has ended. `removeDeparted` removes its subscriptions later. */
  remove(pipe: Pipe): void {
    this.#interests.depart(pipe)
  }

  /** Whether subscriptions of departed pipes remain to be removed. */
  get departing(): boolean {
    return this.#interests.departing
  }

  /**
   * Removes a slice of the subscriptions of departed pipes.
   * @param removed Called for each, with whether it was the last subscription to its topic.
   * @param wanted Whether to continue with the next one.
   */
  removeDeparted(removed?: (pipe: Pipe, topic: Uint8Array, last: boolean) => void, wanted?: () => boolean): void {
    this.#interests.removeDeparted(
      SLICE,
      (pipe, key) => {
        const topic = bytesOfKey(key)
        const last = this.#removeSubscription(pipe, topic)
        removed?.(pipe, topic, last)
      },
      wanted,
    )
  }

  /**
   * The pipe to disconnect, and the reason, if a subscription of `pipe` to the topic with this `binaryKey` exceeds a
   * limit.
   */
  violation(pipe: Pipe, key: string): LimitViolation | undefined {
    return this.#interests.violation(pipe, key)
  }

  /**
   * Returns whether it is the first subscription to `topic`. A pipe counts once, however often it subscribes.
   * @param key The `binaryKey` of `topic`.
   */
  subscribe(pipe: Pipe, topic: Uint8Array, key: string): boolean {
    if (!this.#interests.insert(pipe, key)) return false
    const pipes = this.#trie.get(topic)
    if (pipes === undefined) {
      this.#trie.set(topic, pipe)
      return true
    }
    if (pipes instanceof Set) pipes.add(pipe)
    else this.#trie.set(topic, new Set([pipes, pipe]))
    return false
  }

  /** Returns whether `topic` has no subscribers left, which includes the case that `pipe` was not subscribed. */
  unsubscribe(pipe: Pipe, topic: Uint8Array, key: string): boolean {
    return !this.#interests.delete(pipe, key) || this.#removeSubscription(pipe, topic)
  }

  /**
   * Sends `message`. Pipes that are full or have ended miss it. Returns how many did.
   * @param invert Sends to the pipes that have *not* subscribed to a prefix of it.
   */
  send(message: Multipart, invert: boolean): number {
    const count = this.#trie.collect(message[0]!, this.#found)
    let missed = 0
    if (!invert) {
      if (count === 0) return 0
      if (count === 1) {
        const pipes = this.#found[0]!
        if (!(pipes instanceof Set)) return this.#deliver(pipes, message)
        for (const pipe of pipes) missed += this.#deliver(pipe, message)
        return missed
      }
    }
    // Sending may run application code that publishes, so each message uses its own set.
    const matching = this.#match(count, invert)
    for (const pipe of matching) missed += this.#deliver(pipe, message)
    this.#returnSet(matching)
    return missed
  }

  /** Returns the number of messages that `pipe` misses. Departed pipes are sent nothing. */
  #deliver(pipe: Pipe, message: Multipart): 0 | 1 {
    return pipe.send(message) || !this.#interests.has(pipe) ? 0 : 1
  }

  /** Whether every pipe that `send` would choose has room. */
  hasRoom(message: Multipart, invert: boolean): boolean {
    const count = this.#trie.collect(message[0]!, this.#found)
    let room = true
    // Check every pipe, because each full pipe that was checked wakes the socket when it has room again.
    const matching = this.#match(count, invert)
    for (const pipe of matching) room = (pipe.severed || pipe.requestRoom()) && room
    this.#returnSet(matching)
    return room
  }

  /** The distinct pipes among the first `count` results. */
  #match(count: number, invert: boolean): Set<Pipe> {
    const matching = this.#spare ?? new Set()
    this.#spare = undefined
    for (let index = 0; index < count; index++) {
      const pipes = this.#found[index]!
      if (!(pipes instanceof Set)) matching.add(pipes)
      else for (const pipe of pipes) matching.add(pipe)
    }
    if (!invert) return matching
    for (const pipe of this.#interests.pipes) {
      if (!matching.delete(pipe)) matching.add(pipe)
    }
    return matching
  }

  #returnSet(matching: Set<Pipe>): void {
    matching.clear()
    this.#spare = matching
  }

  /** Returns whether `topic` has no subscribers left. */
  #removeSubscription(pipe: Pipe, topic: Uint8Array): boolean {
    const pipes = this.#trie.get(topic)
    if (pipes instanceof Set) {
      pipes.delete(pipe)
      if (pipes.size > 0) return false
    }
    this.#trie.delete(topic)
    return true
  }
}

function includes(pipes: Subscribers, pipe: Pipe): boolean {
  return pipes instanceof Set ? pipes.has(pipe) : pipes === pipe
}
