import { existsSync } from "node:fs"

/** Maximum time that a test blocks its event loop, in ms. */
const LONGEST = 30_000

/** Blocks the event loop of this thread for `duration` ms. */
export function compute(duration: number): void {
  const end = performance.now() + duration
  while (performance.now() < end);
}

/**
 * Blocks the event loop until another process has created the file `path`. The process has no other way to notify a blocked
 * event loop.
 * @throws Error if that takes too long.
 */
export function computeUntilMade(path: string): void {
  const end = performance.now() + LONGEST
  while (!existsSync(path)) if (performance.now() > end) throw new Error(`Nobody has made ${path}`)
}
