/** Time between SPMs without data, in ms (RFC 3208, section 5.1.5, "Ambient SPMs"); libzmq's. */
export const AMBIENT_INTERVAL = 30_000
/**
 * Time between SPMs while data flows, in ms. libzmq has 30 s here, too; but its receivers cannot repair anything before
 * they have had one.
 */
export const FLOWING_INTERVAL = 1000
/** Times between SPMs after data, in ms: they tell receivers that its last packet is missing ("Heartbeat SPMs"); libzmq's. */
export const HEARTBEAT_INTERVALS: readonly number[] = [100, 100, 100, 100, 1300, 7000, 16_000, 25_000, 30_000]

/** When a sender announces its transmit window. Times are in ms. */
export class SpmSchedule {
  /** Index of the next heartbeat; behind the last one there are only ambient SPMs. */
  #heartbeat = HEARTBEAT_INTERVALS.length
  /** When the first data since the latest SPM was sent. */
  #flowing: number | undefined
  #due: number

  constructor(now: number) {
    this.#due = now + AMBIENT_INTERVAL
  }

  get due(): number {
    return this.#due
  }

  /** Data was sent: the heartbeats begin again. */
  dataSent(now: number): void {
    this.#heartbeat = 0
    this.#flowing ??= now
    this.#due = Math.min(this.#flowing + FLOWING_INTERVAL, now + HEARTBEAT_INTERVALS[0]!)
  }

  /** An SPM was sent. */
  spmSent(now: number): void {
    this.#flowing = undefined
    this.#due = now + (HEARTBEAT_INTERVALS[++this.#heartbeat] ?? AMBIENT_INTERVAL)
  }
}
