import type { ByteStreamOwner } from "../../core/connection/byte-stream.js"

/** Maximum time that the peer has to close after everything was sent, in ms. */
export const CLOSE_TIMEOUT = 1000

/** Maximum number of bytes in flight before a stream reports backpressure. */
export const WRITE_BUFFER = 256 * 1024

/** Creates an owner that ignores all events except the end. */
export function ignoringOwner(closed: () => void): ByteStreamOwner {
  return {
    requestRoom: () => undefined,
    data: () => undefined,
    pingAnswered: () => undefined,
    drained: () => undefined,
    closed,
  }
}

export function lengthOf(pieces: readonly Uint8Array[]): number {
  let length = 0
  for (const piece of pieces) length += piece.length
  return length
}
