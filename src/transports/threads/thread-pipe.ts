import type { PipeOwner } from "../../core/pipe/pipe.js"
import type { PipeEndOptions, PipeLimits } from "../../core/pipe/pipe-limits.js"
import type { SessionPipe, Sink } from "../../core/pipe/session-pipe.js"
import type { RemotePipe } from "../inproc/remote-pipe.js"
import { SendWindow, type RemoteEnd } from "../inproc/send-window.js"
import type { Multipart } from "../../zmtp/bytes.js"
import type { Peer } from "../../zmtp/peer.js"
import { MAILBOX_WORDS, MailboxReader, MailboxWriter } from "./shared-mailbox.js"
import {
  AWAITED,
  CONFLATES,
  EVICTS,
  LEFT,
  MAILBOX,
  RECEIVE_BYTES,
  RECEIVE_MARK,
  SENT,
  SIDE,
  SLEEPS,
  TAKEN,
  WAITS,
  markAt,
  putMark,
  type SharedPipe,
  type Side,
} from "./shared-pipe.js"
import { QueueReader, QueueWriter, type PieceReceiver, type PieceSender } from "./shared-queue.js"

/** The connection from an end of a pipe to the thread of the other end. */
export interface ThreadLine extends PieceSender, PieceReceiver {
  /** Notifies the other end. */
  ring(): void
  /** Announces this end's peer to the other end. */
  introduce(peer: Peer): void
  /** Announces that the peer of this end has disconnected. It may reconnect. */
  withdraw?(): void
  /**
   * Makes the other end drop those of the first `count` messages, modulo 2³², that it has not received. Without this method,
   * sent messages cannot be dropped.
   */
  discard?(count: number): void
  /** Sends the other end the reason why this end closes. */
  expel?(reason: Error): void
  /** Closes the line. Nothing more is sent. */
  close(): void
}

/**
 * One end of a pipe whose other end is in another thread. Its queues are in shared memory: a sent message is
 * immediately available to the other end, and remains available if the sender ends. High-water marks work as in any
 * pipe. The line carries only notifications: when a message arrives for an end that found none, and when there is room
 * for an end that found none.
 */
export class ThreadPipe implements RemotePipe, SessionPipe, RemoteEnd {
  peer: Peer | undefined
  destination: object = this
  /** Not used: messages for another thread are always queued. */
  sink: Sink | undefined
  expelled: Error | undefined
  /** Called with each message that is received, if set. */
  trace: ((message: Multipart) => void) | undefined
  /** Whether the other end was accepted. */
  accepted = false

  readonly #words: Int32Array
  /** Offsets of this end's words, and of the other end's. */
  readonly #mine: number
  readonly #theirs: number
  readonly #writer: QueueWriter
  readonly #reader: QueueReader
  /** Messages of pipes that keep only the newest one, except those that were queued before both ends agreed on that. */
  readonly #newestSent: MailboxWriter
  readonly #newestReceived: MailboxReader
  readonly #line: ThreadLine
  readonly #window = new SendWindow(this)
  /** Number of messages written and taken, modulo 2³². */
  #sent = 0
  #taken = 0
  #idle = true
  #blocked = false
  /** Whether sending is suspended until `release`. */
  #held = false
  /** Whether this end can send again, but its owner has not been notified yet. */
  #activationDue = false
  #closed = false
  #endNoticed = false
  /** While messages wait in both directions: the messages that were sent past the mark in the meantime. */
  #suspended: Multipart[] | undefined
  /** Whether memory that has not arrived never will, because the thread of the other end has ended. */
  #abandoned = false

  /** @param lends Whether large received frames are views of the queue, until `releaseReceived`. */
  constructor(
    public owner: PipeOwner,
    options: PipeEndOptions,
    side: Side,
    shared: SharedPipe,
    line: ThreadLine,
    lends = false,
  ) {
    this.#words = new Int32Array(shared.words)
    this.#mine = side * SIDE
    this.#theirs = SIDE - this.#mine
    this.#writer = new QueueWriter(shared.queues[side], line)
    this.#reader = new QueueReader(shared.queues[1 - side]!, line, lends)
    this.#newestSent = new MailboxWriter(this.#mailbox(this.#mine), line)
    this.#newestReceived = new MailboxReader(this.#mailbox(this.#theirs), line)
    this.#line = line
    // Either end can request conflation.
    if (options.conflatesSent === true) this.#words[this.#mine + CONFLATES] = 1
    if (options.conflatesReceived === true) this.#words[this.#theirs + CONFLATES] = 1
    this.#window.setMarks(options.sendMark, options.sendBytes)
    this.#announceMarks(options)
  }

  transferTo(owner: PipeOwner, options: PipeEndOptions): void {
    this.owner = owner
    this.setMarks(options.sendMark, options.receiveMark, options.sendBytes, options.receiveBytes)
  }

  setMarks(sendMark?: number, receiveMark?: number, sendBytes?: number, receiveBytes?: number): void {
    this.#window.setMarks(sendMark, sendBytes)
    this.#announceMarks({ receiveMark, receiveBytes })
  }

  hold(): void {
    this.#blocked = this.#held = true
  }

  release(): void {
    this.#blocked = this.#held = false
    if (this.#findRoom()) this.owner.writeActivated(this)
  }

  /** Makes messages wait in both directions until `resume`. */
  suspend(): void {
    this.#suspended ??= []
    this.hold()
  }

  resume(): void {
    const waiting = this.#suspended
    if (waiting === undefined) return
    this.#suspended = undefined
    if (this.#closed) return
    for (const message of waiting) this.sendPastMark(message)
    this.release()
    // The owner may have tried to receive in the meantime.
    this.#idle = true
    this.wake()
  }

  /** Delivers events of the other end from now on, including those that have already happened. */
  activate(): void {
    this.wake()
  }

  get writable(): boolean {
    if (this.severed) return false
    return this.#blocked ? this.#canReopen : this.#window.hasRoom() || this.#conflatesSent
  }

  requestRoom(): boolean {
    return !this.severed && (!this.#blocked || this.#reopen()) && this.#findRoom()
  }

  get readable(): boolean {
    return !this.#closed && this.#readable
  }

  get queued(): number {
    const waiting = (Atomics.load(this.#words, this.#theirs + SENT) - this.#taken) | 0
    return this.#conflatesReceived ? Math.min(waiting, 1) : waiting
  }

  get inFlight(): number {
    const waiting = (this.#sent - Atomics.load(this.#words, this.#theirs + TAKEN)) | 0
    return this.#conflatesSent ? Math.min(waiting, 1) : waiting
  }

  get severed(): boolean {
    return this.#closed || this.#left
  }

  /** Whether the other end is closed. */
  get otherClosed(): boolean {
    return this.#left
  }

  get finished(): boolean {
    return this.#closed || (this.#left && this.#drained)
  }

  /** Size of the messages in `inFlight`, in bytes; 0 if no limit in bytes is set. */
  get inFlightBytes(): number {
    return this.#window.bytes
  }

  send(message: Multipart): boolean {
    if (this.#closed || this.#left || (this.#blocked && !this.#reopen()) || !this.#findRoom()) return false
    this.#write(message)
    return true
  }

  sendPastMark(message: Multipart): void {
    if (this.severed) return
    if (this.#suspended === undefined) this.#write(message)
    else this.#suspended.push(message)
  }

  /** The contents of the messages are not accessible here, so `lost` is called with an empty message for each. */
  discardSent(lost?: (message: Multipart) => void): void {
    const count = this.inFlight
    if (count === 0 || this.#line.discard === undefined) return
    this.#line.discard(this.#sent)
    if (lost !== undefined) for (let left = count; left > 0; left--) lost([])
  }

  /** Drops those of the first `count` messages of the other end, modulo 2³², that this end has not received. */
  skip(count: number): void {
    while (((count - this.#taken) | 0) > 0) {
      if (this.#closed || this.#read() === undefined) return
      this.#take()
    }
  }

  receive(): Multipart | undefined {
    if (this.#closed || this.#suspended !== undefined) return undefined
    let message = this.#read()
    if (message === undefined) {
      // If the other end was closed before the queue was empty, nothing more follows.
      const left = this.#left
      if (!left && !this.#fallAsleep()) return undefined
      message = this.#read()
      if (message === undefined) {
        this.#idle = true
        if (this.#isOver()) this.#terminate()
        return undefined
      }
      this.#idle = false
      Atomics.store(this.#words, this.#mine + SLEEPS, 0)
    }
    this.#take()
    this.trace?.(message)
    return message
  }

  /** Call it if this end was created with `lends`. */
  releaseReceived(): void {
    this.#reader.release()
  }

  announcePeer(peer: Peer): void {
    this.#line.introduce(peer)
  }

  withdrawPeer(): void {
    this.#line.withdraw?.()
  }

  evict(reason: Error): void {
    if (this.#closed) return
    this.#line.expel?.(reason)
    this.#leave(this.#line.expel === undefined ? 1 : EVICTS)
  }

  close(): void {
    if (!this.#closed) this.#leave(1)
  }

  #leave(how: number): void {
    this.#noticeEnd()
    this.#closed = true
    Atomics.store(this.#words, this.#mine + LEFT, how)
    this.#line.ring()
    this.#line.close()
  }

  // Events of the line

  /** The other end has sent a message, has room, or was closed. */
  wake(): void {
    if (this.#suspended !== undefined) {
      // A closed end does not call `resume`.
      if (this.#left) this.resume()
      return
    }
    this.#noticeEnd()
    this.#unblock()
    if (this.#closed) return
    if (this.#isOver()) {
      this.#terminate()
      return
    }
    // The message may have been received already. Request the next notification in this case.
    if (!this.#idle || !this.#fallAsleep()) return
    if (this.#readable) {
      this.#idle = false
      this.owner.readActivated(this)
    } else if (this.#isOver()) this.#terminate()
  }

  /** Memory that the other end has sent has arrived. */
  arrived(id: number): void {
    if (this.#reader.awaits(id) || this.#newestReceived.awaits(id)) this.wake()
  }

  /** The other end has announced its peer, perhaps not for the first time. */
  accept(peer: Peer): void {
    if (!this.accepted) this.announced(peer)
  }

  /** The other end has announced its peer, for the first time or again. */
  announced(peer: Peer): void {
    if (this.#closed) return
    this.accepted = true
    this.peer = peer
    this.owner.peerReady(this)
    // Its marks apply from now on. The notification about them may have been sent before this end was listening.
    this.#unblock()
  }

  /** The other end has evicted the peer at this end. */
  expel(reason: Error): void {
    if (this.#closed) return
    this.expelled = reason
    this.#terminate()
  }

  /** The thread of the other end has ended, and all memory that it has sent has arrived. */
  abandon(): void {
    this.#abandoned = true
    this.orphan()
  }

  /** The thread of the other end has ended. Memory that it has sent may still arrive, until `abandon` is called. */
  orphan(): void {
    Atomics.store(this.#words, this.#theirs + LEFT, 1)
    this.wake()
  }

  // RemoteEnd

  get receiveMark(): number | undefined {
    return markAt(this.#words, this.#theirs + RECEIVE_MARK)
  }

  get receiveBytes(): number | undefined {
    return markAt(this.#words, this.#theirs + RECEIVE_BYTES)
  }

  /** Announces the high-water marks, and notifies the other end if it is waiting for room. */
  #announceMarks({ receiveMark, receiveBytes }: PipeLimits): void {
    putMark(this.#words, this.#mine + RECEIVE_MARK, receiveMark)
    putMark(this.#words, this.#mine + RECEIVE_BYTES, receiveBytes)
    this.#unblock()
    if (Atomics.load(this.#words, this.#theirs + WAITS) === 1) this.#line.ring()
  }

  /** Whether the other end is closed or its thread has ended. */
  get #left(): boolean {
    return Atomics.load(this.#words, this.#theirs + LEFT) !== 0
  }

  /** Whether nothing more can arrive from the other end. An end that expels the peer still sends the reason. */
  #isOver(): boolean {
    if (!this.#left || Atomics.load(this.#words, this.#theirs + LEFT) === EVICTS) return false
    return this.#drained || (this.#abandoned && !this.#readable)
  }

  #write(message: Multipart): void {
    const words = this.#words
    this.#sent = (this.#sent + 1) | 0
    if (this.#conflatesSent) this.#newestSent.write(message, this.#sent)
    else {
      this.#writer.write(message)
      this.#window.count(message)
    }
    Atomics.store(words, this.#mine + SENT, this.#sent)
    if (Atomics.load(words, this.#theirs + SLEEPS) === 1 && Atomics.exchange(words, this.#theirs + SLEEPS, 0) === 1) {
      this.#line.ring()
    }
  }

  #take(): void {
    const words = this.#words
    this.#taken = (this.#taken + 1) | 0
    Atomics.store(words, this.#mine + TAKEN, this.#taken)
    if (Atomics.load(words, this.#theirs + WAITS) === 0) return
    if (((this.#taken - Atomics.load(words, this.#theirs + AWAITED)) | 0) < 0) return
    if (Atomics.exchange(words, this.#theirs + WAITS, 0) === 1) this.#line.ring()
  }

  /**
   * Requests a notification for the next message. Returns true if one is already available, or if the other end has
   * ended.
   */
  #fallAsleep(): boolean {
    this.#idle = true
    Atomics.store(this.#words, this.#mine + SLEEPS, 1)
    return this.#readable || this.#left
  }

  /** Whether there is room. If not, requests a notification. */
  #findRoom(): boolean {
    if (this.#window.hasRoom() || this.#conflatesSent) return true
    this.#blocked = !this.#awaitRoom()
    return !this.#blocked
  }

  /** Whether there is room again, although the notification has not arrived yet. */
  get #canReopen(): boolean {
    return !this.#held && this.#window.hasBatch()
  }

  /** Resumes before the notification arrives. The owner is still notified. */
  #reopen(): boolean {
    if (!this.#canReopen) return false
    this.#blocked = false
    this.#activationDue = true
    return true
  }

  #unblock(): void {
    if (this.#activationDue && !this.#blocked && !this.#closed) {
      this.#activationDue = false
      this.owner.writeActivated(this)
      return
    }
    if (this.#held) return
    this.#activationDue = false
    if (!this.#blocked || this.#closed || !(this.#left || this.#awaitRoom())) return
    this.#blocked = false
    this.owner.writeActivated(this)
  }

  /**
   * Announces how many messages must be received before this end resumes. Cancels the request if they have been
   * received in the meantime.
   */
  #awaitRoom(): boolean {
    Atomics.store(this.#words, this.#mine + AWAITED, (this.#sent - Math.min(this.#window.batch(), this.inFlight)) | 0)
    Atomics.store(this.#words, this.#mine + WAITS, 1)
    if (!this.#window.hasBatch()) return false
    Atomics.store(this.#words, this.#mine + WAITS, 0)
    return true
  }

  get #readable(): boolean {
    return this.#reader.readable || this.#newestReceived.readable
  }

  /** Whether everything that was written was read. */
  get #drained(): boolean {
    return this.#reader.drained && this.#newestReceived.drained
  }

  #read(): Multipart | undefined {
    return this.#conflatesReceived ? this.#readNewest() : this.#reader.read()
  }

  /**
   * Reads the newest message. Messages in the queue are older than the one in the mailbox, and always available before
   * it.
   */
  #readNewest(): Multipart | undefined {
    let message = this.#newestReceived.read()
    const newest = message !== undefined
    for (let next = this.#reader.read(); next !== undefined; next = this.#reader.read()) {
      if (newest) continue
      if (message !== undefined) this.#taken = (this.#taken + 1) | 0
      message = next
    }
    // The reader counts it.
    if (newest) this.#taken = (this.#newestReceived.number - 1) | 0
    return message
  }

  get #conflatesSent(): boolean {
    return this.#words[this.#mine + CONFLATES] === 1
  }

  get #conflatesReceived(): boolean {
    return this.#words[this.#theirs + CONFLATES] === 1
  }

  /** The mailbox for messages from the side whose words begin at `side`. */
  #mailbox(side: number): Int32Array {
    return this.#words.subarray(side + MAILBOX, side + MAILBOX + MAILBOX_WORDS)
  }

  /** Reports messages that the other end has not received to the owner, after that end has been closed. */
  #noticeEnd(): void {
    if (this.#closed || this.#endNoticed || !this.#left) return
    this.#endNoticed = true
    for (let lost = this.inFlight; lost > 0; lost--) this.owner.undelivered?.(this, undefined)
  }

  #terminate(): void {
    this.#noticeEnd()
    this.#closed = true
    Atomics.store(this.#words, this.#mine + LEFT, 1)
    this.#line.close()
    this.owner.pipeTerminated(this)
  }
}
