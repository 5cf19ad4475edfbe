// Patterns: one file per socket type. A pattern decides which pipe each message is sent to or received from.

import type { Pipe } from "../core/pipe/pipe.js"
import type { RequestTracker } from "../core/pipe/request-tracker.js"
import type { Frame, Multipart } from "../zmtp/bytes.js"
import type { ProtocolError } from "../zmtp/protocol-error.js"

/** Error code of a `send` or `receive` that cannot succeed now and may not wait, or never can. */
export type Refusal = "EAGAIN" | "EFSM" | "EHOSTUNREACH" | "ENOTSUP"

/** The socket that a pattern belongs to. */
export interface PatternHost {
  /** Notifies the socket that sending may succeed now. */
  sendable(): void
  /** Notifies the socket that receiving may succeed now. */
  receivable(): void
  /** Ends a pipe that the pattern rejects. With a `reason`, it ends immediately, and an event reports the reason. */
  detach(pipe: Pipe, reason?: Error): void
  /** Counts `copies` copies of `message` as dropped. Default: one. */
  dropped(message: Multipart, copies?: number): void
  /** Runs `task` in the next turn of the event loop. */
  later(task: () => void): void
  /** Notifies the socket that a peer has subscribed to a topic or joined a group. */
  subscribed(): void
}

/**
 * The routing of one socket type: which pipe a message is sent to, and which pipe the next message is received from. It
 * uses no promises, timers, or I/O. A pattern omits the members that its socket type does not need; for the defaults,
 * see `sendRefusal` and `receiveRefusal`.
 *
 * Each pipe is added once (`attach`), may have several peers in succession (`peerReady`), and ends once
 * (`pipeTerminated`), even if the pattern has ended it itself (`PatternHost.detach`). It accepts messages before its first
 * peer is ready. A closed socket no longer needs its pattern, which may then get no further events.
 *
 * A pipe that is sent a message, or is read, may call the pattern again before it returns: when its last message was
 * received, or when the other end answers immediately. Change the state of the pattern before passing a message on.
 */
export interface Pattern {
  /**
   * Adds a pipe.
   * @param routingId The id that the application has chosen for the peer, if any.
   * @throws ZmqError EINVAL, after `detach`, if another peer has this id
   */
  attach?(pipe: Pipe, routingId?: Uint8Array): void
  /**
   * Sends the whole message. Returns false, and sends nothing, if the caller has to wait.
   * @throws ZmqError if the message is invalid; EHOSTUNREACH if the peer that it names is unknown
   */
  send?(message: Multipart): boolean
  /** Like `send`, for a request. The reply may arrive before this method returns. */
  sendRequest?(message: Multipart, tracker: RequestTracker): boolean
  /** The next whole message, or `undefined` if there is none. */
  receive?(): Multipart | undefined
  /** The pipe that the last message was received from, for patterns with `sendRequest`. */
  readonly sender?: Pipe | undefined
  /** Whether `send` would take a message now. */
  readonly writable: boolean
  /** Whether `receive` would return a message now. */
  readonly readable: boolean
  /**
   * Like `writable`. If it returns false, `host.sendable` is called when there is room. Omitted if `writable` does not
   * depend on the room in a pipe.
   */
  requestRoom?(): boolean
  /** Error code when `send` would have to wait for `message`. Default: EAGAIN. */
  sendRefusal?(message: Multipart): Refusal
  /** Error code when `receive` has no message. Default: EAGAIN. */
  receiveRefusal?(): Refusal
  /** Publishers: the pipes to which a message would be sent whose first frame is `topic`. */
  subscribers?(topic: Frame): ReadonlySet<Pipe>
  /** The reason to reject a peer with this routing id, checked before its handshake completes. */
  rejectionOf?(routingId: Frame): ProtocolError | undefined
  /** Whether the socket has no subscriptions and no groups, so it cannot receive any message. */
  readonly hasNoSubscriptions?: boolean
  /** Subscribes to `topic`, for socket types whose applications subscribe by method. */
  subscribe?(topic: Frame): void
  /** Undoes one call of `subscribe`. */
  unsubscribe?(topic: Frame): void

  // Events of its pipes; see `PipeOwner`.

  peerReady?(pipe: Pipe): void
  /**
   * The last handshake with the peer failed. Until `peerReady`, it is sent only messages that no other peer can
   * receive.
   */
  peerFailed?(pipe: Pipe): void
  readActivated(pipe: Pipe): void
  writeActivated?(pipe: Pipe): void
  pipeTerminated(pipe: Pipe): void
}

export function sendRefusal(pattern: Pattern, message: Multipart): Refusal {
  return pattern.send === undefined ? "ENOTSUP" : (pattern.sendRefusal?.(message) ?? "EAGAIN")
}

export function receiveRefusal(pattern: Pattern): Refusal {
  return pattern.receive === undefined ? "ENOTSUP" : (pattern.receiveRefusal?.() ?? "EAGAIN")
}
