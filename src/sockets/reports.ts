import type { Socket } from "./socket.js"
import type { NetworkPeer } from "../zmtp/peer.js"
import type { Multipart } from "../zmtp/bytes.js"
import type { SocketTypeName } from "../zmtp/socket-types.js"

/** Counters of a socket since its creation, and its current state. Counters never decrease, not even on `close`. */
export interface SocketStats {
  /** Peers that are there now: their handshake is finished. */
  readonly peers: number
  /** Messages that wait now, both ways. */
  readonly queued: { readonly in: number; readonly out: number }
  /** Messages that `send` has taken; one for many subscribers is one. */
  readonly sent: number
  /** Messages that the application has received. */
  readonly received: number
  /**
   * Messages that went nowhere: copies for a subscriber or peer that was full or not there, answers that nobody waits
   * for any more, what a peer should not have sent, and what a typed view could not read. Over epgm also packets that
   * were lost for good: nobody knows how many messages were in them.
   */
  readonly dropped: number
  /** Packets that the network lost and their sender has sent again (epgm). */
  readonly repaired: number
  /** Bytes received over connections, including framing and handshakes; 0 for inproc. */
  readonly bytesIn: number
  /** Bytes that were handed to connections, likewise. */
  readonly bytesOut: number
  /** Connections made in place of one that was lost. */
  readonly reconnects: number
  readonly handshakeFailures: number
}

/** Properties of every report on a channel. */
interface Report {
  /** The socket; `undefined` if it was garbage-collected. */
  readonly socket: Socket | undefined
  /** `"PUSH"`, `"SUB"` … */
  readonly socketType: SocketTypeName
}

/** `zmtp:connect` and `zmtp:disconnect` */
export interface ConnectionReport extends Report {
  /** The endpoint as it was bound or connected. */
  readonly address: string
  /** Whether the peer connected to us; for `zmtp:connect` only. */
  readonly accepted?: boolean
  /** Who is gone, as far as it had said so; for `zmtp:disconnect` only. */
  readonly peer?: NetworkPeer
}

/** `zmtp:handshake` */
export interface HandshakeReport extends Report {
  readonly address: string
  /** Why it failed. */
  readonly error?: Error
  /** Who has come. When it failed, who was there, as far as it had said so. */
  readonly peer?: NetworkPeer
}

/** `zmtp:send`, `zmtp:receive` and `zmtp:drop` */
export interface MessageReport extends Report {
  /** The frames themselves: not to be changed. */
  readonly message: Multipart
}
