import type { Pipe, PipeOwner } from "../core/pipe.js"
import type { Frame, Message } from "../zmtp/bytes.js"

/** What a wait for `send` or `receive` ends with when its time is up. */
export type Refusal = "EAGAIN" | "EFSM" | "EHOSTUNREACH" | "ENOTSUP"

/** Is told when it is worth trying again. */
export interface PatternHost {
  sendable(): void
  receivable(): void
  /** Ends a pipe that the pattern does not want. With a `reason` at once, and the events tell of it. */
  detach(pipe: Pipe, reason?: Error): void
  /** `message` goes nowhere, or that many copies of it do not. */
  dropped(message: Message, copies?: number): void
}

/**
 * The routing of one socket type: which pipe a message goes to, and which one the next comes from. No promises, no
 * bytes, no timers.
 */
export interface Pattern extends PipeOwner {
  /** A new pipe. `routingId` is what the application calls the peer beyond it. */
  attach(pipe: Pipe, routingId?: Uint8Array): void
  /** Sends the whole message or nothing; false when it has to wait. May throw what is wrong with this message. */
  send(message: Message): boolean
  /** The next whole message, or `undefined` when it has to wait. */
  receive(): Message | undefined
  /** Whether `send` would take a message now. */
  readonly writable: boolean
  /** Whether `receive` would give one now. */
  readonly readable: boolean
  /** Why `send` refuses `message`. */
  sendRefusal(message: Message): Refusal
  receiveRefusal(): Refusal
  /** Where the application subscribes by method. */
  subscribe?(topic: Frame): void
  /** Undoes one `subscribe`. */
  unsubscribe?(topic: Frame): void
}
