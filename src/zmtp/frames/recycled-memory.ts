import { detach, view, type Frame } from "../bytes.js"
import { LARGE_BODY, MAX_RECYCLED_FRAMES, MAX_RECYCLED_MEMORY } from "../limits.js"

/**
 * Memory of received frames that an application has returned, so that the bodies of later frames are read into it. New
 * memory for each large frame costs more than reading it: the system clears its pages, and the garbage collector frees
 * them. Recycled memory is detached from the frames of the application: the system writes into it, so nothing else may
 * read, transfer, or free it.
 */
export class RecycledMemory {
  #free: ArrayBuffer[] = []
  /** Memory that contains the body of one frame only. Detaching any other memory could take other frames with it. */
  readonly #exclusive = new WeakSet<ArrayBufferLike>()
  /** Whether the application has returned memory. Nothing is recorded until then. */
  #inUse = false

  /** Records that `memory` will contain the body of one frame only. */
  allocated(memory: ArrayBufferLike): void {
    if (this.#inUse) this.#exclusive.add(memory)
  }

  /** Takes the memory of `frame`, which is empty afterward, if it is large enough and the limits allow it. */
  add(frame: Frame): void {
    this.#inUse = true
    const memory = frame.buffer
    const size = memory.byteLength
    if (size < LARGE_BODY || this.#free.length >= MAX_RECYCLED_FRAMES || !this.#exclusive.has(memory)) return
    if (this.#free.reduce((sum, { byteLength }) => sum + byteLength, size) > MAX_RECYCLED_MEMORY) return
    this.#free.push(detach(memory as ArrayBuffer))
  }

  /** Takes memory for a body of `size` bytes. Returns `undefined` if the body would not fill at least half of any. */
  take(size: number): Frame | undefined {
    const index = this.#free.findLastIndex(({ byteLength }) => byteLength >= size && byteLength <= 2 * size)
    if (index < 0) return undefined
    const [memory] = this.#free.splice(index, 1) as [ArrayBuffer]
    this.#exclusive.add(memory)
    return view(memory, 0, size)
  }
}
