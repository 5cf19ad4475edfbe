/** Schedules tasks. */
export interface Scheduler {
  /** Runs `task` after all microtasks and before the event loop continues. */
  afterMicrotasks(task: () => void): void
  /** Runs `task` in the next turn of the event loop, after pending timers and I/O. */
  nextTurn(task: () => void): void
}
