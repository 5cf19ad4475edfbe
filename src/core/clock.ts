/** Measures time for timeouts, heartbeats and reconnecting. Tests advance one by hand. */
export interface Clock {
  /** Runs `task` once after `delay` ms; the timer does not keep the process alive. */
  after(delay: number, task: () => void): Timer
}

export interface Timer {
  cancel(): void
}

/** Longest delay in ms: longer ones overflow `setTimeout`. */
export const LONGEST_DELAY = 0x7fff_ffff

export const systemClock: Clock = {
  after(delay, task) {
    const timer = setTimeout(task, Math.min(delay, LONGEST_DELAY))
    unreference(timer)
    return {
      cancel: () => {
        clearTimeout(timer)
      },
    }
  },
}

/** Timers are numbers in browsers, objects in Node. */
function unreference(timer: unknown): void {
  ;(timer as { unref?: () => void }).unref?.()
}
