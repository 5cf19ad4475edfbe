import { allocateSlab, inFixedMemory, put, withLengths, type Multipart } from "../bytes.js"
import { FLAG_LONG, FLAG_MORE } from "./frame-decoder.js"

/** Size of the memory that small frames are gathered in, in bytes. */
const SLAB_SIZE = 64 * 1024

/** Of the first: a handshake fits in, and many a connection has little to say after it. */
const FIRST_SLAB_SIZE = 1024

/** Bodies up to this many bytes are copied into the slab; larger ones are referenced and written from where they are. */
const GATHER_LIMIT = 8 * 1024

/**
 * The encoder: takes frames, gives bytes to write. Small bodies are gathered in a slab, large ones referenced, so
 * that `drain` yields few pieces whatever was put in.
 */
export class Outbox {
  /** Bytes put in and not drained yet. */
  size = 0
  /** Some of it is memory of the application, which may be transferred while it waits. */
  borrowed = false
  /** Where the frame that was placed is to be written. */
  target = EMPTY_SLAB
  at = 0
  #slab = EMPTY_SLAB
  #start = 0
  #end = 0
  #pieces: Uint8Array[] = []
  /** Of each piece, when it was put in. What is referenced is memory of the application. */
  readonly #lengths: number[] = []

  /** Every frame of `message`, with MORE on all but the last. */
  message(message: Multipart): void {
    const last = message.length - 1
    for (let index = 0; index < last; index++) this.frame(FLAG_MORE, message[index]!)
    this.frame(0, message[last]!)
  }

  /** One frame. Its size decides on LONG; `flags` holds the other flags. */
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
   * Begins a frame of `length` bytes, which the caller writes to `target` at `at` before anything else goes in.
   * The other half of `frame`, for bodies that are made here.
   */
  place(flags: number, length: number): void {
    if (length > GATHER_LIMIT) {
      this.#header(flags, length)
      this.target = allocateSlab(length)
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

  /** All bytes so far, in order; the pieces are the caller's from now on. */
  drain(): Uint8Array[] {
    this.#cut()
    const pieces = this.#pieces
    this.#pieces = []
    this.size = 0
    this.borrowed = false
    const whole = withLengths(pieces, this.#lengths)
    this.#lengths.length = 0
    return whole
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

  /** Goes on in new memory, with room for `needed` bytes. What waits in the first moves along: it stays one piece. */
  #renew(needed: number): void {
    const before = this.#slab
    if (before.length !== FIRST_SLAB_SIZE) this.#cut()
    const waiting = before.subarray(this.#start, this.#end)
    const first = before === EMPTY_SLAB && needed <= FIRST_SLAB_SIZE
    this.#slab = allocateSlab(first ? FIRST_SLAB_SIZE : SLAB_SIZE)
    this.#slab.set(waiting)
    this.#start = 0
    this.#end = waiting.length
  }
}

/** Up to this many bytes a loop beats `TypedArray#set`. */
const LOOP_LIMIT = 12

/** Connections that never send get no slab. */
const EMPTY_SLAB = /* @__PURE__ */ allocateSlab(0)
