import { allocateSlab, view, type Multipart } from "./bytes.js"

/**
 * For a message that goes on while everything that has arrived was read. Its frames must not keep chunks that are full of
 * something else: those from `from` on are copied unless they are at least half of the memory that they lie in.
 */
export function settle(frames: Multipart, from: number): void {
  let size = 0
  let kept = 0
  let last: ArrayBufferLike | undefined
  for (let index = from; index < frames.length; index++) {
    const { buffer, length } = frames[index]!
    size += length
    if (buffer !== last) kept += buffer.byteLength
    last = buffer
  }
  if (size < kept / 2) copyTogether(frames, from, size)
}

function copyTogether(frames: Multipart, from: number, size: number): void {
  const own = allocateSlab(size)
  let position = 0
  for (let index = from; index < frames.length; index++) {
    const frame = frames[index]!
    own.set(frame, position)
    frames[index] = view(own.buffer, own.byteOffset + position, frame.length)
    position += frame.length
  }
}
