/** Measures time for timeouts, heartbeats and reconnecting. Tests advance one by hand. */
export interface Clock {
  /** Runs `task` once after `delay` ms; the timer does not keep the process alive. */
  after(delay: number, task: () => void): Timer
}

export interface Timer {
  cancel(): void
}

/** The timers of a host. */
export interface Timers {
  setTimeout(task: () => void, delay: number): unknown
  clearTimeout(timer: unknown): void
  setInterval(task: () => void, delay: number): unknown
  clearInterval(timer: unknown): void
}

/** Longest delay in ms: longer ones overflow `setTimeout`. */
export const LONGEST_DELAY = 0x7fff_ffff

// As they are when the library is loaded: test environments replace the global ones, and would stop the clock of sockets.
const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis

/** The global timers. */
export const globalTimers: Timers = {
  setTimeout: (task, delay) => setTimeout(task, delay),
  clearTimeout: (timer) => {
    clearTimeout(timer as number)
  },
  setInterval: (task, delay) => setInterval(task, delay),
  clearInterval: (timer) => {
    clearInterval(timer as number)
  },
}

export function createClock(timers: Timers): Clock {
  return {
    after(delay, task) {
      const timer = timers.setTimeout(task, Math.min(delay, LONGEST_DELAY))
      unreference(timer)
      return {
        cancel: () => {
          timers.clearTimeout(timer)
        },
      }
    },
  }
}

export const systemClock: Clock = /* @__PURE__ */ createClock(globalTimers)

/** Timers are numbers in browsers, objects in Node. */
function unreference(timer: unknown): void {
  ;(timer as { unref?: () => void }).unref?.()
}
