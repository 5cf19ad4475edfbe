// The protocol: engines for ZMTP, for ZMTP over WebSocket, and for raw bytes, without I/O or timers. README.md
// describes how to use them.

import type { Frame, Multipart } from "./bytes.js"
import type { HeartbeatCommands } from "./commands/heartbeats.js"
import type { PeerDescription } from "./peer.js"
import type { ProtocolError } from "./protocol-error.js"
import type { Security, Verdict } from "./handshake/security.js"
import type { RecycledMemory } from "./frames/recycled-memory.js"
import type { SocketTypeName } from "./socket-types.js"
import type { EngineState } from "./state.js"
import type { Version } from "./version.js"

/**
 * Implements a protocol for one connection, without I/O: ZMTP, ZMTP over WebSocket, or raw bytes. It is a cursor, not a
 * stream of event objects: the only memory it allocates per message is what the application receives.
 *
 * Call `start` once. Then, for each chunk from the network, call `push`, followed by `handshake` until the state is
 * `traffic`, and from then on by `read` until it returns `undefined`. After any call, `drain` returns the bytes to
 * send. `close` ends the engine.
 *
 * `start`, `handshake`, `read`, and `VerdictRequest.resolve` throw `ProtocolError` or `RefusedError` when the peer is
 * at fault. The state is then `failed`; bytes that `drain` still returns may be sent before the connection is closed. A
 * call that the state does not allow throws `Error`, which means that the caller is at fault; the state does not change.
 */
export interface Engine {
  /** State of the engine. */
  readonly state: EngineState
  /** Version of ZMTP in use; `undefined` until it is negotiated, and always for raw bytes. */
  readonly version: Version | undefined
  /** Describes the peer; complete in the state `traffic`. */
  readonly peer: PeerDescription
  /** Whether pushed bytes are waiting for `handshake` or `read`. */
  readonly unread: boolean
  /** Number of bytes waiting for `drain`. */
  readonly unsent: number
  /**
   * Whether some of the bytes waiting for `drain` are memory of the application, which may change until they are
   * written.
   */
  readonly borrowed?: boolean
  /** The request to authenticate the peer; set in the state `awaiting-verdict`. */
  readonly verdictRequest?: VerdictRequest | undefined
  /** PING and PONG, for protocols that have them. */
  readonly heartbeats?: HeartbeatCommands | undefined
  /** Whether a large body is incomplete and its remainder should be read in place; see `requestRoom`. */
  readonly gathering?: boolean

  /** Queues the first bytes, if the protocol lets this side send first. */
  start(): void
  /**
   * Takes ownership of a chunk from the network. Messages are views of it, and CURVE decrypts it in place, so the
   * caller must not reuse its memory. Read everything from the previous chunk first; unread bytes are lost. In the
   * state `awaiting-verdict`, hold further chunks back until the verdict is resolved.
   */
  push(chunk: Frame): void
  /**
   * Reserves memory for the next bytes of a large body, so that they need not be copied: read into it and push the part
   * that was filled. Returns `undefined` if the next bytes may go into any memory, and while `unread` is true, because
   * the unread bytes may be in this memory. Call it again before each chunk.
   */
  requestRoom?(): Frame | undefined
  /** Advances the handshake. Returns true when messages can flow. */
  handshake(): boolean
  /** Returns the next complete message, or `undefined` until more bytes arrive. Handles commands along the way. */
  read(): Multipart | undefined
  /**
   * Returns the number of bytes read that belong to no message, and resets it. While it is less than `least`, returns 0
   * and does not reset it. The messages around these bytes are views of the same memory.
   */
  takeSkipped?(least: number): number
  /**
   * Encodes a message of at least one frame for the peer. Frames over 8 KiB are referenced, not copied: they must not
   * change until the pieces that `drain` returns have been sent.
   */
  write(message: Multipart): void
  /** Takes the bytes for the network, in order. The caller owns the pieces. */
  drain(): Uint8Array[]
  /**
   * Call when all pieces that `drain` has returned are written: the engine then uses their memory again. If it is never
   * called, the engine allocates new memory.
   */
  releaseDrained?(): void
  /** Overwrites secrets. The engine neither reads nor writes afterward. */
  close(): void
}

/** Creates the engine for one connection. */
export type Protocol = (options: EngineOptions) => Engine

/** The options of an engine; `createEngine` requires only `socketType`. */
export interface EngineOptions {
  /** Socket type of this side. It determines which commands are exchanged and which peers are accepted. */
  readonly socketType: SocketTypeName
  /** Routing id of this side, at most 255 bytes. Default: empty, which means none (ZMQ_ROUTING_ID). */
  readonly routingId: Frame
  /** Security mechanism and its keys. Default: NULL. */
  readonly security: Security
  /** Largest frame accepted after the handshake, in bytes; -1, the default, means no limit (ZMQ_MAXMSGSIZE). */
  readonly maxMessageSize: number
  /**
   * Largest message accepted, in bytes: all its frames together, and `FRAME_OVERHEAD` (128) for each frame before the
   * last. -1, the default, means 4 GiB.
   */
  readonly maxMultipartSize: number
  /**
   * Returns a reason to reject the peer with this (possibly empty) routing id. With this function, a side that uses
   * NULL, or is the server of PLAIN or CURVE, completes the handshake only after it knows the peer's routing id, so that
   * a rejected peer cannot send messages. Clients of PLAIN and CURVE, and peers that use a version before ZMTP 3.0, may
   * already have sent messages, which are lost. If both sides waited, each would wait for the other: set this function
   * only on the side that listens. Default: every peer is accepted.
   */
  readonly rejectionOf?: ((routingId: Frame) => ProtocolError | undefined) | undefined
  /**
   * Memory for the bodies of large frames, which is used before new memory is. Default: none.
   * Without it, a large body that spans chunks has memory of exactly its size.
   */
  readonly recycled?: RecycledMemory | undefined
}

/** The credentials that a peer presents for authentication (RFC 27, "The ZAP Protocol"). */
export interface Credentials {
  /** The security mechanism of the connection: `NULL`, `PLAIN`, or `CURVE`. */
  readonly mechanism: Security["mechanism"]
  /** Empty for NULL, username and password for PLAIN, the public key for CURVE. */
  readonly credentials: readonly Frame[]
}

/** A handshake that is paused until the peer is authenticated. */
export interface VerdictRequest extends Credentials {
  /**
   * Continues the handshake if the status is 200: call `handshake` next. Any other status refuses the connection. The
   * peer is sent the status 400 or 500, but not 300 (RFC 27).
   * @throws RefusedError unless the status is 200.
   */
  resolve(verdict: Verdict): void
}
