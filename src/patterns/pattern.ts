import type { Asker, Pipe } from "../core/pipe.js"
import type { Frame, Multipart } from "../zmtp/bytes.js"
import type { ProtocolError } from "../zmtp/protocol-error.js"

/** Error code of a `send` or `receive` that timed out. */
export type Refusal = "EAGAIN" | "EFSM" | "EHOSTUNREACH" | "ENOTSUP"

/** The socket that a pattern belongs to. */
export interface PatternHost {
  /** It is worth trying to send again. */
  sendable(): void
  /** It is worth trying to receive again. */
  receivable(): void
  /** Ends a pipe that the pattern does not want. With a `reason` at once, and an event reports it. */
  detach(pipe: Pipe, reason?: Error): void
  /** `message` is lost, or that many copies of it. */
  dropped(message: Multipart, copies?: number): void
  /** Runs `task` in the next turn of the event loop. */
  later(task: () => void): void
  /** A peer has subscribed to a topic, or joined a group. */
  subscribed(): void
}

/**
 * The routing of one socket type: which pipe a message goes to, and which one the next comes from. No promises, no
 * bytes, no timers. Members that a type does not need are left out: see `sendRefusal` and `receiveRefusal` for the defaults.
 */
export interface Pattern {
  /** A new pipe. `routingId` is what the application calls the peer beyond it. */
  attach?(pipe: Pipe, routingId?: Uint8Array): void
  /** Sends the whole message or nothing; false when it has to wait. May throw if the message is invalid. */
  send?(message: Multipart): boolean
  /** Like `send`, for a request: the reply may arrive before this returns. */
  sendRequest?(message: Multipart, asker: Asker): boolean
  /** The next whole message, or `undefined` when there is none. */
  receive?(): Multipart | undefined
  /** The pipe that the latest message came from, for patterns with `sendRequest`. */
  readonly sender?: Pipe | undefined
  /** Whether `send` would take a message now. */
  readonly writable: boolean
  /** Whether `receive` would return one now. */
  readonly readable: boolean
  /** Like `writable`; when false, `sendable` of the host follows. Left out where `writable` never changes or does that anyway. */
  requestRoom?(): boolean
  /** Why `send` refuses `message`, where it is not EAGAIN. */
  sendRefusal?(message: Multipart): Refusal
  /** Why `receive` returns nothing, where it is not EAGAIN. */
  receiveRefusal?(): Refusal
  /** Of publishers: whom a message would be sent to whose first frame is `topic`. */
  subscribers?(topic: Frame): ReadonlySet<Pipe>
  /** The reason to reject a peer with this routing id, asked before its handshake is complete. */
  rejectionOf?(routingId: Frame): ProtocolError | undefined
  /** It receives only what the application has asked for, which is nothing. */
  readonly asksForNothing?: boolean
  /** Where the application subscribes by method. */
  subscribe?(topic: Frame): void
  /** Undoes one `subscribe`. */
  unsubscribe?(topic: Frame): void

  // Events of its pipes; see `PipeOwner`.

  peerReady?(pipe: Pipe): void
  /** The last handshake with the peer failed: until `peerReady`, nothing is sent to it that others can have. */
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
