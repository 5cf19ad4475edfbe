import { isFixed, view, type Frame } from "../bytes.js"
import { LARGE_BODY, MAX_RECYCLED_FRAMES, MAX_RECYCLED_MEMORY } from "../limits.js"

/** How many bytes of its memory a received frame may leave out at most: what CURVE puts around a frame is less. */
const MARGIN = 64

/**
 * Memory of received frames that an application has given back, so that the bodies of later frames are read into it.
 * New memory for each large frame costs more than reading it: the system clears its pages, and the garbage collector
 * gives them back.
 */
export class RecycledMemory {
  #free: Frame[] = []

  /** Adds the memory of `frame` if it is large enough and the limits allow it. */
  add(frame: Frame): void {
    const memory = frame.buffer
    if (frame.length < LARGE_BODY || !isFixed(memory)) return
    // Drop memory that the application has transferred since it was added.
    this.#free = this.#free.filter(({ length }) => length > 0)
    if (this.#free.length >= MAX_RECYCLED_FRAMES || this.#free.some(({ buffer }) => buffer === memory)) return
    const whole = memory.byteLength - frame.length <= MARGIN ? view(memory, 0, memory.byteLength) : frame
    const bytes = this.#free.reduce((sum, { length }) => sum + length, whole.length)
    if (bytes <= MAX_RECYCLED_MEMORY) this.#free.push(whole)
  }

  /** Takes memory for a body of `size` bytes. Returns `undefined` if the body would not fill at least half of any. */
  take(size: number): Frame | undefined {
    const index = this.#free.findLastIndex(({ length }) => length >= size && length <= 2 * size)
    if (index < 0) return undefined
    const [found] = this.#free.splice(index, 1) as [Frame]
    return found.length === size ? found : view(found.buffer, found.byteOffset, size)
  }
}
