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
