/** Counters of one socket since its creation. Plain fields, because the hot path only adds to them. */
export class Counters {
  /** Messages that `send` has taken. */
  sent = 0
  /** Messages that the application has received. */
  received = 0
  /** Messages, or copies of them, that went nowhere. */
  dropped = 0
  /** Packets that were lost on the way and then repaired (epgm). */
  repaired = 0
  /** Bytes read from connections, framing and handshakes included. */
  bytesIn = 0
  /** Bytes handed to connections, likewise. */
  bytesOut = 0
  /** Connections made in place of one that was lost. */
  reconnects = 0
  handshakeFailures = 0
}
