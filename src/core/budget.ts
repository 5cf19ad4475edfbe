import { afterMicrotasks, nextTurn } from "./platform.js"
import { Ring } from "./ring.js"

/** Sends that may succeed in a row before the event loop turns. */
const MAX_OPERATIONS = 8192

/** A receive counts as so many sends: what other peers have sent meanwhile comes with the next turn. */
export const RECEIVE = 8

/** Bytes that may pass in them. */
const MAX_BYTES = 8 * 1024 * 1024

/** Below this many operations nobody looks whether the loop has turned. */
const FEW_OPERATIONS = 64

/** So many go on before one that has not begun, if they always have more to do. */
const PATIENCE = 8

/** Operations that may be refused in one turn of the event loop before a refusal waits for the next. */
const MAX_REFUSALS = 16

let operations = 0
let bytes = 0
let refusals = 0
let booked = false
/** Who has something to do, and had begun. */
const continuing = new Ring<() => void>()
/** Who would begin. */
const postponed = new Ring<() => void>()
let overtaken = 0

/**
 * Counts one operation that succeeded at once. A loop of such operations runs in microtasks alone and would starve
 * timers and I/O: once much was done the answer is a promise to wait for, else `undefined`. It resolves in another turn,
 * one after the other: who goes on with what is in the caches already is faster than all at once.
 * @param count How many sends it counts as.
 */
export function spend(size: number, count = 1): Promise<void> | undefined {
  bytes += size
  operations += count
  if (operations < FEW_OPERATIONS && bytes < MAX_BYTES) return undefined
  if (!booked) {
    booked = true
    nextTurn(turn)
  }
  if (!spent()) return undefined
  return new Promise((resolve) => {
    continuing.push(resolve)
  })
}

/** Whether several wait for another turn: what would only add to that had better be postponed. */
export function crowded(): boolean {
  return spent() && continuing.length + postponed.length > 1
}

function spent(): boolean {
  return operations > MAX_OPERATIONS || bytes > MAX_BYTES
}

/**
 * Counts one operation that was refused at once. A loop that tries again whenever it is refused runs in microtasks alone,
 * too, and what it waits for could never happen: after a few refusals the answer is a promise of the next turn.
 */
export function turnAfterRefusal(): Promise<void> | undefined {
  if (refusals === 0) {
    nextTurn(() => {
      refusals = 0
    })
  }
  if (++refusals <= MAX_REFUSALS) return undefined
  return new Promise(nextTurn)
}

/** Runs `task` in a turn that has not done its share, once those who have begun have nothing more to do. */
export function postpone(task: () => void): void {
  postponed.push(task)
}

function turn(): void {
  booked = false
  operations = bytes = 0
  resume()
}

/** Lets one after the other go on, each after what the one before it has set going, until the share is done. */
function resume(): void {
  if (spent()) return
  const first = continuing.length > 0 && (postponed.length === 0 || overtaken++ < PATIENCE)
  if (!first) overtaken = 0
  ;(first ? continuing : postponed).shift()?.()
  if (continuing.length + postponed.length > 0) void SETTLED.then(resumeLater)
}

function resumeLater(): void {
  afterMicrotasks(resume)
}

const SETTLED = Promise.resolve()
