/** Counters that other threads maintain for the socket. */
export interface CounterSource {
  readonly bytesIn: number
  readonly bytesOut: number
  readonly reconnects: number
}

/** Counters of one socket since its creation. They are plain fields because the hot path increments them. */
export class Counters {
  /** Messages accepted by `send`. */
  sent = 0
  /** Messages that the application has received. */
  received = 0
  /** Messages, or copies of messages, that were dropped. */
  dropped = 0
  /** Packets that were lost in the network and then repaired (epgm). */
  repaired = 0
  /** Bytes read from connections, including framing and handshakes. */
  bytesIn = 0
  /** Bytes written to connections, including framing and handshakes. */
  bytesOut = 0
  /** Connections that were re-established after a loss. */
  reconnects = 0
  handshakeFailures = 0
  /** Counters of other threads, which `total` adds. */
  readonly sources: CounterSource[] = []

  /** The sums of the counters of this thread and all others. */
  total(name: keyof CounterSource): number {
    return this.sources.reduce((sum, source) => sum + source[name], this[name])
  }
}
