/** Interval between SPMs without data, in ms, as in libzmq (RFC 3208, section 5.1.5, "Ambient SPMs"). */
export const AMBIENT_INTERVAL = 30_000
/**
 * Interval between SPMs while data is sent, in ms. libzmq uses 30 s, but its receivers cannot request repairs before
 * they have received an SPM.
 */
export const FLOWING_INTERVAL = 1000
/**
 * Intervals between SPMs after data or a repair, in ms, as in libzmq. They inform receivers if the last data packet is
 * missing ("Heartbeat SPMs").
 */
export const HEARTBEAT_INTERVALS: readonly number[] = [100, 100, 100, 100, 1300, 7000, 16_000, 25_000, 30_000]

/** Determines when a sender announces its transmit window. Times are in ms. */
export class SpmSchedule {
  /** Index of the next heartbeat. After the last one, only ambient SPMs are sent. */
  #heartbeat = HEARTBEAT_INTERVALS.length
  /** Time at which the first data or repair since the last SPM was sent. */
  #flowing: number | undefined
  #due: number

  constructor(now: number) {
    this.#due = now + AMBIENT_INTERVAL
  }

  get due(): number {
    return this.#due
  }

  /**
   * Records that data or a repair was sent, which restarts the heartbeats. After libzmq has delivered messages, its
   * receivers check the timers of missing packets only when the next packet arrives. Without heartbeats after repairs,
   * they would request the remaining packets too late.
   */
  dataSent(now: number): void {
    this.#heartbeat = 0
    this.#flowing ??= now
    this.#due = Math.min(this.#flowing + FLOWING_INTERVAL, now + HEARTBEAT_INTERVALS[0]!)
  }

  /** Records that an SPM was sent. */
  spmSent(now: number): void {
    this.#flowing = undefined
    this.#due = now + (HEARTBEAT_INTERVALS[++this.#heartbeat] ?? AMBIENT_INTERVAL)
  }
}
