import type { Clock, Timer } from "../../core/runtime/clock.js"

/** The current time for engines, in ms. */
export function now(): number {
  return performance.now()
}

/** A timer whose due time changes with every packet. It may fire too early, but never late. */
export class Alarm {
  #timer: Timer | undefined
  #due = Infinity

  constructor(
    private readonly clock: Clock,
    private readonly ring: () => void,
  ) {}

  /** Sets the latest time at which it fires, on the clock of `now`. */
  set(due: number): void {
    if (due >= this.#due) return
    this.cancel()
    this.#due = due
    this.#timer = this.clock.after(Math.max(0, Math.ceil(due - now())), () => {
      this.#due = Infinity
      this.#timer = undefined
      this.ring()
    })
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#due = Infinity
  }
}
