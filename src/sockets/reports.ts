import type { NetworkPeer } from "../zmtp/peer.js"
import type { Multipart } from "../zmtp/bytes.js"
import type { SocketTypeName } from "../zmtp/socket-types.js"
import type { Socket } from "./socket.js"

/** Properties of every message on a diagnostics channel. */
interface Report {
  /** The socket; `undefined` if it was garbage-collected. */
  readonly socket: Socket | undefined
  /** Name of the socket type, such as `"PUSH"`. */
  readonly socketType: SocketTypeName
}

/** Message on the channels `zmtp:connect` and `zmtp:disconnect`. */
export interface ConnectionReport extends Report {
  /** The endpoint that was bound or connected. */
  readonly address: string
  /** `zmtp:connect` only: whether the peer connected to this socket. */
  readonly accepted?: boolean
  /** `zmtp:disconnect` only: describes the peer, as far as it is known. */
  readonly peer?: NetworkPeer
}

/** Message on the channel `zmtp:handshake`. */
export interface HandshakeReport extends Report {
  /** The endpoint that was bound or connected. */
  readonly address: string
  /** The reason why the handshake failed; `undefined` if it succeeded. */
  readonly error?: Error
  /** Describes the peer; after a failed handshake, as far as it is known. */
  readonly peer?: NetworkPeer
}

/** Message on the channels `zmtp:send`, `zmtp:receive`, and `zmtp:drop`. */
export interface MessageReport extends Report {
  /**
   * The frames of the message, not copies. Do not modify them. Empty if a message was lost in another thread or realm,
   * where its frames are not accessible.
   */
  readonly message: Multipart
}
