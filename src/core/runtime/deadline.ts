import type { Timer } from "./clock.js"
import type { Runtime } from "./runtime.js"

/**
 * Calls `missed` after `delay` ms unless canceled. If the event loop was blocked, data that has arrived in the meantime
 * is read first.
 */
export function deadline(runtime: Runtime, delay: number, what: string, missed: (error: Error) => void): Timer {
  let canceled = false
  const timer = runtime.clock.after(delay, () => {
    runtime.nextTurn(() => {
      if (!canceled)
        missed(Object.assign(new Error(`Timed out after ${delay} ms waiting for ${what}`), { code: "ETIMEDOUT" }))
    })
  })
  return {
    cancel: () => {
      canceled = true
      timer.cancel()
    },
  }
}
