import type { Multipart } from "../../zmtp/bytes.js"
import { MailboxReader } from "./shared-mailbox.js"
import {
  AWAITED,
  CONFLATES,
  putMark,
  RECEIVE_BYTES,
  RECEIVE_MARK,
  SENT,
  SIDE,
  SLEEPS,
  TAKEN,
  WAITS,
  mailboxOf,
  type SharedPipe,
  type Side,
} from "./shared-pipe.js"
import { QueueReader, type PieceReceiver } from "./shared-queue.js"

/**
 * The direction of a pipe between threads in which this thread receives: the messages that wait, how many were taken, and
 * when to notify the thread that sends them.
 */
export class InboundQueue {
  readonly #words: Int32Array
  /** Offsets of this side's words, and of the other side's. */
  readonly #mine: number
  readonly #theirs: number
  readonly #reader: QueueReader
  /** Messages of pipes that keep only the newest one, except those that were queued before both ends agreed on that. */
  readonly #newest: MailboxReader
  /** Number of messages taken, modulo 2³². */
  #taken = 0

  /** @param lends Whether large frames are views of the queue, until `release`. */
  constructor(shared: SharedPipe, side: Side, pieces: PieceReceiver, lends: boolean) {
    this.#words = new Int32Array(shared.words)
    this.#mine = side * SIDE
    this.#theirs = SIDE - this.#mine
    this.#reader = new QueueReader(shared.queues[1 - side]!, pieces, lends)
    this.#newest = new MailboxReader(mailboxOf(this.#words, this.#theirs), pieces)
  }

  /** Number of messages taken, modulo 2³². */
  get taken(): number {
    return this.#taken
  }

  /** Number of messages that wait. */
  get length(): number {
    const waiting = (Atomics.load(this.#words, this.#theirs + SENT) - this.#taken) | 0
    return this.#conflates ? Math.min(waiting, 1) : waiting
  }

  get readable(): boolean {
    return this.#reader.readable || this.#newest.readable
  }

  /** Whether everything that was written was read. */
  get drained(): boolean {
    return this.#reader.drained && this.#newest.drained
  }

  /** Whether the other end waits for room. */
  get awaited(): boolean {
    return Atomics.load(this.#words, this.#theirs + WAITS) === 1
  }

  /** Announces the high-water marks of this end. */
  setMarks(receiveMark: number | undefined, receiveBytes: number | undefined): void {
    putMark(this.#words, this.#mine + RECEIVE_MARK, receiveMark)
    putMark(this.#words, this.#mine + RECEIVE_BYTES, receiveBytes)
  }

  /** Whether a message waits for the memory `id`. */
  awaits(id: number): boolean {
    return this.#reader.awaits(id) || this.#newest.awaits(id)
  }

  /** Reads the next message. Call `take` afterwards. */
  read(): Multipart | undefined {
    return this.#conflates ? this.#readNewest() : this.#reader.read()
  }

  /** Counts the message that was read. Returns whether the other end waits for the room and must be notified. */
  take(): boolean {
    const words = this.#words
    this.#taken = (this.#taken + 1) | 0
    Atomics.store(words, this.#mine + TAKEN, this.#taken)
    if (Atomics.load(words, this.#theirs + WAITS) === 0) return false
    if (((this.#taken - Atomics.load(words, this.#theirs + AWAITED)) | 0) < 0) return false
    return Atomics.exchange(words, this.#theirs + WAITS, 0) === 1
  }

  /** Requests a notification for the next message. Check `readable` afterwards: it may have arrived before the request. */
  awaitMessage(): void {
    Atomics.store(this.#words, this.#mine + SLEEPS, 1)
  }

  /** Cancels the request of `awaitMessage`. */
  stopWaiting(): void {
    Atomics.store(this.#words, this.#mine + SLEEPS, 0)
  }

  /** Ends the use of the frames that were lent. */
  release(): void {
    this.#reader.release()
  }

  /**
   * Reads the newest message. Messages in the queue are older than the one in the mailbox, and always available before
   * it.
   */
  #readNewest(): Multipart | undefined {
    let message = this.#newest.read()
    const newest = message !== undefined
    for (let next = this.#reader.read(); next !== undefined; next = this.#reader.read()) {
      if (newest) continue
      if (message !== undefined) this.#taken = (this.#taken + 1) | 0
      message = next
    }
    // `take` counts it.
    if (newest) this.#taken = (this.#newest.number - 1) | 0
    return message
  }

  get #conflates(): boolean {
    return this.#words[this.#theirs + CONFLATES] === 1
  }
}
