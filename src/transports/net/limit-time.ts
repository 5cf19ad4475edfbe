import { clearTimeout, setTimeout } from "node:timers"
import { zmqError } from "../../core/errors.js"

/**
 * Calls `missed` after `interval` ms, unless the returned function is called first. Does not keep the process alive.
 * @param interval 0 or less means no limit.
 * @param what What the caller waits for, for the error message.
 */
export function limitTime(interval: number, what: string, missed: (error: Error) => void): () => void {
  if (interval <= 0) return () => undefined
  const timer = setTimeout(() => {
    missed(zmqError("ETIMEDOUT", { message: `Waited ${interval} ms for ${what}` }))
  }, interval).unref()
  return () => {
    clearTimeout(timer)
  }
}
