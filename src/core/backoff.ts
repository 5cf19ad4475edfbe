/** Longest time between attempts where no maximum is set, in ms. */
const LONGEST = 30_000

/**
 * How long to wait before each attempt to reconnect. Without a maximum the interval plus a random part of it, with one
 * the interval doubled each time up to the maximum, as libzmq does (ZMQ_RECONNECT_IVL, ZMQ_RECONNECT_IVL_MAX). After an
 * attempt that somebody has answered the interval doubles in either case: without a maximum, up to 30 s.
 */
export class Backoff {
  #current: number

  constructor(
    private readonly interval: number,
    private readonly maxInterval: number,
  ) {
    this.#current = interval
  }

  /** Whether delays are longer than at first. */
  get grown(): boolean {
    return this.#current > this.interval
  }

  /** Next delay in ms, or `undefined` when there is to be no other attempt. @param answered Somebody has accepted the connection. */
  next(answered = false): number | undefined {
    const { interval, maxInterval } = this
    if (interval <= 0) return undefined
    const current = this.#current
    if (maxInterval > 0) {
      this.#current = Math.min(current * 2, maxInterval)
      return Math.min(current, maxInterval)
    }
    if (answered) this.#current = Math.min(current * 2, Math.max(LONGEST, interval))
    return Math.min(current + Math.floor(Math.random() * current), Math.max(LONGEST, 2 * interval))
  }

  /** All is well: start again from the interval. */
  reset(): void {
    this.#current = this.interval
  }
}
