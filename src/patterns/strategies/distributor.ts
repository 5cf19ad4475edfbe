import type { Pipe } from "../../core/pipe.js"
import { bytesOfKey, type Multipart } from "../../zmtp/bytes.js"
import { Interests, SLICE, type Excess, type InterestLimits } from "./interests.js"
import { SubscriptionTrie } from "./subscription-trie.js"

/**
 * What a topic takes in memory: so many bytes, and three times its length, since two nodes of the tree may have it beside
 * the key. Measured in Node 20 and 24 with short topics: 480 where they are random, 810 where two share a node; 1,080 where they fork at each byte.
 */
export const TOPIC_OVERHEAD: readonly [bytes: number, times: number] = [1024, 3]

/** Subscribers of one topic. Most topics have one, and a set for each topic would take much memory. */
type Subscribers = Pipe | Set<Pipe>

/** Sends each message to every pipe that has subscribed to a prefix of it (RFC 29, "The PUB Socket Type"). */
export class Distributor {
  readonly #trie = new SubscriptionTrie<Subscribers>()
  readonly #interests: Interests
  /** Whom a message was found to be for; what is left of longer findings does not count. */
  readonly #found: Subscribers[] = []
  /** Whom the last message was for, empty; not there while it is in use. */
  #spare: Set<Pipe> | undefined

  constructor(private readonly limits: InterestLimits) {
    this.#interests = new Interests(limits, "subscriptions of a peer", TOPIC_OVERHEAD)
  }

  /** Another one with the same subscriptions. Nothing is departing. */
  clone(): Distributor {
    const clone = new Distributor(this.limits)
    for (const pipe of this.#interests.pipes) {
      clone.add(pipe)
      for (const key of this.#interests.keysOf(pipe)) clone.subscribe(pipe, bytesOfKey(key), key)
    }
    return clone
  }

  /** Comes before all else that concerns `pipe`. */
  add(pipe: Pipe): void {
    this.#interests.add(pipe)
  }

  /** Whether `pipe` has subscribed to a prefix of `message`, or with `invert` has not. */
  wants(pipe: Pipe, message: Multipart, invert: boolean): boolean {
    const count = this.#trie.collect(message[0]!, this.#found)
    return this.#found.slice(0, count).some((pipes) => includes(pipes, pipe)) !== invert
  }

  /** The pipes that `send` would choose for a message whose first frame is `topic`. */
  subscribers(topic: Uint8Array, invert: boolean): ReadonlySet<Pipe> {
    const matching = this.#match(this.#trie.collect(topic, this.#found), invert)
    const subscribers = new Set(matching)
    this.#giveBack(matching)
    return subscribers
  }

  /** `pipe` is gone: gets nothing more. Its subscriptions are left to `takeBack`. */
  remove(pipe: Pipe): void {
    this.#interests.depart(pipe)
  }

  /** Whether subscriptions of pipes that are gone are still there. */
  get departing(): boolean {
    return this.#interests.departing
  }

  /**
   * Removes a slice of the subscriptions of pipes that are gone.
   * @param told Given each of them, with whether it was the last one to its topic.
   * @param wanted Whether to go on with the next.
   */
  takeBack(told?: (pipe: Pipe, topic: Uint8Array, last: boolean) => void, wanted?: () => boolean): void {
    this.#interests.takeBack(
      SLICE,
      (pipe, key) => {
        const topic = bytesOfKey(key)
        const last = this.#take(pipe, topic)
        told?.(pipe, topic, last)
      },
      wanted,
    )
  }

  /** Who has to go for `pipe` to subscribe to the topic with this `binaryKey`, if anybody has to. */
  excess(pipe: Pipe, key: string): Excess | undefined {
    return this.#interests.excess(pipe, key)
  }

  /**
   * Returns whether it is the first subscription to `topic`. A pipe counts once, however often it subscribes.
   * @param key The `binaryKey` of `topic`.
   */
  subscribe(pipe: Pipe, topic: Uint8Array, key: string): boolean {
    this.#interests.insert(pipe, key)
    const pipes = this.#trie.get(topic)
    if (pipes === undefined) {
      this.#trie.set(topic, pipe)
      return true
    }
    if (pipes instanceof Set) pipes.add(pipe)
    else if (pipes !== pipe) this.#trie.set(topic, new Set([pipes, pipe]))
    return false
  }

  /** Returns whether nobody is subscribed to `topic` any more, or `pipe` was not in the first place. */
  unsubscribe(pipe: Pipe, topic: Uint8Array, key: string): boolean {
    return !this.#interests.delete(pipe, key) || this.#take(pipe, topic)
  }

  /**
   * A pipe that is full or gone misses the message; returns how many do.
   * @param invert Sends to those that have *not* subscribed to a prefix of it.
   */
  send(message: Multipart, invert: boolean): number {
    const count = this.#trie.collect(message[0]!, this.#found)
    let missed = 0
    if (count === 1 && !invert) {
      const pipes = this.#found[0]!
      if (!(pipes instanceof Set)) return this.#deliver(pipes, message)
      for (const pipe of pipes) missed += this.#deliver(pipe, message)
      return missed
    }
    if (count === 0 && !invert) return missed
    // Sending may run application code that publishes, so each message uses a set of its own.
    const matching = this.#match(count, invert)
    for (const pipe of matching) missed += this.#deliver(pipe, message)
    this.#giveBack(matching)
    return missed
  }

  /** Returns how many messages `pipe` misses. One that is departing gets none. */
  #deliver(pipe: Pipe, message: Multipart): 0 | 1 {
    return pipe.send(message) || !this.#interests.has(pipe) ? 0 : 1
  }

  /** Whether every pipe that `send` would choose has room. */
  hasRoom(message: Multipart, invert: boolean): boolean {
    const count = this.#trie.collect(message[0]!, this.#found)
    let room = true
    // Checks every pipe: each full one wakes the socket when it has room again.
    const matching = this.#match(count, invert)
    for (const pipe of matching) room = (pipe.severed || pipe.requestRoom()) && room
    this.#giveBack(matching)
    return room
  }

  /** The pipes of the first `count` that were found, each once. */
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

  #giveBack(matching: Set<Pipe>): void {
    matching.clear()
    this.#spare = matching
  }

  /** Returns whether `topic` has no subscribers left. */
  #take(pipe: Pipe, topic: Uint8Array): boolean {
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
