import type { PipeOwner } from "../../core/pipe/pipe.js"
import type { PipeEndOptions } from "../../core/pipe/pipe-limits.js"
import type { SessionPipe, Sink } from "../../core/pipe/session-pipe.js"
import type { RemotePipe } from "../inproc/remote-pipe.js"
import type { Multipart } from "../../zmtp/bytes.js"
import type { Peer } from "../../zmtp/peer.js"
import { InboundQueue } from "./inbound-queue.js"
import { OutboundQueue } from "./outbound-queue.js"
import { EVICTS, LEFT, putLimits, SIDE, type SharedPipe, type Side } from "./shared-pipe.js"
import type { PieceReceiver, PieceSender } from "./shared-queue.js"

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
export class ThreadPipe implements RemotePipe, SessionPipe {
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
  readonly #inbound: InboundQueue
  readonly #outbound: OutboundQueue
  readonly #line: ThreadLine
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
    this.#inbound = new InboundQueue(shared, side, line, lends)
    this.#outbound = new OutboundQueue(shared, side, line)
    this.#line = line
    putLimits(shared, side, options)
    this.setMarks(options.sendMark, options.receiveMark, options.sendBytes, options.receiveBytes)
  }

  transferTo(owner: PipeOwner, options: PipeEndOptions): void {
    this.owner = owner
    this.setMarks(options.sendMark, options.receiveMark, options.sendBytes, options.receiveBytes)
  }

  setMarks(sendMark?: number, receiveMark?: number, sendBytes?: number, receiveBytes?: number): void {
    this.#outbound.setMarks(sendMark, sendBytes)
    this.#inbound.setMarks(receiveMark, receiveBytes)
    this.#unblock()
    if (this.#inbound.awaited) this.#line.ring()
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
    return this.#blocked ? this.#canReopen : this.#outbound.hasRoom()
  }

  requestRoom(): boolean {
    return !this.severed && (!this.#blocked || this.#reopen()) && this.#findRoom()
  }

  get readable(): boolean {
    return !this.#closed && this.#inbound.readable
  }

  get queued(): number {
    return this.#inbound.length
  }

  get inFlight(): number {
    return this.#outbound.inFlight
  }

  get severed(): boolean {
    return this.#closed || this.#left
  }

  /** Whether the other end is closed. */
  get otherClosed(): boolean {
    return this.#left
  }

  get finished(): boolean {
    return this.#closed || (this.#left && this.#inbound.drained)
  }

  /** Size of the messages in `inFlight`, in bytes; 0 if no limit in bytes is set. */
  get inFlightBytes(): number {
    return this.#outbound.bytes
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
    this.#line.discard(this.#outbound.sent)
    if (lost !== undefined) for (let left = count; left > 0; left--) lost([])
  }

  /** Drops those of the first `count` messages of the other end, modulo 2³², that this end has not received. */
  skip(count: number): void {
    while (((count - this.#inbound.taken) | 0) > 0) {
      if (this.#closed || this.#inbound.read() === undefined) return
      this.#take()
    }
  }

  receive(): Multipart | undefined {
    if (this.#closed || this.#suspended !== undefined) return undefined
    let message = this.#inbound.read()
    if (message === undefined) {
      // If the other end was closed before the queue was empty, nothing more follows.
      const left = this.#left
      if (!left && !this.#fallAsleep()) return undefined
      message = this.#inbound.read()
      if (message === undefined) {
        this.#idle = true
        if (this.#isOver()) this.#terminate()
        return undefined
      }
      this.#idle = false
      this.#inbound.stopWaiting()
    }
    this.#take()
    this.trace?.(message)
    return message
  }

  /** Call it if this end was created with `lends`. */
  releaseReceived(): void {
    this.#inbound.release()
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
    if (this.#inbound.readable) {
      this.#idle = false
      this.owner.readActivated(this)
    } else if (this.#isOver()) this.#terminate()
  }

  /** Memory that the other end has sent has arrived. */
  arrived(id: number): void {
    if (this.#inbound.awaits(id)) this.wake()
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

  /** Whether the other end is closed or its thread has ended. */
  get #left(): boolean {
    return Atomics.load(this.#words, this.#theirs + LEFT) !== 0
  }

  /** Whether nothing more can arrive from the other end. An end that expels the peer still sends the reason. */
  #isOver(): boolean {
    if (!this.#left || Atomics.load(this.#words, this.#theirs + LEFT) === EVICTS) return false
    return this.#inbound.drained || (this.#abandoned && !this.#inbound.readable)
  }

  #write(message: Multipart): void {
    if (this.#outbound.write(message)) this.#line.ring()
  }

  #take(): void {
    if (this.#inbound.take()) this.#line.ring()
  }

  /**
   * Requests a notification for the next message. Returns true if one is already available, or if the other end has
   * ended.
   */
  #fallAsleep(): boolean {
    this.#idle = true
    this.#inbound.awaitMessage()
    return this.#inbound.readable || this.#left
  }

  /** Whether there is room. If not, requests a notification. */
  #findRoom(): boolean {
    if (this.#outbound.hasRoom()) return true
    this.#blocked = !this.#outbound.awaitRoom()
    return !this.#blocked
  }

  /** Whether there is room again, although the notification has not arrived yet. */
  get #canReopen(): boolean {
    return !this.#held && this.#outbound.hasBatch()
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
    if (!this.#blocked || this.#closed || !(this.#left || this.#outbound.awaitRoom())) return
    this.#blocked = false
    this.owner.writeActivated(this)
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
