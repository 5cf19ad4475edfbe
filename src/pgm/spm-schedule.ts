/** Time between SPMs in any case, in ms (RFC 3208, section 5.1.5, "Ambient SPMs"); libzmq's. */
export const AMBIENT_INTERVAL = 30_000
/** Times between SPMs after data, in ms: they tell receivers that its last packet is missing ("Heartbeat SPMs"); libzmq's. */
export const HEARTBEAT_INTERVALS: readonly number[] = [100, 100, 100, 100, 1300, 7000, 16_000, 25_000, 30_000]

/** When a sender announces its transmit window. Times are in ms. */
export class SpmSchedule {
  /** Index of the next heartbeat; behind the last one there are only ambient SPMs. */
  #heartbeat = HEARTBEAT_INTERVALS.length
  #due: number

  constructor(now: number) {
    this.#due = now + AMBIENT_INTERVAL
    this.#ambient = this.#due
  }

  #ambient: number

  get due(): number {
    return this.#due
  }

  /** Data was sent: the heartbeats begin again. */
  dataSent(now: number): void {
    this.#heartbeat = 0
    this.#plan(now)
  }

  /** An SPM was sent. */
  spmSent(now: number): void {
    this.#ambient = now + AMBIENT_INTERVAL
    if (this.#heartbeat < HEARTBEAT_INTERVALS.length) this.#heartbeat++
    this.#plan(now)
  }

  #plan(now: number): void {
    this.#due = Math.min(this.#ambient, now + (HEARTBEAT_INTERVALS[this.#heartbeat] ?? Infinity))
  }
}
