import { allocateSlab, inFixedMemory, put, withLengths, type Frame, type Multipart } from "../bytes.js"
import { FLAG_LONG, FLAG_MORE } from "./frame-decoder.js"
import { returnSlab, SLAB_SIZE, takeSlab } from "./slab-pool.js"

/** Maximum number of slabs that an outbox remembers, to return them when they are written. */
const MOST_DRAINED = 8

/** Size of the first slab if none is free: enough for a handshake, since many connections send little after it. */
const FIRST_SLAB_SIZE = 1024

/**
 * Bodies up to this many bytes are copied into the slab; larger ones are referenced and written from where they are.
 */
const GATHER_LIMIT = 8 * 1024

/** Up to this many bytes, a loop is faster than `TypedArray#set`. */
const LOOP_LIMIT = 12

/** Initial slab, so that connections that never send allocate nothing. */
const EMPTY_SLAB = /* @__PURE__ */ allocateSlab(0)

/**
 * The encoder: takes frames and returns the bytes to write. Small bodies are gathered in a slab and large ones are
 * referenced, so that `drain` returns few pieces.
 */
export class Outbox {
  /** Number of bytes that have been added and not drained. */
  size = 0
  /** Whether some of these bytes are memory of the application, which may be transferred before they are written. */
  borrowed = false
  /** Memory for the frame that `place` has begun. */
  target = EMPTY_SLAB
  /** Offset of the body of that frame in `target`. */
  at = 0
  #slab = EMPTY_SLAB
  #start = 0
  #end = 0
  /** Slabs other than `#slab`. Some of their bytes may not be written yet. */
  readonly #drained: Frame[] = []
  #pieces: Uint8Array[] = []
  /** Length of each piece when it was added: the application may transfer the memory of a referenced piece. */
  readonly #lengths: number[] = []

  /** Encodes every frame of `message`, with MORE set on all but the last. */
  message(message: Multipart): void {
    const last = message.length - 1
    for (let index = 0; index < last; index++) this.frame(FLAG_MORE, message[index]!)
    this.frame(0, message[last]!)
  }

  /** Encodes one frame. `flags` are the flags other than LONG, which follows from the size. */
  frame(flags: number, body: Uint8Array): void {
    const length = body.length
    if (length > GATHER_LIMIT) {
      this.#header(flags, length)
      this.#borrow(body)
      return
    }
    if (this.#end + length + 9 > this.#slab.length) this.#renew(length + 9)
    const slab = this.#slab
    let end = this.#end
    if (length < 256) {
      slab[end] = flags
      slab[end + 1] = length
      end += 2
      this.size += 2 + length
    } else {
      slab[end] = flags | FLAG_LONG
      slab[end + 1] = slab[end + 2] = slab[end + 3] = slab[end + 4] = 0
      slab[end + 5] = slab[end + 6] = 0
      slab[end + 7] = length >>> 8
      slab[end + 8] = length & 0xff
      end += 9
      this.size += 9 + length
    }
    if (length <= LOOP_LIMIT) for (let index = 0; index < length; index++) slab[end + index] = body[index]!
    else slab.set(body, end)
    this.#end = end + length
  }

  /**
   * Begins a frame of `length` bytes, which the caller writes to `target` at offset `at` before adding anything else.
   * Use this instead of `frame` if the body does not exist yet.
   */
  place(flags: number, length: number): void {
    if (length > GATHER_LIMIT) {
      this.#header(flags, length)
      const slab = takeSlab(length) ?? allocateSlab(length)
      this.#remember(slab)
      this.target = slab.subarray(0, length)
      this.at = 0
      this.#reference(this.target)
      return
    }
    if (this.#end + length + 9 > this.#slab.length) this.#renew(length + 9)
    const slab = this.#slab
    if (length < 256) {
      slab[this.#end] = flags
      slab[this.#end + 1] = length
      this.#end += 2
      this.size += 2 + length
    } else {
      this.#header(flags, length)
      this.size += length
    }
    this.target = this.#slab
    this.at = this.#end
    this.#end += length
  }

  /** Adds bytes that are not a frame. */
  raw(bytes: Uint8Array): void {
    if (bytes.length > GATHER_LIMIT) {
      this.#borrow(bytes)
      return
    }
    if (this.#end + bytes.length > this.#slab.length) this.#renew(bytes.length)
    put(this.#slab, bytes, this.#end)
    this.#end += bytes.length
    this.size += bytes.length
  }

  /** Takes all bytes so far, in order. The caller owns the pieces. */
  drain(): Uint8Array[] {
    if (this.#pieces.length === 0) return this.#drainSlab()
    this.#cut()
    const pieces = this.#pieces
    this.#pieces = []
    this.size = 0
    this.borrowed = false
    const whole = withLengths(pieces, this.#lengths)
    this.#lengths.length = 0
    return whole
  }

  /** `drain` for bytes that are all in the slab, as in most writes. Allocates nothing besides its result. */
  #drainSlab(): Uint8Array[] {
    if (this.size === 0) return []
    const piece = this.#slab.subarray(this.#start, this.#end)
    this.#start = this.#end
    this.size = 0
    return [piece]
  }

  /**
   * Call when everything that `drain` has returned is written, and its memory can be overwritten. Reused memory is
   * likely to be in the CPU caches, which new memory is not.
   */
  releaseDrained(): void {
    if (this.size > 0) return
    while (this.#drained.length > 0) returnSlab(this.#drained.pop()!)
    if (this.#slab.length === SLAB_SIZE) {
      returnSlab(this.#slab)
      this.#slab = EMPTY_SLAB
    }
    this.#start = this.#end = 0
  }

  #remember(slab: Frame): void {
    if (this.#drained.length < MOST_DRAINED) this.#drained.push(slab)
  }

  #header(flags: number, length: number): void {
    if (this.#end + 9 > this.#slab.length) this.#renew(9)
    const slab = this.#slab
    const end = this.#end
    const high = Math.floor(length / 0x1_0000_0000)
    slab[end] = flags | FLAG_LONG
    slab[end + 1] = slab[end + 2] = slab[end + 3] = 0
    slab[end + 4] = high
    slab[end + 5] = length >>> 24
    slab[end + 6] = (length >>> 16) & 0xff
    slab[end + 7] = (length >>> 8) & 0xff
    slab[end + 8] = length & 0xff
    this.#end = end + 9
    this.size += 9
  }

  #borrow(body: Uint8Array): void {
    this.borrowed = true
    this.#reference(inFixedMemory(body))
  }

  #reference(body: Uint8Array): void {
    this.#cut()
    this.#pieces.push(body)
    this.#lengths.push(body.length)
    this.size += body.length
  }

  #cut(): void {
    if (this.#end === this.#start) return
    this.#pieces.push(this.#slab.subarray(this.#start, this.#end))
    this.#lengths.push(this.#end - this.#start)
    this.#start = this.#end
  }

  /**
   * Starts a new slab with room for `needed` bytes. Undrained bytes of the small first slab are copied to the new
   * slab; those of any other slab become a piece.
   */
  #renew(needed: number): void {
    const before = this.#slab
    if (before === EMPTY_SLAB) {
      this.#slab = takeSlab(SLAB_SIZE) ?? allocateSlab(needed <= FIRST_SLAB_SIZE ? FIRST_SLAB_SIZE : SLAB_SIZE)
      return
    }
    if (before.length !== FIRST_SLAB_SIZE) this.#cut()
    const waiting = before.subarray(this.#start, this.#end)
    this.#slab = takeSlab(SLAB_SIZE) ?? allocateSlab(SLAB_SIZE)
    this.#remember(before)
    this.#slab.set(waiting)
    this.#start = 0
    this.#end = waiting.length
  }
}
