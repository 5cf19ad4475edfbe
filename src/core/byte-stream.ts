import type { Frame } from "../zmtp/bytes.js"
import type { Protocol } from "../zmtp/protocol.js"

/** A connection that carries bytes both ways, in order: a TCP socket, a local one, a WebSocket. */
export interface ByteStream {
  /** IP address of the peer, or what its transport has instead. */
  readonly peerAddress: string
  /** What is spoken over it. */
  readonly protocol: Protocol
  /**
   * Writes `pieces` in order; false when enough is buffered, and then `drained` follows.
   * @param borrowed Some of them are memory of the application, which may be transferred while it waits.
   */
  write(pieces: readonly Uint8Array[], borrowed?: boolean): boolean
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

/** Gets what a `ByteStream` brings. */
export interface ByteStreamOwner {
  /** Where the next bytes had best be read to, if it matters; `data` is then given the part that is filled. */
  room(): Frame | undefined
  data(chunk: Frame): void
  /** The peer has answered a `ping`. */
  alive(): void
  drained(): void
  /** Nothing more comes. `error` is `undefined` when the peer closed in good order. Told once. */
  closed(error: Error | undefined): void
}
