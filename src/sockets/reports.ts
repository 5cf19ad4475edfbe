import type { Socket } from "./socket.js"
import type { NetworkPeer } from "../zmtp/peer.js"
import type { Multipart } from "../zmtp/bytes.js"
import type { SocketTypeName } from "../zmtp/socket-types.js"

/** Counters of a socket since its creation, and its current state. Counters never decrease, not even on `close`. */
export interface SocketStats {
  /** Number of connected peers, whose handshakes are complete. */
  readonly peers: number
  /** Number of messages that are currently queued, in each direction. */
  readonly queued: {
    /** Messages that the application has not received. */
    readonly in: number
    /** Messages that were not passed to a connection. */
    readonly out: number
  }
  /** Messages accepted by `send`. A message to many subscribers counts once. */
  readonly sent: number
  /** Messages that the application has received. */
  readonly received: number
  /**
   * Messages that were dropped: copies for subscribers or peers that were full or disconnected, replies that no request
   * is waiting for, messages that a peer must not send, and messages that a typed view could not decode. Over epgm, it
   * also counts packets that were lost permanently, because the number of messages in them is unknown.
   */
  readonly dropped: number
  /** Packets that were lost in the network and sent again (epgm). */
  readonly repaired: number
  /** Bytes received over connections, including framing and handshakes; 0 for inproc. */
  readonly bytesIn: number
  /** Bytes sent over connections, including framing and handshakes; 0 for inproc. */
  readonly bytesOut: number
  /** Connections that were re-established after a loss. */
  readonly reconnects: number
  /** Handshakes that failed. */
  readonly handshakeFailures: number
}

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
