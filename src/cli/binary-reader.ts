/** Size of each number, in bytes: 32 bits, most significant byte first. */
const NUMBER = 4

/**
 * Parses messages from a byte stream: the number of frames, then the length and bytes of each frame. Call `next` until
 * it returns `undefined` before you `push` more. A byte is copied at most once, and only if a frame spans chunks, so
 * time and memory are proportional to the length of the input.
 */
export class BinaryReader {
  /** Unread chunks. All but the last together are shorter than the next element. */
  #chunks: Buffer[] = []
  #size = 0
  /** Frames of the incomplete message, and the number of missing frames, if it is known. */
  #frames: Buffer[] = []
  #missing: number | undefined
  /** Length of the next frame, if it is known. */
  #length: number | undefined

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#size += chunk.length
  }

  /** The next message, or `undefined` until more bytes are pushed. */
  next(): Buffer[] | undefined {
    if ((this.#missing ??= this.#takeNumber()) === undefined) return undefined
    for (; this.#missing > 0; this.#missing--) {
      if ((this.#length ??= this.#takeNumber()) === undefined) return undefined
      const frame = this.#take(this.#length)
      if (frame === undefined) return undefined
      this.#frames.push(frame)
      this.#length = undefined
    }
    const message = this.#frames
    this.#frames = []
    this.#missing = undefined
    return message
  }

  /** Whether a message is incomplete. */
  get partial(): boolean {
    return this.#size > 0 || this.#missing !== undefined
  }

  #takeNumber(): number | undefined {
    return this.#take(NUMBER)?.readUInt32BE()
  }

  #take(size: number): Buffer | undefined {
    if (this.#size < size) return undefined
    this.#size -= size
    const last = this.#chunks.pop() ?? Buffer.alloc(0)
    const end = last.length - this.#size
    const part = last.subarray(0, end)
    const taken = this.#chunks.length === 0 ? part : Buffer.concat([...this.#chunks, part], size)
    this.#chunks = this.#size > 0 ? [last.subarray(end)] : []
    return taken
  }
}
