import { LONGEST_DELAY, type Timers } from "./clock.js"
import type { Scheduler } from "./scheduler.js"

/**
 * Keeps the process alive while any operation waits. Every waiting call uses it, so it must be cheap: if the host's
 * timers support `ref` and `unref`, one timer is created and never cleared. It is unreferenced only if no operation is
 * waiting after the microtasks.
 */
export class KeepAlive {
  readonly #scheduler: Scheduler
  readonly #timers: Timers
  /** Number of holds in effect. */
  #holds = 0
  #timer: unknown
  /** Whether the timer keeps the process alive. */
  #referenced = false
  #releaseScheduled = false

  constructor(scheduler: Scheduler, timers: Timers) {
    this.#scheduler = scheduler
    this.#timers = timers
  }

  /** Keeps the process alive until `release` has been called once for each call. */
  hold(): void {
    this.#holds++
    if (this.#referenced) return
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

/** Whether `timer` supports `ref` and `unref`: Node's timers do, but browsers' timers are numbers. */
function isReferable(timer: unknown): timer is { ref(): void; unref(): void } {
  return typeof timer === "object"
}
