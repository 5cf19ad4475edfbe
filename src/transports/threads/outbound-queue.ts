import type { Multipart } from "../../zmtp/bytes.js"
import { SendWindow, type RemoteEnd } from "../inproc/send-window.js"
import { MailboxWriter } from "./shared-mailbox.js"
import {
  AWAITED,
  CONFLATES,
  RECEIVE_BYTES,
  RECEIVE_MARK,
  SENT,
  SIDE,
  SLEEPS,
  TAKEN,
  WAITS,
  mailboxOf,
  markAt,
  type SharedPipe,
  type Side,
} from "./shared-pipe.js"
import { QueueWriter, type PieceSender } from "./shared-queue.js"

/**
 * The direction of a pipe between threads in which this thread sends: the messages in flight, the room for more, and when
 * to notify the thread that receives them.
 */
export class OutboundQueue implements RemoteEnd {
  readonly #words: Int32Array
  /** Offsets of this side's words, and of the other side's. */
  readonly #mine: number
  readonly #theirs: number
  readonly #writer: QueueWriter
  /** Messages of pipes that keep only the newest one, except those that were queued before both ends agreed on that. */
  readonly #newest: MailboxWriter
  readonly #window = new SendWindow(this)
  /** Number of messages written, modulo 2³². */
  #sent = 0

  constructor(shared: SharedPipe, side: Side, pieces: PieceSender) {
    this.#words = new Int32Array(shared.words)
    this.#mine = side * SIDE
    this.#theirs = SIDE - this.#mine
    this.#writer = new QueueWriter(shared.queues[side], pieces)
    this.#newest = new MailboxWriter(mailboxOf(this.#words, this.#mine), pieces)
  }

  /** Number of messages written, modulo 2³². */
  get sent(): number {
    return this.#sent
  }

  get inFlight(): number {
    const waiting = (this.#sent - Atomics.load(this.#words, this.#theirs + TAKEN)) | 0
    return this.#conflates ? Math.min(waiting, 1) : waiting
  }

  /** Size of the messages in `inFlight`, in bytes; 0 if no limit in bytes is set. */
  get bytes(): number {
    return this.#window.bytes
  }

  get receiveMark(): number | undefined {
    return markAt(this.#words, this.#theirs + RECEIVE_MARK)
  }

  get receiveBytes(): number | undefined {
    return markAt(this.#words, this.#theirs + RECEIVE_BYTES)
  }

  setMarks(sendMark: number | undefined, sendBytes: number | undefined): void {
    this.#window.setMarks(sendMark, sendBytes)
  }

  /** Whether another message may be sent. */
  hasRoom(): boolean {
    return this.#window.hasRoom() || this.#conflates
  }

  /** Whether a waiting sender may resume. */
  hasBatch(): boolean {
    return this.#window.hasBatch()
  }

  /** Writes a message. Returns whether the other end waits for it and must be notified. */
  write(message: Multipart): boolean {
    const words = this.#words
    this.#sent = (this.#sent + 1) | 0
    if (this.#conflates) this.#newest.write(message, this.#sent)
    else {
      this.#writer.write(message)
      this.#window.count(message)
    }
    Atomics.store(words, this.#mine + SENT, this.#sent)
    return Atomics.load(words, this.#theirs + SLEEPS) === 1 && Atomics.exchange(words, this.#theirs + SLEEPS, 0) === 1
  }

  /**
   * Announces how many messages must be received before this end resumes. Returns true, and cancels the request, if they
   * have been received in the meantime.
   */
  awaitRoom(): boolean {
    const awaited = (this.#sent - Math.min(this.#window.batch(), this.inFlight)) | 0
    Atomics.store(this.#words, this.#mine + AWAITED, awaited)
    Atomics.store(this.#words, this.#mine + WAITS, 1)
    if (!this.#window.hasBatch()) return false
    Atomics.store(this.#words, this.#mine + WAITS, 0)
    return true
  }

  get #conflates(): boolean {
    return this.#words[this.#mine + CONFLATES] === 1
  }
}
