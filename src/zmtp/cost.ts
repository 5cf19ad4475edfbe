import type { Multipart } from "./bytes.js"

/**
 * What a frame takes in addition to its bytes, in bytes: its view and its place in the message. Measured in Node 20 and 24:
 * 104 for the view, and 8 to 12 for the place; an array that grows has places to spare.
 */
export const FRAME_OVERHEAD = 128

/** What a message takes in addition to its frames, in bytes: its array and its place in a queue. Measured likewise: 72 for one frame, 200 where an array has grown to hold several. */
export const MESSAGE_OVERHEAD = 192

/** The memory that `message` takes, in bytes. Limits in bytes count this. */
export function costOf(message: Multipart): number {
  let cost = MESSAGE_OVERHEAD
  for (let index = 0; index < message.length; index++) cost += FRAME_OVERHEAD + message[index]!.length
  return cost
}
