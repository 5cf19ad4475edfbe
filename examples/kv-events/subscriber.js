import { Dealer, Subscriber } from "zmtp"
import { readBatch, readNumber, writeNumber } from "./events.js"

/** How long the engine may take for the next batch of a replay, in ms. */
const TIMEOUT = 5000

/** All batches of an engine in order, those before the subscription included; what is missed is asked for again. */
export class KvEvents {
  replayEndpoint
  options
  #subscriber = new Subscriber()
  /** Of the next batch. */
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

  /** What the engine still has from the next batch on, before `end`: many replies to one request, hence no REQ. */
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
