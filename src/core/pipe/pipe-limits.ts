/** Limits of one end of a pipe. For marks, 0 means no limit, and `undefined` means that this end sets none. */
export interface PipeLimits {
  /** High-water mark for sending, in messages. */
  readonly sendMark?: number | undefined
  /** High-water mark for receiving, in messages. */
  readonly receiveMark?: number | undefined
  /** High-water mark for sending, in bytes as counted by `costOf`. */
  readonly sendBytes?: number | undefined
  /** High-water mark for receiving, in bytes as counted by `costOf`. */
  readonly receiveBytes?: number | undefined
  /** Keep only the newest unreceived message that this end sends (ZMQ_CONFLATE). */
  readonly conflatesSent?: boolean | undefined
  /** Keep only the newest message that this end receives. */
  readonly conflatesReceived?: boolean | undefined
}

export interface PipeEndOptions extends PipeLimits {
  /** Whether messages come from an application, which may reuse their memory, so small frames must be copied. */
  readonly copies?: boolean
}

/**
 * Capacity of one direction, from the marks of both ends. A mark of 0 means no limit; `undefined` means that the end
 * sets no mark. If neither end sets a mark, the result is 0; callers treat it as no limit in bytes, and as no room in
 * messages.
 */
export function capacityOf(sendMark: number | undefined, receiveMark: number | undefined): number {
  if (sendMark === 0 || receiveMark === 0) return Infinity
  return (sendMark ?? 0) + (receiveMark ?? 0)
}
