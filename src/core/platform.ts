/** When things run. The Node entry sets what Node has; the default is what every JavaScript has. */
export interface Scheduler {
  /** Runs `task` once all microtasks are done, before the event loop goes on. */
  afterMicrotasks(task: () => void): void
  /** Runs `task` after the event loop has turned: timers and I/O have had their chance. */
  nextTurn(task: () => void): void
}

/** What measures time for timeouts, heartbeats and reconnecting. Tests turn one by hand. */
export interface Clock {
  /** Runs `task` once after `delay` ms; the timer does not keep the process alive. */
  after(delay: number, task: () => void): Timer
}

export interface Timer {
  cancel(): void
}

let scheduler: Scheduler = {
  afterMicrotasks: (task) => void setTimeout(task, 0),
  nextTurn: (task) => void setTimeout(task, 0),
}

export function setScheduler(replacement: Scheduler): void {
  scheduler = replacement
}

export function afterMicrotasks(task: () => void): void {
  scheduler.afterMicrotasks(task)
}

export function nextTurn(task: () => void): void {
  scheduler.nextTurn(task)
}

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

let holds = 0
let holder: ReturnType<typeof setInterval> | undefined
/** Whether `holder` keeps the process alive. */
let held = false
let releasing = false

/**
 * Keeps the process alive until as many calls of `releaseProcess`. Every call that waits does so: where timers can be
 * told whether they count, one is made for all time, and told only when nobody has come to wait by the end of the
 * microtasks.
 */
export function holdProcess(): void {
  if (holds++ > 0 || held) return
  held = true
  if (typeof holder === "object") holder.ref()
  else holder = setInterval(() => undefined, LONGEST_DELAY)
}

export function releaseProcess(): void {
  if (--holds > 0 || releasing) return
  releasing = true
  afterMicrotasks(release)
}

function release(): void {
  releasing = false
  if (holds > 0) return
  held = false
  if (typeof holder === "object") holder.unref()
  else clearInterval(holder)
}

/** A warning of the process, where there is one. */
export function warn(text: string): void {
  const { process } = globalThis as { process?: { emitWarning?: (text: string) => void } }
  process?.emitWarning?.(text)
}

/** Browsers have numbers for timers, Node objects. */
function unreference(timer: unknown): void {
  ;(timer as { unref?: () => void }).unref?.()
}

/** Longer delays overflow `setTimeout`. */
const LONGEST_DELAY = 0x7fff_ffff
