import type { Multipart } from "../zmtp/bytes.js"
import type { Peer } from "../zmtp/peer.js"

/** Owns one end of a pipe and receives its events. */
export interface PipeOwner {
  /** The peer is ready, for the first time or again; `pipe.peer` is set. */
  peerReady(pipe: Pipe): void
  /** A message arrived after `receive` returned `undefined`. */
  readActivated(pipe: Pipe): void
  /** There is room after `send` or `requestRoom` returned false, or there never will be because the pipe is severed. */
  writeActivated(pipe: Pipe): void
  /** The other end is closed and everything it sent was received. The end that closed does not get this event. */
  pipeTerminated(pipe: Pipe): void
}

/** Accepts messages without queueing them. */
export interface Sink {
  /** False when the message has to wait in the pipe. */
  accept(message: Multipart): boolean
}

/** Limits of one end of a pipe. Marks: 0 means no limit, `undefined` means that this end sets none. */
export interface PipeLimits {
  /** High-water mark for sending, in messages. */
  readonly sendMark?: number | undefined
  /** High-water mark for receiving, in messages. */
  readonly receiveMark?: number | undefined
  /** High-water mark for sending, in bytes as counted by `costOf`. */
  readonly sendBytes?: number | undefined
  /** High-water mark for receiving, likewise. */
  readonly receiveBytes?: number | undefined
  /** Keep only the newest unreceived message that this end sends (ZMQ_CONFLATE). */
  readonly conflatesSent?: boolean | undefined
  /** Keep only the newest message that this end receives. */
  readonly conflatesReceived?: boolean | undefined
}

export interface PipeEndOptions extends PipeLimits {
  /** Messages come from an application, which may reuse their memory: copy small frames. */
  readonly copies?: boolean
}

/**
 * One end of a bounded two-way queue of messages between a socket and a peer. The other end belongs to a session, to
 * another socket, or to another thread or realm; nobody asks which.
 *
 * A direction holds the sum of its sender's and its receiver's high-water marks. Marks in bytes add up likewise; a
 * direction below them takes one more message, however large, so that any message can pass. A full direction takes
 * messages again once half of it was received, so that the sender resumes with a batch.
 */
export interface Pipe {
  owner: PipeOwner
  /** The peer at the other end; `undefined` while there is none. */
  peer: Peer | undefined
  /**
   * Identifies what the pipe leads to: the pipe itself, or for a connected endpoint something that it keeps when it gets
   * another pipe. Compared by identity only.
   */
  destination: object
  /** Whether `send` would take a message. Nothing follows if not: see `requestRoom`. */
  readonly writable: boolean
  /** Whether a message waits to be received. */
  readonly readable: boolean
  /** Number of messages that wait to be received at this end. */
  readonly queued: number
  /** Number of messages sent from this end that wait to be received. */
  readonly unsent: number
  /** Either end is closed: nothing more can be sent. */
  readonly severed: boolean
  /** This end is closed, or the other is and nothing is left to receive. */
  readonly finished: boolean

  /** Sends `message`, or returns false if there is no room or no receiver; `writeActivated` follows. */
  send(message: Multipart): boolean
  /** Like `send`, but ignores the marks: for messages that are limited in another way, such as subscriptions. */
  sendPastMark(message: Multipart): void
  /** Whether `send` would take a message. If not, `writeActivated` follows when it would. */
  requestRoom(): boolean
  /** Returns the next message, or `undefined` if there is none; `readActivated` follows. */
  receive(): Multipart | undefined
  /**
   * What was sent last and waits to be received keeps so many bytes in addition to its own: they are in the same memory.
   * Where the other end is out of sight it has copies, and keeps nothing.
   */
  chargeSent?(bytes: number): void
  /** Takes back everything sent and not yet received, where that is possible. @param lost Given each message. */
  discardSent(lost?: (message: Multipart) => void): void

  /** Changes this end's high-water marks. Queued messages stay queued. */
  setMarks(
    sendMark: number | undefined,
    receiveMark: number | undefined,
    sendBytes?: number,
    receiveBytes?: number,
  ): void
  /** Transfers this end to another owner. Call `activate` afterwards to announce messages that are already queued. */
  adopt(owner: PipeOwner, options: PipeEndOptions): void
  /** Announces messages that arrived before the owner was there. */
  activate(): void

  /** Introduces the peer at this end to the owner of the other one. */
  announcePeer(peer: Peer): void
  /**
   * Closes this end: what it has not received is dropped; what it has sent can still be received by the other end, whose
   * owner is told once that has happened.
   * @param lost Given each message that is dropped, where that is known.
   */
  close(lost?: (message: Multipart) => void): void
  /** Closes this end because the peer misbehaved: the peer receives nothing more, and its owner gets the reason. */
  evict(reason: Error): void
}

/** Has a request to send. */
export interface Asker {
  /**
   * Who is being asked: set before that pipe gets the message, since over inproc the reply can come before `send`
   * returns. When no pipe takes the message, it is the last one tried.
   */
  asked: Pipe | undefined
}

/** The end of a pipe that belongs to a session or a carrier. The other end is in the same thread. */
export interface SessionPipe extends Pipe {
  /** Set by an owner that can take messages without queueing them. */
  sink: Sink | undefined
  /** The reason for which the other end has expelled the peer at this one, if it has. */
  readonly expelled: Error | undefined
  /** Announces that the peer at this end is gone. It may return. */
  withdrawPeer(): void
}

/** Capacity of a direction from the marks of both ends: 0 means no limit, `undefined` that the end sets none. */
export function capacityOf(sendMark: number | undefined, receiveMark: number | undefined): number {
  if (sendMark === 0 || receiveMark === 0) return Infinity
  return (sendMark ?? 0) + (receiveMark ?? 0)
}

/** A pipe whose other end is in another thread or realm. */
export interface RemotePipe extends Pipe {
  /** Takes no messages until `release`, except those past the mark. */
  hold(): void
  release(): void
}
