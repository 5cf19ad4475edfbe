import type { Scheduler } from "../../core/runtime.js"

export const nodeScheduler: Scheduler = {
  afterMicrotasks: (task) => {
    process.nextTick(task)
  },
  nextTurn: (task) => {
    setImmediate(task)
  },
}
