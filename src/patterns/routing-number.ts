import { allocate, type Frame } from "../zmtp/bytes.js"

/** The number that a SERVER or PEER knows a peer by, as the frame before its messages inside: four bytes. */
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
