/** Faults to simulate, in both directions. Omitted faults do not occur. */
export interface Faults {
  /** Latency, in ms. */
  readonly delay?: number
  /** Maximum additional random latency, in ms. Bytes are never reordered. */
  readonly jitter?: number
  /** Bandwidth, in bytes per second. */
  readonly bytesPerSecond?: number
  /** Average number of bytes between two bit errors. */
  readonly corruptEvery?: number
  /** Number of bytes in both directions after which a connection is reset. */
  readonly resetAfter?: number
  /** Stop all traffic without losing data, as if the other host had vanished. It resumes when this is false again. */
  readonly stalled?: boolean
  /** Reset new connections immediately. */
  readonly refusing?: boolean
}
