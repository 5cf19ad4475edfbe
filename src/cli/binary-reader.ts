/** Bytes of each number: 32 bits, the most significant byte first. */
const NUMBER = 4

/**
 * Finds the messages in bytes that come in any cut: for each the number of its frames, then each frame's length and bytes.
 * Call `next` until it returns `undefined` before you `push` more. Every byte is copied at most once, and only where a
 * frame spans chunks: time and memory go with the length of the input, however it is cut.
 */
export class BinaryReader {
  /** What is not taken yet. All chunks but the last together are less than what is due. */
  #chunks: Buffer[] = []
  #size = 0
  /** The message in the making, and how many frames it lacks, once that is known. */
  #frames: Buffer[] = []
  #missing: number | undefined
  /** Length of the next frame, once it is known. */
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

  /** Whether a message has begun that is not complete. */
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
