import type { Frame, Multipart } from "./bytes.js"
import type { HeartbeatCommands } from "./commands/heartbeats.js"
import type { Version } from "./handshake/greeting.js"
import type { PeerDescription } from "./peer.js"
import type { ProtocolError } from "./protocol-error.js"
import type { Security, Verdict } from "./handshake/security.js"
import type { SocketTypeName } from "./socket-types.js"
import type { EngineState } from "./state.js"

/**
 * Speaks a protocol over one connection, without I/O: ZMTP, ZMTP over WebSocket, or raw bytes. It is a cursor, not a
 * stream of event objects: the only memory it allocates per message is what the application receives.
 *
 * The order of calls: `start` once; then for each chunk from the network `push`, followed by `handshake` until the state
 * is `traffic` and by `read` until it returns `undefined` from then on. After any call, `drain` returns the bytes to
 * send. `close` ends it.
 *
 * `start`, `handshake`, `read`, and `VerdictRequest.resolve` throw `ProtocolError` or `RefusedError` for what the peer
 * did; the state is `failed` then, and what `drain` still returns may be sent before the connection ends. A call that
 * does not fit the state throws `Error`: that is a mistake of the caller, and leaves the state as it is.
 */
export interface Engine {
  readonly state: EngineState
  /** Version of ZMTP that both sides speak; `undefined` until it is known, and for raw bytes. */
  readonly version: Version | undefined
  /** Describes the other side; complete in the state `traffic`. */
  readonly peer: PeerDescription
  /** Whether pushed bytes wait for `handshake` or `read`. */
  readonly unread: boolean
  /** Number of bytes that wait for `drain`. */
  readonly unsent: number
  /** Some of the bytes that wait for `drain` are memory of the application, which may change until they are written. */
  readonly borrowed?: boolean
  /** The request to authenticate the peer; set in the state `awaiting-verdict`. */
  readonly verdictRequest?: VerdictRequest | undefined
  /** PING and PONG, for protocols that have them. */
  readonly heartbeats?: HeartbeatCommands | undefined
  /** Whether a large body is incomplete and the rest is read in place; see `requestRoom`. */
  readonly gathering?: boolean

  /** Sends the first bytes, if the protocol has this side speak first. */
  start(): void
  /**
   * Takes over a chunk from the network: messages are views of it, and CURVE decrypts it in place, so the caller must not
   * use its memory again. Everything pushed before must have been read, or else the rest of it is lost. In the state
   * `awaiting-verdict`, keep further chunks until the verdict is there.
   */
  push(chunk: Frame): void
  /**
   * Reserves memory for the next bytes of a large body, so that they need not be copied: read into it and push the part
   * that was filled. `undefined` when the next bytes may lie anywhere.
   */
  requestRoom?(): Frame | undefined
  /** Advances the handshake; true once messages can flow. */
  handshake(): boolean
  /** The next complete message, or `undefined` until more bytes arrive. Handles commands on the way. */
  read(): Multipart | undefined
  /**
   * Bytes that were read since the last call and belong to no message, once they are at least `least`; 0 until then. The
   * messages around them are views of the same memory.
   */
  takeSkipped?(least: number): number
  /**
   * Encodes a message for the peer, which has at least one frame. Frames over 8 KiB are referenced rather than copied:
   * they must not change until the pieces that `drain` returns are sent.
   */
  write(message: Multipart): void
  /** Takes the bytes for the network, in order; the pieces belong to the caller. */
  drain(): Uint8Array[]
  /** Overwrites secrets. The engine neither reads nor writes afterwards. */
  close(): void
}

/** Creates the engine for one connection. */
export type Protocol = (options: EngineOptions) => Engine

/** The options of an engine; `createEngine` requires only `socketType`. */
export interface EngineOptions {
  /** Socket type of this side: decides on the commands that are exchanged and on the peers that are accepted. */
  readonly socketType: SocketTypeName
  /** Routing id of this side, at most 255 bytes; empty for none, which is the default (ZMQ_ROUTING_ID). */
  readonly routingId: Frame
  /** Default: the mechanism NULL. */
  readonly security: Security
  /** Largest frame accepted after the handshake, in bytes; -1, the default, means no limit (ZMQ_MAXMSGSIZE). */
  readonly maxMessageSize: number
  /** Largest message accepted, all its frames together, in bytes; -1, the default, means 4 GiB. */
  readonly maxMultipartSize: number
  /**
   * Asked for a reason to reject a peer with this routing id, which may be empty. With it, this side completes the
   * handshake only after the peer has said what it is called, so that a rejected peer sends no messages: set it where
   * the peer does not do the same, such as on the side that listens. Default: every peer is accepted.
   */
  readonly rejectionOf?: ((routingId: Frame) => ProtocolError | undefined) | undefined
}

/** The credentials that a peer is authenticated by (RFC 27, "The ZAP Protocol"). */
export interface Credentials {
  readonly mechanism: "NULL" | "PLAIN" | "CURVE"
  /** None for NULL, user name and password for PLAIN, the public key for CURVE. */
  readonly credentials: readonly Frame[]
}

/** A handshake that waits until the peer is authenticated. */
export interface VerdictRequest extends Credentials {
  /**
   * Continues the handshake with status 200: call `handshake` next. Otherwise the connection is refused; the peer learns of
   * the status 400 or 500, but not of 300 (RFC 27).
   * @throws RefusedError unless the status is 200.
   */
  resolve(verdict: Verdict): void
}
