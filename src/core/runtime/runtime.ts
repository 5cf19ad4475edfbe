// Everything that depends on time and on turns of the event loop: the services of a host (scheduler and timers), and
// those that are based on them (clock, deadlines, budget, and keep-alive). This folder does not depend on pipes.

import { Budget } from "./budget.js"
import { createClock, globalTimers, type Clock, type Timers } from "./clock.js"
import { KeepAlive } from "./keep-alive.js"
import type { Scheduler } from "./scheduler.js"

/** Options of a process warning. */
export interface WarningOptions {
  /** Identifies the kind of warning, which `node --disable-warning=CODE` hides. */
  readonly code?: string
  /** Further text, which Node prints on the next line. */
  readonly detail?: string
}

/** The services that the library needs from its host: timers, scheduling, and control over whether the process may exit. */
export interface Runtime extends Scheduler {
  readonly clock: Clock
  readonly keepAlive: Pick<KeepAlive, "hold" | "release">
  readonly budget: Budget
  /** Emits a process warning, if the host supports that. */
  warn(text: string, options?: WarningOptions): void
}

/**
 * @param overrides Members to replace, such as a clock that tests advance manually.
 * @param timers Timer functions of the host. Default: the global ones at the time the library was loaded.
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

/** Emits a process warning, if the host supports that. */
export function warn(text: string, options: WarningOptions = {}): void {
  const { process } = globalThis as { process?: { emitWarning?: (text: string, options: WarningOptions) => void } }
  process?.emitWarning?.(text, options)
}
