import { allocateSlab, type Frame } from "../bytes.js"

/** Size of a slab, in bytes, unless a single body needs more. */
export const SLAB_SIZE = 64 * 1024

/** Maximum size of a slab that is kept for later use, in bytes. */
const LARGEST = 256 * 1024

/** Maximum number of slabs that are kept for later use. */
const MOST = 8

/** Slabs that no outbox uses. Most writes need one for a moment only, so all connections of a thread take turns. */
const free: Frame[] = [/* @__PURE__ */ allocateSlab(SLAB_SIZE)]

/** Takes the slab that was returned last, if it has `size` bytes. It is the most likely one to be in the CPU caches. */
export function takeSlab(size: number): Frame | undefined {
  const last = free.at(-1)
  return last !== undefined && last.length >= size ? free.pop() : undefined
}

/** Returns a slab that is no longer read or written. */
export function returnSlab(slab: Frame): void {
  if (slab.length >= SLAB_SIZE && slab.length <= LARGEST && free.length < MOST) free.push(slab)
}
