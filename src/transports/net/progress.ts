import type { Socket } from "node:net"

/** Bytes that the system has taken, and bytes that wait in this process for it to take them. */
export interface Progress {
  readonly taken: number
  readonly waiting: number
}

/** What is beneath a socket of Node. */
interface Handle {
  /** Bytes that it was given. */
  readonly bytesWritten?: number
  /** Those of them that the system has not taken yet. It takes a large buffer in parts. */
  readonly writeQueueSize?: number
}

/** How far the system has got with what was written to `socket`. */
export function progressOf(socket: Socket): Progress {
  const { _handle: handle } = socket as unknown as { _handle?: Handle | null }
  const { bytesWritten, writeQueueSize } = handle ?? {}
  if (typeof bytesWritten !== "number" || typeof writeQueueSize !== "number") {
    const waiting = socket.writableLength
    return { taken: socket.bytesWritten - waiting, waiting }
  }
  const taken = bytesWritten - writeQueueSize
  return { taken, waiting: socket.bytesWritten - taken }
}
