import { allocateSlab, view, type Multipart } from "./bytes.js"

/**
 * Copies frames that would keep mostly unrelated memory alive. Call it for an incomplete message when all bytes that
 * have arrived were read: the frames from index `from` on are copied unless they make up at least half of their chunks.
 */
export function releaseChunks(frames: Multipart, from: number): void {
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
