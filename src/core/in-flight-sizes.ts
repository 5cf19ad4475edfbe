/** Messages that were received and are still kept, before the others move to the front. */
const MOST_BEHIND = 1024

/**
 * Sizes of the messages that one end of a pipe has sent and the other, out of sight, has not received. Who knows how many
 * these are learns how many bytes.
 */
export class InFlightSizes {
  /** Bytes sent, up to and with each message. Those before `#first` are of messages received. */
  #totals: number[] = []
  #first = 0
  #sent = 0
  #received = 0

  push(size: number): void {
    this.#sent += size
    this.#totals.push(this.#sent)
  }

  /** Only the newest `count` messages are not received yet. */
  keep(count: number): void {
    const first = this.#totals.length - count
    if (first <= this.#first) return
    this.#received = this.#totals[first - 1]!
    this.#first = first
    if (first < MOST_BEHIND || first < this.#totals.length / 2) return
    this.#totals = this.#totals.slice(first)
    this.#first = 0
  }

  get bytes(): number {
    return this.#sent - this.#received
  }

  /** How many of the newest messages have at most `bytes` together; all there may be if that is true of all. */
  newestWithin(bytes: number): number {
    if (this.bytes <= bytes) return Infinity
    const totals = this.#totals
    let low = this.#first
    let high = totals.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#sent - totals[middle]! <= bytes) high = middle
      else low = middle + 1
    }
    return totals.length - 1 - low
  }
}
