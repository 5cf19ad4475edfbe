import type { Socket } from "node:net"

/** Number of bytes that the system has accepted, and number of bytes waiting in this process. */
export interface Progress {
  readonly taken: number
  readonly waiting: number
}

/** The internal handle of a Node socket. */
interface Handle {
  /** Number of bytes written to it. */
  readonly bytesWritten?: number
  /** Number of these bytes that the system has not accepted. It accepts large buffers in parts. */
  readonly writeQueueSize?: number
}

/** How much of the data written to `socket` the system has accepted. */
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
