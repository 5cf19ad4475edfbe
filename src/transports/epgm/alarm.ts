import type { Clock, Timer } from "../../core/clock.js"

/** The time that engines are told, in ms. */
export function now(): number {
  return performance.now()
}

/** A timer for a moment that changes with every packet. It may ring too early, never too late. */
export class Alarm {
  #timer: Timer | undefined
  #due = Infinity

  constructor(
    private readonly clock: Clock,
    private readonly ring: () => void,
  ) {}

  /** Rings at `due` at the latest, on the clock of `now`. */
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
