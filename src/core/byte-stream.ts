import type { Frame } from "../zmtp/bytes.js"
import type { Protocol } from "../zmtp/engine.js"

/** A connection that carries bytes both ways, in order: a TCP socket, a local one, a WebSocket. */
export interface ByteStream {
  /** IP address of the peer, or the equivalent of its transport. */
  readonly peerAddress: string
  /** Creates the engine for the protocol of this stream. */
  readonly protocol: Protocol
  /** Delivers what arrives to `owner` from now on. Called once, before anything else but `destroy`. */
  start(owner: ByteStreamOwner): void
  /**
   * Writes `pieces` in order; false when enough is buffered, and then `drained` follows.
   * @param borrowed Some of them are memory of the application, which may be transferred while it waits.
   */
  write(pieces: readonly Uint8Array[], borrowed?: boolean): boolean
  /** Bytes that the system has taken so far, and bytes that wait for it to take them, where that is known. */
  readonly progress?: { readonly taken: number; readonly waiting: number } | undefined
  /** Asks the peer for a sign of life below ZMTP, where there is such a thing; `alive` follows. */
  readonly ping?: (() => void) | undefined
  /** The peer has finished its handshake: from now on it may send all that the options let it. */
  readonly admit?: (() => void) | undefined
  /** Stops `data` until `resume`. */
  pause(): void
  resume(): void
  /** Closes once everything written is sent, and calls `sent` then. */
  end(sent: () => void): void
  /** Closes at once; its owner hears nothing more. */
  destroy(): void
}

/** Receives the data and events of a `ByteStream`. */
export interface ByteStreamOwner {
  /**
   * Reserves memory for the next bytes of a large body: `data` is then given the part of it that was filled. `undefined`
   * when the next bytes may lie anywhere.
   */
  requestRoom(): Frame | undefined
  data(chunk: Frame): void
  /** The peer has answered a `ping`. */
  alive(): void
  drained(): void
  /** The stream has ended. `error` is `undefined` if the peer closed it properly. Called once. */
  closed(error: Error | undefined): void
}
