import type { Pipe } from "../core/pipe/pipe.js"
import type { Multipart } from "../zmtp/bytes.js"
import { Announcements } from "./strategies/announcements.js"
import { FairQueue } from "./strategies/fair-queue.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { isSubscription, splitSubscriptions } from "./subscription-message.js"
import { SubscriptionTrie } from "./strategies/subscription-trie.js"

/**
 * XSUB: subscribes by sending `0x01 topic` and `0x00 topic`, and receives all messages that its peers publish (RFC 29).
 */
export class XsubPattern implements Pattern {
  readonly writable = true
  /** Number of subscriptions to each topic. */
  readonly #topics = new SubscriptionTrie<number>()
  readonly #queue = new FairQueue()
  readonly #announcements = new Announcements()

  constructor(private readonly host: PatternHost) {}

  get readable(): boolean {
    return this.#queue.readable
  }

  /** Whether it has no subscription. */
  get isEmpty(): boolean {
    return this.#topics.topics().next().done === true
  }

  attach(pipe: Pipe): void {
    this.#announcements.pipes.add(pipe)
  }

  send(message: Multipart): boolean {
    let rest = message
    if (isSubscription(message[0]!)) {
      const parts = splitSubscriptions(message)
      for (const frame of parts.subscriptions) {
        if (frame[0] === 0x01) this.addSubscription(frame.subarray(1))
        else this.removeSubscription(frame.subarray(1))
      }
      rest = parts.rest
    }
    if (rest.length > 0)
      for (const pipe of this.#announcements.pipes) if (!pipe.send([...rest])) this.host.dropped(rest)
    return true
  }

  receive(): Multipart | undefined {
    return this.#queue.receive()
  }

  addSubscription(topic: Uint8Array): void {
    this.#topics.set(topic, (this.#topics.get(topic) ?? 0) + 1)
    this.#announcements.want(topic)
  }

  /** Undoes one subscription. */
  removeSubscription(topic: Uint8Array): void {
    const count = this.#topics.get(topic)
    if (count === undefined) return
    if (count > 1) {
      this.#topics.set(topic, count - 1)
      return
    }
    this.#topics.delete(topic)
    this.#announcements.cancel(topic)
  }

  /** Whether `message` begins with a topic that is subscribed to. */
  wants(message: Multipart): boolean {
    return this.#topics.matches(message[0]!)
  }

  /** Sends every subscribed topic once to a peer that has connected or reconnected. */
  peerReady(pipe: Pipe): void {
    this.#announcements.repeat(pipe, this.#topics.topics())
  }

  readActivated(pipe: Pipe): void {
    this.#queue.add(pipe)
    this.host.receivable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#announcements.pipes.delete(pipe)
    this.#queue.remove(pipe)
  }
}
