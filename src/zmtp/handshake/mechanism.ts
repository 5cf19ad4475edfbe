import type { Frame } from "../bytes.js"
import type { FrameOutbox } from "../framing.js"
import type { Metadata } from "./metadata.js"

/** The encryption of every frame after the handshake. */
export interface Box {
  /** Bytes that it adds to a frame. */
  readonly overhead: number
  /** Of the frame last opened: FLAG_MORE and FLAG_COMMAND. */
  readonly flags: number
  /** Puts `body` and its flags into `outbox`, as one sealed frame. */
  seal(flags: number, body: Frame, outbox: FrameOutbox): void
  /**
   * Returns the content of `sealed` in the same memory.
   * @throws ProtocolError if the peer did not encrypt it, or not in this order.
   */
  open(sealed: Frame): Frame
  /** Overwrites the key. Nothing can be encrypted or decrypted afterwards. */
  dispose(): void
}

/**
 * One side of a security handshake. No I/O and no timers: the engine asks what to send and hands over what came. Where
 * the peer is to be judged by the application, the handshake rests from `credentials` to `admit`.
 */
export interface Mechanism {
  /** As in the greeting: `NULL`, `PLAIN`, `CURVE`. */
  readonly name: "NULL" | "PLAIN" | "CURVE"
  readonly asServer: boolean
  /** Both sides are done; `peer` is known. */
  readonly ready: boolean
  /** Properties that the peer announced. */
  readonly peer: Metadata
  /** The permanent key whose owner the peer has proven to be, with CURVE. */
  readonly publicKey: Frame | undefined
  /** Credentials to authenticate before the handshake can continue. */
  readonly credentials: readonly Frame[] | undefined
  /** Around all frames from now on; `undefined` when they go as they are. */
  readonly box: Box | undefined
  /** The peer is let in. */
  admit(): void
  /** Body of the next handshake command to send, or `undefined` if this side has to wait. */
  produce(): Uint8Array | undefined
  /**
   * Takes the body of a handshake command.
   * @throws ProtocolError when the peer must not send it now, or not so.
   * @throws RefusedError when it is an ERROR command.
   */
  consume(body: Uint8Array): void
  /** The connection is gone, at whatever point: secrets are overwritten. */
  dispose(): void
}
