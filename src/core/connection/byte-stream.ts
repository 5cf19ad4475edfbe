import type { Frame } from "../../zmtp/bytes.js"
import type { Protocol } from "../../zmtp/engine.js"

/**
 * A bidirectional, ordered connection for bytes: a TCP or local socket, a WebSocket, or a stream of the application.
 */
export interface ByteStream {
  /** IP address of the peer, or the transport's equivalent. */
  readonly peerAddress: string
  /** Creates the engine for the protocol of this stream. */
  readonly protocol: Protocol
  /**
   * Delivers data and events to `owner` from now on. Call it once, before any other method except `destroy`. It may call
   * `closed` before it returns, but not `data`, because the owner starts its engine afterward.
   */
  start(owner: ByteStreamOwner): void
  /**
   * Writes `pieces` in order. Returns false if the buffer is full; `drained` is then called when it has room.
   * @param borrowed Whether some of them are memory of the application, which may be transferred before it is written.
   */
  write(pieces: readonly Uint8Array[], borrowed?: boolean): boolean
  /** Whether the system has accepted all bytes, so the memory of the pieces can be used again. Default: unknown. */
  readonly flushed?: boolean
  /** Number of bytes that the system has accepted, and number of bytes waiting to be accepted, if known. */
  readonly progress?: { readonly taken: number; readonly waiting: number } | undefined
  /** Sends a ping of the underlying protocol, if it has one; `pingAnswered` reports the answer. */
  readonly ping?: (() => void) | undefined
  /** Raises the limits on messages from those of the handshake to those of the options, if the stream has limits. */
  readonly raiseLimits?: (() => void) | undefined
  /**
   * Stops `data` until `resume`. Call it only within `data`: at other times, a stream may already have requested the next
   * chunk, which it then delivers.
   */
  pause(): void
  resume(): void
  /**
   * Closes the stream after all written bytes are sent, or when the stream fails. Then calls `sent`, unless `destroy`
   * has been called. Its owner receives no further events.
   */
  end(sent: () => void): void
  /** Closes the stream immediately. Its owner receives no further events. */
  destroy(): void
}

/** Receives the data and events of a `ByteStream`. */
export interface ByteStreamOwner {
  /**
   * Reserves memory for the next bytes of a large body. `data` is then passed the part that was filled. Returns
   * `undefined` if the next bytes may go into any memory. Call it again before each read, because the same memory must
   * not be filled twice.
   */
  requestRoom(): Frame | undefined
  /**
   * Bytes from the peer, in memory that the stream must not use again: messages are views of it, and CURVE decrypts it
   * in place. Not called after `pause` until `resume`.
   */
  data(chunk: Frame): void
  /** The peer has answered a `ping`. */
  pingAnswered(): void
  /** There is room again after `write` returned false. Never called within `write`. */
  drained(): void
  /**
   * The stream has ended. `error` is `undefined` if the peer closed it properly. Called once, and never within `write`.
   */
  closed(error: Error | undefined): void
}
