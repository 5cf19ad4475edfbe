import { clearTimeout, setTimeout } from "node:timers"
import { zmqError } from "../../core/errors.js"

/**
 * Calls `missed` after `interval` ms, unless the returned function is called first. Does not keep the process alive.
 * @param interval 0 or less means no limit.
 * @param what Used in the error message: "waiting for `what`".
 */
export function limitTime(interval: number, what: string, missed: (error: Error) => void): () => void {
  if (interval <= 0) return () => undefined
  const timer = setTimeout(() => {
    missed(zmqError("ETIMEDOUT", { message: `Timed out after ${interval} ms waiting for ${what}` }))
  }, interval).unref()
  return () => {
    clearTimeout(timer)
  }
}
