import { nextTurn } from "./platform.js"

/** Sends that may succeed in a row before the event loop turns. */
const MAX_OPERATIONS = 8192

/** A receive counts as so many sends: what other peers have sent meanwhile comes with the next turn. */
export const RECEIVE = 8

/** Bytes that may pass in them. */
const MAX_BYTES = 8 * 1024 * 1024

/** Below this many operations nobody looks whether the loop has turned. */
const FEW_OPERATIONS = 64

let operations = 0
let bytes = 0
let turn: Promise<void> | undefined

/**
 * Counts one operation that succeeded at once. A loop of such operations runs in microtasks alone and would starve
 * timers and I/O: once much was done the answer is the promise of the next turn, to wait for, else `undefined`.
 * @param count How many sends it counts as.
 */
export function spend(size: number, count = 1): Promise<void> | undefined {
  bytes += size
  operations += count
  if (operations < FEW_OPERATIONS && bytes < MAX_BYTES) return undefined
  turn ??= new Promise((resolve) => {
    nextTurn(() => {
      turn = undefined
      operations = bytes = 0
      resolve()
    })
  })
  return operations > MAX_OPERATIONS || bytes > MAX_BYTES ? turn : undefined
}
