import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from "node:timers"
import type { Timers } from "../../core/runtime/clock.js"
import type { Scheduler } from "../../core/runtime/scheduler.js"

const nextTick = process.nextTick.bind(process)

// Do not use the global functions: jsdom has no `setImmediate` and its own timers, and libraries that fake time
// replace all of them.

export const nodeScheduler: Scheduler = {
  afterMicrotasks: (task) => {
    nextTick(task)
  },
  nextTurn: (task) => {
    setImmediate(task)
  },
}

export const nodeTimers: Timers = {
  setTimeout: (task, delay) => setTimeout(task, delay),
  clearTimeout: (timer) => {
    clearTimeout(timer as NodeJS.Timeout)
  },
  setInterval: (task, delay) => setInterval(task, delay),
  clearInterval: (timer) => {
    clearInterval(timer as NodeJS.Timeout)
  },
}
