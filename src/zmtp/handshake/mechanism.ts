// The handshake: the greeting, and after it the commands of a security mechanism with the properties of both sides.

import type { Frame } from "../bytes.js"
import type { FrameOutbox } from "../frames/frame-format.js"
import type { Metadata } from "./metadata.js"
import type { Security } from "./security.js"

/** The encryption of every frame after the handshake. */
export interface Box {
  /** Number of bytes that encryption adds to a frame. */
  readonly overhead: number
  /** Maximum size of a frame before encryption, in bytes. */
  readonly maxSize: number
  /** Flags of the frame that was last opened: FLAG_MORE and FLAG_COMMAND. */
  readonly flags: number
  /** Encrypts `body` and its flags into `outbox`, as one frame. */
  seal(flags: number, body: Frame, outbox: FrameOutbox): void
  /**
   * Decrypts `sealed` in place and returns its content.
   * @throws ProtocolError if it was not encrypted by the peer, or arrives out of order.
   */
  open(sealed: Frame): Frame
  /** Overwrites the key. Nothing can be encrypted or decrypted afterward. */
  dispose(): void
}

/**
 * One side of a security handshake, without I/O or timers: the engine sends what `produce` returns and passes what it
 * receives to `consume`. If the application authenticates peers, the handshake is paused from the time `credentials` is
 * set until `accept` is called.
 */
export interface Mechanism {
  /** As in the greeting: `NULL`, `PLAIN`, `CURVE`. */
  readonly name: Security["mechanism"]
  readonly asServer: boolean
  /** Whether the handshake is complete on both sides; `peer` is then known. */
  readonly ready: boolean
  /** Properties that the peer announced. */
  readonly peer: Metadata
  /** CURVE: the peer's permanent public key. When the mechanism is ready, the peer has proven that it is its own. */
  readonly peerKey: Frame | undefined
  /** Credentials to authenticate before the handshake can continue. */
  readonly credentials: readonly Frame[] | undefined
  /** Encryption of all further frames; `undefined` for mechanisms that do not encrypt. */
  readonly box: Box | undefined
  /** Accepts the peer, and continues the handshake. */
  accept(): void
  /** Returns the body of the next handshake command to send, or `undefined` if it is the peer's turn. */
  produce(): Uint8Array | undefined
  /**
   * Handles the body of a handshake command.
   * @throws ProtocolError if the command is malformed or not allowed now.
   * @throws RefusedError if it is an ERROR command.
   */
  consume(body: Uint8Array): void
  /** Overwrites secrets. Called when the connection ends, at any stage. */
  dispose(): void
}
