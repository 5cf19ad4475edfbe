/** Longest delay between attempts if no maximum is set, in ms. */
const LONGEST = 30_000

/**
 * The delay before each attempt to reconnect (ZMQ_RECONNECT_IVL, ZMQ_RECONNECT_IVL_MAX). As in libzmq, it is the
 * interval plus a random part of it, or, with a maximum, the interval doubled each time up to the maximum. Without a
 * maximum, it also doubles after an attempt in which a peer accepted the connection, up to 30 s.
 */
export class Backoff {
  #current: number

  constructor(
    private readonly interval: number,
    private readonly maxInterval: number,
  ) {
    this.#current = interval
  }

  /** Whether the delay has increased since the last reset. */
  get grown(): boolean {
    return this.#current > this.interval
  }

  /**
   * The next delay in ms, or `undefined` if no attempt follows.
   * @param grows Whether the delay grows even without a maximum.
   */
  next(grows = false): number | undefined {
    const { interval, maxInterval } = this
    if (interval <= 0) return undefined
    const current = this.#current
    if (maxInterval > 0) {
      this.#current = Math.min(current * 2, maxInterval)
      return Math.min(current, maxInterval)
    }
    if (grows) this.#current = Math.min(current * 2, Math.max(LONGEST, interval))
    return Math.min(current + Math.floor(Math.random() * current), Math.max(LONGEST, 2 * interval))
  }

  /** Resets the delay to the interval, after a successful connection. */
  reset(): void {
    this.#current = this.interval
  }
}
