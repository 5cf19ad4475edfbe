import type { Multipart } from "../zmtp/bytes.js"
import type { Peer } from "../zmtp/peer.js"

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

/** Accepts messages without queueing them. */
export interface Sink {
  /** Returns false if the message has to be queued in the pipe. */
  accept(message: Multipart): boolean
}

/** The part of one end of a pipe that is available in every thread. The end itself may be in another thread. */
export interface PipeEnd {
  /**
   * Identifies the destination of the pipe across reconnects: the pipe itself, or, for a connected endpoint, an object
   * that stays the same when the endpoint gets a new pipe. Compared by identity only.
   */
  destination: object
  /** Whether a message is waiting to be received. */
  readonly readable: boolean
}

/** The socket's end of a pipe to a session. */
export interface SocketEnd extends PipeEnd {
  /** Memory of the messages queued at this end, in bytes; 0 if there is no limit in bytes. */
  readonly queuedBytes: number
}

/** Limits of one end of a pipe. For marks, 0 means no limit, and `undefined` means that this end sets none. */
export interface PipeLimits {
  /** High-water mark for sending, in messages. */
  readonly sendMark?: number | undefined
  /** High-water mark for receiving, in messages. */
  readonly receiveMark?: number | undefined
  /** High-water mark for sending, in bytes as counted by `costOf`. */
  readonly sendBytes?: number | undefined
  /** High-water mark for receiving, in bytes as counted by `costOf`. */
  readonly receiveBytes?: number | undefined
  /** Keep only the newest unreceived message that this end sends (ZMQ_CONFLATE). */
  readonly conflatesSent?: boolean | undefined
  /** Keep only the newest message that this end receives. */
  readonly conflatesReceived?: boolean | undefined
}

export interface PipeEndOptions extends PipeLimits {
  /** Whether messages come from an application, which may reuse their memory, so that small frames must be copied. */
  readonly copies?: boolean
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
  /** Whether either end is closed, so that nothing more can be sent. */
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
   * Returns the next message. If there is none, returns `undefined`, and `readActivated` is called when one arrives.
   */
  receive(): Multipart | undefined
  /**
   * Adds `bytes` to the cost of the last message sent, because that message keeps additional memory alive. Pipes to
   * another thread or realm send copies and do not need this method.
   */
  chargeSent?(bytes: number): void
  /** Drops all messages sent and not yet received, if possible. @param lost Called for each message. */
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
   * Closes this end because the peer violated the protocol. The peer receives nothing more, and its owner is given the
   * reason.
   */
  evict(reason: Error): void
}

/** The end of a pipe that belongs to a session or a carrier. */
export interface SessionPipe extends Pipe {
  /** Accepts messages without queueing them, if the owner can do so and the other end is in the same thread. */
  sink: Sink | undefined
  /** The reason why the other end has evicted the peer at this end, if it has. */
  readonly expelled: Error | undefined
  /** Announces that the peer at this end has disconnected. It may reconnect. */
  withdrawPeer(): void
  /**
   * The memory of all messages received so far is no longer used, so that the other end may use it again. Without this
   * method, messages have memory of their own.
   */
  releaseReceived?(): void
}

/** A pipe whose other end is in another thread or realm. */
export interface RemotePipe extends Pipe {
  /** Accepts no messages until `release`, except for `sendPastMark`. */
  hold(): void
  release(): void
}

/** Records where a request was sent. */
export interface RequestTracker {
  /**
   * The pipe that the request is sent to. It is set before that pipe gets the message, because over inproc the reply
   * can arrive before `send` returns. If no pipe accepts the message, it is the last one tried.
   */
  sentTo: Pipe | undefined
}

/** Capacity of a direction from the marks of both ends: 0 means no limit, `undefined` means that the end sets none. */
export function capacityOf(sendMark: number | undefined, receiveMark: number | undefined): number {
  if (sendMark === 0 || receiveMark === 0) return Infinity
  return (sendMark ?? 0) + (receiveMark ?? 0)
}
