import type { ByteStreamOwner } from "../../core/byte-stream.js"

/** How long the peer may take to close, too, once it has been sent everything, in ms. */
export const GOODBYE = 1000

/** Bytes that may be on their way to the peer before a stream asks for a rest. */
export const WRITE_BUFFER = 256 * 1024

/** An owner that wants nothing but the end. */
export function deaf(closed: () => void): ByteStreamOwner {
  return {
    requestRoom: () => undefined,
    data: () => undefined,
    alive: () => undefined,
    drained: () => undefined,
    closed,
  }
}

export function lengthOf(pieces: readonly Uint8Array[]): number {
  let length = 0
  for (const piece of pieces) length += piece.length
  return length
}
