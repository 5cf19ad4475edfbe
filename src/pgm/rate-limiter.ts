/** Unused time that a sender may catch up on, in ms, because timers fire late. */
const BURST_TIME = 4
/** At low rates, up to one second's worth of bytes may be sent at once, as in OpenPGM, but not more than this many. */
const BURST_BYTES = 64 * 1024

/**
 * Limits the number of bytes sent per unit of time with a token bucket (RFC 3208, section 5.1.2, "TXW_MAX_RTE"). Times
 * are in ms.
 */
export class RateLimiter {
  /** Bytes per ms. */
  readonly #rate: number
  readonly #capacity: number
  #tokens: number
  #filled: number

  /**
   * @param rate Rate in kbit/s.
   * @param largest Maximum size of a packet, in bytes. The bucket holds at least this many.
   */
  constructor(rate: number, largest: number, now: number) {
    this.#rate = rate / 8
    this.#capacity = Math.max(this.#rate * BURST_TIME, Math.min(this.#rate * 1000, BURST_BYTES), largest)
    this.#tokens = this.#capacity
    this.#filled = now
  }

  /** Takes `bytes` from the bucket. Returns false if they may not be sent now. */
  take(bytes: number, now: number): boolean {
    this.#fill(now)
    if (this.#tokens < bytes) return false
    this.#tokens -= bytes
    return true
  }

  /** Takes `bytes` that are sent regardless of the limit. */
  force(bytes: number, now: number): void {
    this.#fill(now)
    this.#tokens -= bytes
  }

  /** Time at which `take` will accept `bytes`. */
  readyAt(bytes: number): number {
    return this.#filled + Math.max(0, bytes - this.#tokens) / this.#rate
  }

  #fill(now: number): void {
    if (now <= this.#filled) return
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filled) * this.#rate)
    this.#filled = now
  }
}
