import { Budget } from "./budget.js"
import { createClock, globalTimers, type Clock, type Timers } from "./clock.js"
import { KeepAlive } from "./keep-alive.js"

/** When tasks run. */
export interface Scheduler {
  /** Runs `task` once all microtasks are done, before the event loop goes on. */
  afterMicrotasks(task: () => void): void
  /** Runs `task` after the event loop has turned: timers and I/O have had their chance. */
  nextTurn(task: () => void): void
}

/** What everything between wire and application needs from its host: time, turns of the event loop, and its lifetime. */
export interface Runtime extends Scheduler {
  readonly clock: Clock
  readonly keepAlive: KeepAlive
  readonly budget: Budget
  /** Issues a warning of the process, where there is one. */
  warn(text: string): void
}

/**
 * @param overrides For tests, such as a clock that is advanced by hand.
 * @param timers Those of the host. Default: the global ones, as they were when the library was loaded.
 */
export function createRuntime(
  scheduler: Scheduler,
  overrides: Partial<Runtime> = {},
  timers: Timers = globalTimers,
): Runtime {
  return {
    afterMicrotasks: (task) => {
      scheduler.afterMicrotasks(task)
    },
    nextTurn: (task) => {
      scheduler.nextTurn(task)
    },
    clock: createClock(timers),
    keepAlive: new KeepAlive(scheduler, timers),
    budget: new Budget(scheduler),
    warn,
    ...overrides,
  }
}

/** Issues a warning of the process, where there is one. */
export function warn(text: string): void {
  const { process } = globalThis as { process?: { emitWarning?: (text: string) => void } }
  process?.emitWarning?.(text)
}
