import { asFrame } from "../../zmtp/bytes.js"
import { CAPABILITIES } from "../capabilities.js"

/** At this size and above, `fill` is faster than `set` for shared memory. */
const LEAST_FILL = 4096

/**
 * Copies `source` into `target`, starting at `position`. If either is shared memory, `set` copies word by word, and takes
 * about twice as long as `fill` with a pattern.
 */
export const copyShared: (target: Uint8Array, position: number, source: Uint8Array) => void =
  CAPABILITIES.fillsSharedMemoryFaster
    ? (target, position, source) => {
        if (source.length < LEAST_FILL) target.set(source, position)
        else (asFrame(target) as Buffer).fill(source, position, position + source.length)
      }
    : (target, position, source) => {
        target.set(source, position)
      }
