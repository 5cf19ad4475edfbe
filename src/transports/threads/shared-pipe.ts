import type { PipeLimits } from "../../core/pipe/pipe-limits.js"
import { isObject, isShared, listOf } from "../inproc/parse.js"
import { MAILBOX_WORDS } from "./shared-mailbox.js"
import { isQueueSize, newQueueMemory } from "./shared-queue.js"

/** Memory that both ends of a pipe between threads share. The connecting side's queue and words come first. */
export interface SharedPipe {
  readonly words: SharedArrayBuffer
  readonly queues: readonly [SharedArrayBuffer, SharedArrayBuffer]
}

/** The side of a pipe: 0 is the connecting side, 1 the binding side. */
export type Side = 0 | 1

/** Words of one side. Those of the two sides are in separate cache lines. */
export const SENT = 0
export const TAKEN = 1
/** The side waits for room. */
export const WAITS = 2
/** The side waits for messages. */
export const SLEEPS = 3
/** The side is closed: 1, or `EVICTS`. */
export const LEFT = 4
/** The number of messages for whose receipt the side waits. */
export const AWAITED = 5
/** Only the newest message that the side sends is kept. */
export const CONFLATES = 6
/** The side listens to the line. */
export const LISTENS = 7
export const RECEIVE_MARK = 8
export const RECEIVE_BYTES = 10
/** Mailbox for the side's messages, if only the newest one is kept. */
export const MAILBOX = 16
export const SIDE = 32

/** Value of `LEFT`: the side is closed, and sends the reason to the other end. */
export const EVICTS = 2

/** Size of the words of both sides, in bytes. */
const WORDS_SIZE = 2 * SIDE * 4

const WORD = 2 ** 32

export function newSharedPipe(): SharedPipe {
  return { words: new SharedArrayBuffer(WORDS_SIZE), queues: [newQueueMemory(), newQueueMemory()] }
}

/** Stores the limits of the end on `side` in shared memory, where the other end reads them when it opens. */
export function putLimits({ words }: SharedPipe, side: Side, limits: PipeLimits): void {
  const memory = new Int32Array(words)
  const [mine, theirs] = [side * SIDE, SIDE - side * SIDE]
  putMark(memory, mine + RECEIVE_MARK, limits.receiveMark)
  putMark(memory, mine + RECEIVE_BYTES, limits.receiveBytes)
  // Either end can request it.
  if (limits.conflatesSent === true) memory[mine + CONFLATES] = 1
  if (limits.conflatesReceived === true) memory[theirs + CONFLATES] = 1
}

/** Parses the memory of a pipe that another thread has sent. */
export function parseSharedPipe(value: unknown): SharedPipe | undefined {
  if (!isObject(value)) return undefined
  const { words } = value
  const queues = listOf(value["queues"], (queue) =>
    isShared(queue) && isQueueSize(queue.byteLength) ? queue : undefined,
  )
  const [first, second, ...others] = queues ?? []
  if (!isShared(words, WORDS_SIZE) || first === undefined || second === undefined || others.length > 0) return undefined
  return { words, queues: [first, second] }
}

/** Records that the end on `side` listens to its line. */
export function startListening({ words }: SharedPipe, side: Side): void {
  Atomics.store(new Int32Array(words), side * SIDE + LISTENS, 1)
}

export function listens({ words }: SharedPipe, side: Side): boolean {
  return Atomics.load(new Int32Array(words), side * SIDE + LISTENS) === 1
}

/** The mailbox for messages from the side whose words begin at `side`. */
export function mailboxOf(words: Int32Array, side: number): Int32Array {
  return words.subarray(side + MAILBOX, side + MAILBOX + MAILBOX_WORDS)
}

/** Stores a mark in two words, because a mark in bytes may exceed one word; 0 means none. */
export function putMark(words: Int32Array, at: number, mark: number | undefined): void {
  const number = mark === undefined ? 0 : mark + 1
  Atomics.store(words, at, number)
  Atomics.store(words, at + 1, Math.floor(number / WORD))
}

/** Reads a mark. If it is changed during the read, another notification follows. */
export function markAt(words: Int32Array, at: number): number | undefined {
  const number = (Atomics.load(words, at + 1) >>> 0) * WORD + (Atomics.load(words, at) >>> 0)
  return number === 0 ? undefined : number - 1
}
