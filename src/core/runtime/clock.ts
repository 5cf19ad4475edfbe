/** Timers for timeouts, heartbeats, and reconnecting. Tests use a clock that they advance manually. */
export interface Clock {
  /** Runs `task` once after `delay` ms. The timer does not keep the process alive. */
  after(delay: number, task: () => void): Timer
}

export interface Timer {
  cancel(): void
}

/** The timer functions of a host. */
export interface Timers {
  setTimeout(task: () => void, delay: number): unknown
  clearTimeout(timer: unknown): void
  setInterval(task: () => void, delay: number): unknown
  clearInterval(timer: unknown): void
}

/** Longest delay, in ms: `setTimeout` treats longer ones as 1 ms. */
export const LONGEST_DELAY = 0x7fff_ffff

// Captured when the library is loaded, because test frameworks replace the global functions, which would stop all
// sockets.
const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis

/** The global timer functions. */
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

/** Lets the process exit while the timer is pending. Timers are numbers in browsers and objects in Node. */
function unreference(timer: unknown): void {
  ;(timer as { unref?: () => void }).unref?.()
}
