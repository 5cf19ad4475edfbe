/**
 * How long to wait before each attempt to reconnect, as libzmq does: without a maximum the interval plus a random
 * part of it, with one the interval doubled each time up to the maximum (ZMQ_RECONNECT_IVL, ZMQ_RECONNECT_IVL_MAX).
 */
export class Backoff {
  #current: number

  constructor(
    private readonly interval: number,
    private readonly maxInterval: number,
  ) {
    this.#current = interval
  }

  /** Next delay in ms, or `undefined` when there is to be no other attempt. */
  next(): number | undefined {
    if (this.interval <= 0) return undefined
    if (this.maxInterval <= 0) return this.interval + Math.floor(Math.random() * this.interval)
    const delay = Math.min(this.#current, this.maxInterval)
    this.#current = Math.min(this.#current * 2, this.maxInterval)
    return delay
  }

  /** A connection came about: start again from the interval. */
  reset(): void {
    this.#current = this.interval
  }
}
