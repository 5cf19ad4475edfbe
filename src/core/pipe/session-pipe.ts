import type { Multipart } from "../../zmtp/bytes.js"
import type { Pipe } from "./pipe.js"

/** Accepts messages without queueing them. */
export interface Sink {
  /** Returns false if the message has to be queued in the pipe. */
  accept(message: Multipart): boolean
}

/** The end of a pipe that belongs to a session or a carrier. */
export interface SessionPipe extends Pipe {
  /** Accepts messages without queueing them, if the owner can do so and the other end is in the same thread. */
  sink: Sink | undefined
  /** The reason why the other end has evicted the peer at this end, if it has. */
  readonly expelled: Error | undefined
  /**
   * Clears `peer` at the other end, whose owner gets no event, because the peer at this end has disconnected. It may
   * reconnect.
   */
  withdrawPeer(): void
  /**
   * The memory of all messages received so far is no longer used, so the other end may use it again. Without this
   * method, messages have memory of their own.
   */
  releaseReceived?(): void
}
