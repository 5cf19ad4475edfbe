import { Dealer, Subscriber } from "zmtp"
import { readBatch, readNumber, writeNumber } from "./events.js"

/** Maximum time to wait for the next batch of a replay, in ms. */
const TIMEOUT = 5000

/** Yields all batches of an engine in order, including those before the subscription. Missed batches are requested again. */
export class KvEvents {
  replayEndpoint
  options
  #subscriber = new Subscriber()
  /** Sequence number of the next batch. */
  #next = 0

  constructor(endpoint, replayEndpoint, topic, options = {}) {
    this.replayEndpoint = replayEndpoint
    this.options = options
    this.#subscriber.connect(endpoint)
    this.#subscriber.subscribe(topic)
  }

  close() {
    this.#subscriber.close()
  }

  async *[Symbol.asyncIterator]() {
    yield* this.#replay()
    for await (const [, number, payload] of this.#subscriber) {
      const sequence = readNumber(number)
      if (sequence > this.#next) yield* this.#replay(sequence)
      if (sequence < this.#next) continue // was in the replay
      this.#skipTo(sequence)
      this.#next = sequence + 1
      yield readBatch(sequence, payload)
    }
  }

  /**
   * Yields the batches that the engine still has, from the next one up to `end`. Uses a Dealer, because a REQ cannot
   * receive many replies to one request.
   */
  async *#replay(end = Infinity) {
    const dealer = new Dealer({ receiveTimeout: TIMEOUT, linger: 0 })
    dealer.connect(this.replayEndpoint)
    try {
      const from = this.#next
      await dealer.send(["", writeNumber(from)])
      for await (const [, number, payload] of dealer) {
        if (payload.length === 0) break // the end, with the number -1
        const sequence = readNumber(number)
        if (sequence >= end) break
        if (sequence < this.#next) continue
        this.#skipTo(sequence)
        this.#next = sequence + 1
        yield readBatch(sequence, payload)
      }
      if (this.#next > from) this.options.onReplay?.(from, this.#next - 1)
    } finally {
      dealer.close()
    }
  }

  #skipTo(sequence) {
    if (sequence > this.#next) this.options.onLost?.(this.#next, sequence - 1)
  }
}
