/** How long a sender may have been silent and still send at its rate on average: timers are late. In ms. */
const BURST_TIME = 4
/** At low rates a second's worth can be sent at once, as in OpenPGM, up to so many bytes. */
const BURST_BYTES = 64 * 1024

/** Limits the bytes sent per time: a token bucket (RFC 3208, section 5.1.2, "TXW_MAX_RTE"). Times are in ms. */
export class RateLimiter {
  /** Bytes per ms. */
  readonly #rate: number
  readonly #capacity: number
  #tokens: number
  #filled: number

  /**
   * @param rate In kbit/s.
   * @param largest Largest packet, in bytes: it can always be sent at some time.
   */
  constructor(rate: number, largest: number, now: number) {
    this.#rate = rate / 8
    this.#capacity = Math.max(this.#rate * BURST_TIME, Math.min(this.#rate * 1000, BURST_BYTES), largest)
    this.#tokens = this.#capacity
    this.#filled = now
  }

  /** Takes `bytes` if they may be sent now. */
  take(bytes: number, now: number): boolean {
    this.#fill(now)
    if (this.#tokens < bytes) return false
    this.#tokens -= bytes
    return true
  }

  /** Counts `bytes` that are sent in any case. */
  force(bytes: number, now: number): void {
    this.#fill(now)
    this.#tokens -= bytes
  }

  /** When `take` will have `bytes`. */
  readyAt(bytes: number): number {
    return this.#filled + Math.max(0, bytes - this.#tokens) / this.#rate
  }

  #fill(now: number): void {
    if (now <= this.#filled) return
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filled) * this.#rate)
    this.#filled = now
  }
}
