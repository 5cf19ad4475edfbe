import { existsSync } from "node:fs"

/** Longest that a test stands still, in ms. */
const LONGEST = 30_000

/** Computes for `duration` ms: the event loop of this thread stands still. */
export function compute(duration: number): void {
  const end = performance.now() + duration
  while (performance.now() < end);
}

/**
 * Computes until another process has made the file `path`: its only way to say anything while the event loop stands still.
 * @throws Error when that takes too long.
 */
export function computeUntilMade(path: string): void {
  const end = performance.now() + LONGEST
  while (!existsSync(path)) if (performance.now() > end) throw new Error(`Nobody has made ${path}`)
}
