import { LONGEST_DELAY } from "./clock.js"
import type { Scheduler } from "./runtime.js"

/**
 * Keeps the process alive while anything waits. Every call that waits takes part, so it has to be cheap: where a timer
 * can be referenced and unreferenced, one is created for good, and unreferenced only when nothing waits any more once
 * the microtasks are done.
 */
export class KeepAlive {
  readonly #scheduler: Scheduler
  /** How many hold the process. */
  #holds = 0
  #timer: ReturnType<typeof setInterval> | undefined
  /** The timer keeps the process alive. */
  #referenced = false
  #releaseScheduled = false

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** Keeps the process alive until `release` was called as often. */
  hold(): void {
    if (this.#holds++ > 0 || this.#referenced) return
    this.#referenced = true
    if (typeof this.#timer === "object") this.#timer.ref()
    else this.#timer = setInterval(() => undefined, LONGEST_DELAY)
  }

  release(): void {
    if (--this.#holds > 0 || this.#releaseScheduled) return
    this.#releaseScheduled = true
    this.#scheduler.afterMicrotasks(() => {
      this.#releaseScheduled = false
      if (this.#holds > 0) return
      this.#referenced = false
      if (typeof this.#timer === "object") this.#timer.unref()
      else clearInterval(this.#timer)
    })
  }
}
