import { Budget } from "./budget.js"
import { createClock, globalTimers, type Clock, type Timers } from "./clock.js"
import { KeepAlive } from "./keep-alive.js"

/** When tasks run. */
export interface Scheduler {
  /** Runs `task` after all microtasks and before the event loop continues. */
  afterMicrotasks(task: () => void): void
  /** Runs `task` after the event loop has turned: timers and I/O have had their chance. */
  nextTurn(task: () => void): void
}

export interface WarningOptions {
  /** Names the kind of warning: `node --disable-warning=CODE` hides it. */
  readonly code?: string
  /** Node prints it on the next line. */
  readonly detail?: string
}

/** What the library needs from its host: a clock, turns of the event loop, and control of the process' lifetime. */
export interface Runtime extends Scheduler {
  readonly clock: Clock
  readonly keepAlive: KeepAlive
  readonly budget: Budget
  /** Emits a process warning, where that is supported. */
  warn(text: string, options?: WarningOptions): void
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

/** Emits a process warning, where that is supported. */
export function warn(text: string, options: WarningOptions = {}): void {
  const { process } = globalThis as { process?: { emitWarning?: (text: string, options: WarningOptions) => void } }
  process?.emitWarning?.(text, options)
}
