import { LONGEST_DELAY, type Timers } from "./clock.js"
import type { Scheduler } from "./runtime.js"

/**
 * Keeps the process alive while anything waits. Every call that waits takes part, so it has to be cheap: where a timer
 * can be referenced and unreferenced, one is created for good, and unreferenced only when nothing waits any more once
 * the microtasks are done.
 */
export class KeepAlive {
  readonly #scheduler: Scheduler
  readonly #timers: Timers
  /** How many hold the process. */
  #holds = 0
  #timer: unknown
  /** The timer keeps the process alive. */
  #referenced = false
  #releaseScheduled = false

  constructor(scheduler: Scheduler, timers: Timers) {
    this.#scheduler = scheduler
    this.#timers = timers
  }

  /** Keeps the process alive until `release` was called as often. */
  hold(): void {
    if (this.#holds++ > 0 || this.#referenced) return
    this.#referenced = true
    if (isReferable(this.#timer)) this.#timer.ref()
    else this.#timer = this.#timers.setInterval(() => undefined, LONGEST_DELAY)
  }

  release(): void {
    if (--this.#holds > 0 || this.#releaseScheduled) return
    this.#releaseScheduled = true
    this.#scheduler.afterMicrotasks(() => {
      this.#releaseScheduled = false
      if (this.#holds > 0) return
      this.#referenced = false
      if (isReferable(this.#timer)) this.#timer.unref()
      else this.#timers.clearInterval(this.#timer)
    })
  }
}

/** Timers of Node can be told whether they keep the process alive; those of browsers are numbers. */
function isReferable(timer: unknown): timer is { ref(): void; unref(): void } {
  return typeof timer === "object" && timer !== null
}
