import type { Metadata } from "./metadata.js"

/**
 * One side of a security handshake, and the box around every message after it. No I/O and no timers: the engine
 * asks what to send and hands over what came.
 */
export interface Mechanism {
  /** As in the greeting: `NULL`, `PLAIN`, `CURVE`. */
  readonly name: string
  readonly asServer: boolean
  /** Both sides are done; `peer` is known. */
  readonly ready: boolean
  /** What the peer said of itself. */
  readonly peer: Metadata
  /** Body of the next handshake command to send, or `undefined` when it is the peer's turn. */
  produce(): Uint8Array | undefined
  /**
   * Takes the body of a handshake command.
   * @throws ProtocolError when the peer must not send it now, or not so.
   * @throws RefusedError when it is an ERROR command.
   */
  consume(body: Uint8Array): void
}
