import { allocate, type Frame } from "../zmtp/bytes.js"

/**
 * Encodes the number by which a SERVER or PEER identifies a peer. Internally, these four bytes are the first frame of
 * each message.
 */
export function encodeRoutingNumber(number: number): Frame {
  const frame = allocate(4)
  frame[0] = number >>> 24
  frame[1] = number >>> 16
  frame[2] = number >>> 8
  frame[3] = number
  return frame
}

export function decodeRoutingNumber(frame: Frame): number {
  return ((frame[0]! << 24) | (frame[1]! << 16) | (frame[2]! << 8) | frame[3]!) >>> 0
}
