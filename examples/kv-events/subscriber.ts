import { Dealer, Subscriber } from "../../src/index.js"
import { readBatch, readNumber, writeNumber, type Batch } from "./events.js"

/** How long the engine may take for the next batch of a replay, in ms. */
const TIMEOUT = 5000

export interface KvEventsOptions {
  /** The engine sent these again, from the first to the last of them. */
  readonly onReplay?: (from: number, to: number) => void
  /** The engine does not have these any more: what is known of the cache is incomplete. */
  readonly onLost?: (from: number, to: number) => void
}

/** All batches of an engine in order, those before the subscription included; what is missed is asked for again. */
export class KvEvents {
  readonly #subscriber = new Subscriber()
  /** Of the next batch. */
  #next = 0

  constructor(
    endpoint: string,
    private readonly replayEndpoint: string,
    topic: string,
    private readonly options: KvEventsOptions = {},
  ) {
    this.#subscriber.connect(endpoint)
    this.#subscriber.subscribe(topic)
  }

  close(): void {
    this.#subscriber.close()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, undefined> {
    yield* this.#replay()
    for await (const [, number, payload] of this.#subscriber) {
      const sequence = readNumber(number!)
      if (sequence > this.#next) yield* this.#replay(sequence)
      if (sequence < this.#next) continue // was in the replay
      this.#skipTo(sequence)
      this.#next = sequence + 1
      yield readBatch(sequence, payload!)
    }
  }

  /** What the engine still has from the next batch on, before `end`: many replies to one request, hence no REQ. */
  async *#replay(end = Infinity): AsyncGenerator<Batch, undefined> {
    const dealer = new Dealer({ receiveTimeout: TIMEOUT, linger: 0 })
    dealer.connect(this.replayEndpoint)
    try {
      const from = this.#next
      await dealer.send(["", writeNumber(from)])
      for await (const [, number, payload] of dealer) {
        if (payload!.length === 0) break // the end, with the number -1
        const sequence = readNumber(number!)
        if (sequence >= end) break
        if (sequence < this.#next) continue
        this.#skipTo(sequence)
        this.#next = sequence + 1
        yield readBatch(sequence, payload!)
      }
      if (this.#next > from) this.options.onReplay?.(from, this.#next - 1)
    } finally {
      dealer.close()
    }
  }

  #skipTo(sequence: number): void {
    if (sequence > this.#next) this.options.onLost?.(this.#next, sequence - 1)
  }
}
