/** Maximum number of received messages to keep before the array is compacted. */
const MOST_BEHIND = 1024

/**
 * Sizes of messages that one end of a pipe has sent and the remote end has not received. The remote end reports the
 * number of messages, and this class converts it to bytes.
 */
export class InFlightSizes {
  /** Total number of bytes sent, up to and including each message. The oldest entries may belong to received messages. */
  #totals: number[] = []
  #sent = 0
  #received = 0

  push(size: number): void {
    this.#sent += size
    this.#totals.push(this.#sent)
  }

  /** Keeps only the newest `count` messages, because the others were received. */
  keep(count: number): void {
    const first = this.#totals.length - count
    if (first <= 0) return
    this.#received = this.#totals[first - 1]!
    if (first < MOST_BEHIND || first < this.#totals.length / 2) return
    this.#totals = this.#totals.slice(first)
  }

  get bytes(): number {
    return this.#sent - this.#received
  }

  /**
   * Returns how many of the newest messages have at most `bytes` in total. If all of them do, the result is `Infinity`.
   */
  newestWithin(bytes: number): number {
    if (this.bytes <= bytes) return Infinity
    const totals = this.#totals
    let low = 0
    let high = totals.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sent - totals[middle]! <= bytes) high = middle
      else low = middle + 1
    }
    return totals.length - 1 - low
  }
}
