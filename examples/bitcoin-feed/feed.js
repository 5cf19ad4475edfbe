/** Yields the messages of a feed, and reports gaps between them. */
export class Feed {
  subscriber
  /** By topic. */
  #expected = new Map()

  constructor(subscriber, topics) {
    this.subscriber = subscriber
    subscriber.subscribe(...topics)
  }

  async *[Symbol.asyncIterator]() {
    for await (const frames of this.subscriber) {
      if (frames.length !== 3 || frames[2].length !== 4) continue // not a message of the feed
      const [topic, sequence] = [frames[0].toString(), frames[2].readUInt32LE()]
      const expected = this.#expected.get(topic) ?? sequence
      // 32-bit numbers wrap around to 0. A restarted node looks like a large gap.
      const missed = (sequence - expected) >>> 0
      this.#expected.set(topic, (sequence + 1) >>> 0)
      if (missed > 0) yield { type: "gap", topic, sequence, missed }
      yield { type: "message", topic, sequence, body: frames[1] }
    }
  }
}
