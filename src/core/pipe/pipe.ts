// Pipes: queues of messages between a socket and a session, or between two sockets, with their ends, their limits, and
// how they end. This folder does not depend on connections or clocks.

import type { Multipart } from "../../zmtp/bytes.js"
import type { Peer } from "../../zmtp/peer.js"
import type { PipeEnd } from "./pipe-end.js"
import type { PipeEndOptions } from "./pipe-limits.js"

/** Owns one end of a pipe and receives its events. */
export interface PipeOwner {
  /** The peer is ready, for the first time or after a reconnect; `pipe.peer` is set. */
  peerReady(pipe: Pipe): void
  /** A message arrived after `receive` returned `undefined`. */
  readActivated(pipe: Pipe): void
  /** There is room after `send` or `requestRoom` returned false, or there never will be because the pipe is severed. */
  writeActivated(pipe: Pipe): void
  /**
   * The other end is closed, and everything it sent was received. The end that called `close` does not get this event.
   */
  pipeTerminated(pipe: Pipe): void
  /**
   * The other end has closed without receiving `message`, which was sent from this end. Called once for each message.
   * @param message `undefined` if only the number of messages is known: they were sent to another thread or realm.
   */
  undelivered?(pipe: Pipe, message: Multipart | undefined): void
}

/** Owns an end of a pipe that is not in use yet or is no longer in use. */
export const NO_OWNER: PipeOwner = {
  peerReady: () => undefined,
  readActivated: () => undefined,
  writeActivated: () => undefined,
  pipeTerminated: () => undefined,
}

/**
 * One end of a bounded bidirectional queue of messages between a socket and a peer. The other end belongs to a session,
 * to another socket, or to another thread or realm; users of a pipe do not need to know which.
 *
 * The capacity of a direction is the sum of its sender's and its receiver's high-water marks. Marks in bytes are added
 * likewise. A direction below its capacity in bytes accepts one more message of any size, so that large messages are
 * not blocked forever. A full direction accepts messages again when half of them have been received, so that the sender
 * resumes with a batch.
 */
export interface Pipe extends PipeEnd {
  owner: PipeOwner
  /** The peer at the other end; `undefined` while it is not connected. */
  peer: Peer | undefined
  /** Whether `send` would accept a message. Reading this property does not arrange for a wake-up; see `requestRoom`. */
  readonly writable: boolean
  /** Number of messages waiting to be received at this end. */
  readonly queued: number
  /** Number of messages sent from this end that the other end has not received. */
  readonly inFlight: number
  /** Whether either end is closed, so nothing more can be sent. */
  readonly severed: boolean
  /** Whether this end is closed, or the other end is closed and nothing is left to receive. */
  readonly finished: boolean

  /**
   * Sends `message`. Returns false if there is no room or no receiver; `writeActivated` is then called when this
   * changes.
   */
  send(message: Multipart): boolean
  /**
   * Like `send`, but ignores the high-water marks: for messages that are limited in another way, such as subscriptions.
   */
  sendPastMark(message: Multipart): void
  /** Whether `send` would accept a message. If not, `writeActivated` is called when it would. */
  requestRoom(): boolean
  /**
   * Returns the next message, or `undefined` if there is none; `readActivated` is then called when one arrives. If the
   * other end is closed and nothing is left, this ends the pipe: `pipeTerminated` is called before the method returns.
   */
  receive(): Multipart | undefined
  /**
   * Adds `bytes` to the cost of the last message sent, because that message keeps additional memory alive. Pipes to
   * another thread or realm send copies and do not need this method.
   */
  chargeSent?(bytes: number): void
  /**
   * Drops all messages sent and not yet received, if possible.
   * @param lost Called for each message; with an empty array if its content is in another thread.
   */
  discardSent(lost?: (message: Multipart) => void): void

  /** Changes this end's high-water marks. Queued messages stay queued. */
  setMarks(
    sendMark: number | undefined,
    receiveMark: number | undefined,
    sendBytes?: number,
    receiveBytes?: number,
  ): void
  /** Transfers this end to another owner. Call `activate` afterward to announce messages that are already queued. */
  transferTo(owner: PipeOwner, options: PipeEndOptions): void
  /** Announces messages that arrived before the owner was set. */
  activate(): void

  /** Announces the peer at this end to the owner of the other end. */
  announcePeer(peer: Peer): void
  /**
   * Closes this end. Messages that it has not received are dropped and reported to the owner of the other end
   * (`undelivered`). Messages that it has sent can still be received by the other end, whose owner is notified when all
   * of them have been.
   */
  close(): void
  /**
   * Closes this end because the peer violated the protocol. Within a thread, the peer receives nothing more, and its owner
   * is given the reason. A pipe to another thread or realm that cannot transfer the reason only closes.
   */
  evict(reason: Error): void
}
