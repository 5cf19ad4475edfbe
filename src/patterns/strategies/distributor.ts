import type { Pipe } from "../../core/pipe.js"
import { bytesOfKey, type Multipart } from "../../zmtp/bytes.js"
import { LimitError } from "../../zmtp/protocol-error.js"
import { SubscriptionTrie } from "./subscription-trie.js"

/** Most topics that one peer may have subscribed to. */
export const MAX_TOPICS = 250_000

/** Most bytes in them. */
export const MAX_TOPIC_BYTES = 16 * 1024 * 1024

/** What one pipe has subscribed to, so that its end costs what it has used. */
interface Subscriptions {
  /** Keys of its topics: a string keeps no other memory than its own. */
  readonly topics: Set<string>
  bytes: number
}

/** Sends each message to every pipe that has subscribed to a prefix of it (RFC 29, "The PUB Socket Type"). */
export class Distributor {
  readonly #trie = new SubscriptionTrie<Set<Pipe>>()
  readonly #subscriptions = new Map<Pipe, Subscriptions>()
  /** Whom a message was found to be for; what is left of longer findings does not count. */
  readonly #found: Set<Pipe>[] = []
  /** Whom the last message was for, empty; not there while it is in use. */
  #spare: Set<Pipe> | undefined

  /** Comes before all else that concerns `pipe`. */
  add(pipe: Pipe): void {
    this.#subscriptions.set(pipe, { topics: new Set(), bytes: 0 })
  }

  /** Whether `pipe` has subscribed to a prefix of `message`, or with `invert` has not. */
  wants(pipe: Pipe, message: Multipart, invert: boolean): boolean {
    const count = this.#trie.collect(message[0]!, this.#found)
    return this.#found.slice(0, count).some((pipes) => pipes.has(pipe)) !== invert
  }

  /** Takes `pipe` out and returns what it had subscribed to, each with whether it was the last one to. */
  remove(pipe: Pipe): { topic: Uint8Array; last: boolean }[] {
    const subscriptions = this.#subscriptions.get(pipe)
    this.#subscriptions.delete(pipe)
    return [...(subscriptions?.topics ?? [])].map((key) => {
      const topic = bytesOfKey(key)
      return { topic, last: this.#take(pipe, topic) }
    })
  }

  /** What one more subscription of `pipe` is over, if it is over a limit. */
  excess(pipe: Pipe, topic: Uint8Array, key: string): LimitError | undefined {
    const subscriptions = this.#subscriptions.get(pipe)!
    if (subscriptions.topics.has(key)) return undefined
    if (subscriptions.topics.size >= MAX_TOPICS) return tooMany(`Over ${MAX_TOPICS} subscriptions`)
    if (subscriptions.bytes + topic.length > MAX_TOPIC_BYTES) return tooMany(`Over ${MAX_TOPIC_BYTES} bytes of topics`)
    return undefined
  }

  /**
   * Returns whether it is the first subscription to `topic`. A pipe counts once, however often it subscribes.
   * @param key The `binaryKey` of `topic`.
   */
  subscribe(pipe: Pipe, topic: Uint8Array, key: string): boolean {
    const subscriptions = this.#subscriptions.get(pipe)!
    if (!subscriptions.topics.has(key)) {
      subscriptions.topics.add(key)
      subscriptions.bytes += topic.length
    }
    const pipes = this.#trie.get(topic)
    if (pipes === undefined) {
      this.#trie.set(topic, new Set([pipe]))
      return true
    }
    pipes.add(pipe)
    return false
  }

  /** Returns whether nobody is subscribed to `topic` any more, or `pipe` was not in the first place. */
  unsubscribe(pipe: Pipe, topic: Uint8Array, key: string): boolean {
    const subscriptions = this.#subscriptions.get(pipe)!
    if (!subscriptions.topics.delete(key)) return true
    subscriptions.bytes -= topic.length
    return this.#take(pipe, topic)
  }

  /**
   * A pipe that is full or gone misses the message; returns how many do.
   * @param invert Sends to those that have *not* subscribed to a prefix of it.
   */
  send(message: Multipart, invert: boolean): number {
    const count = this.#trie.collect(message[0]!, this.#found)
    let missed = 0
    if (count === 1 && !invert) {
      for (const pipe of this.#found[0]!) if (!pipe.send(message)) missed++
      return missed
    }
    if (count === 0 && !invert) return missed
    // Sending may run code of the application that publishes: the set is this message's alone.
    const matching = this.#match(count, invert)
    for (const pipe of matching) if (!pipe.send(message)) missed++
    this.#giveBack(matching)
    return missed
  }

  /** Whether every pipe that `send` would choose has room. */
  hasRoom(message: Multipart, invert: boolean): boolean {
    const count = this.#trie.collect(message[0]!, this.#found)
    let room = true
    // All are asked: each that is full wakes the socket when it no longer is.
    const matching = this.#match(count, invert)
    for (const pipe of matching) room = (pipe.severed || pipe.requestRoom()) && room
    this.#giveBack(matching)
    return room
  }

  /** The pipes of the first `count` that were found, each once. */
  #match(count: number, invert: boolean): Set<Pipe> {
    const matching = this.#spare ?? new Set()
    this.#spare = undefined
    for (let index = 0; index < count; index++) for (const pipe of this.#found[index]!) matching.add(pipe)
    if (!invert) return matching
    for (const pipe of this.#subscriptions.keys()) {
      if (!matching.delete(pipe)) matching.add(pipe)
    }
    return matching
  }

  #giveBack(matching: Set<Pipe>): void {
    matching.clear()
    this.#spare = matching
  }

  #take(pipe: Pipe, topic: Uint8Array): boolean {
    const pipes = this.#trie.get(topic)!
    pipes.delete(pipe)
    if (pipes.size > 0) return false
    this.#trie.delete(topic)
    return true
  }
}

function tooMany(message: string): LimitError {
  return new LimitError("subscriptions of a peer", message)
}
