/** The part of one end of a pipe that is available in every thread. The end itself may be in another thread. */
export interface PipeEnd {
  /**
   * Identifies the destination of the pipe across reconnects: the pipe itself, or, for a connected endpoint, an object
   * that stays the same when the endpoint gets a new pipe. Compared by identity only.
   */
  destination: object
  /** Whether a message is waiting to be received. */
  readonly readable: boolean
}

/** The socket's end of a pipe to a session. */
export interface SocketEnd extends PipeEnd {
  /** Memory of the messages queued at this end, in bytes; 0 if there is no limit in bytes. */
  readonly queuedBytes: number
}
