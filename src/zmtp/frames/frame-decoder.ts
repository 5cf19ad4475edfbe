import { allocate, copy, EMPTY, view, type Frame } from "../bytes.js"
import { LARGE_BODY } from "../limits.js"
import { LimitError, type LimitName } from "../protocol-error.js"
import type { RecycledMemory } from "./recycled-memory.js"

/** Flag of a frame that is followed by another frame of its message (RFC 37, "Framing"). */
export const FLAG_MORE = 0x01
/** Flag of a frame whose size has eight bytes. */
export const FLAG_LONG = 0x02
/** Flag of a command. */
export const FLAG_COMMAND = 0x04

/**
 * The memory for an incomplete frame grows with the bytes that have arrived, up to the larger of `HEAD_START`, `AHEAD`
 * times these bytes, and the size of the previous frame. A peer that announces a large frame and sends little of it
 * therefore reserves little memory. Recycled memory, which exists already, is taken for the whole body at once.
 */
const HEAD_START = 64 * 1024
const AHEAD = 16

/**
 * Fewer missing bytes than this are not worth a separate read, unless they belong to a `LARGE_BODY`. A separate read
 * then saves copying it, and starts the next frame in a new chunk.
 */
const ROOM_WORTHWHILE = 16 * 1024

/**
 * Additional bytes in the memory for a `LARGE_BODY`, so that the header of the next frame arrives with the end of this
 * one. The few bytes of the next body that come with it are copied.
 * Only in decoders with recycled memory: others allocate memory of exactly the right size for each large body that spans
 * chunks, and that memory can be transferred.
 */
const TAIL = 512

/**
 * Largest body whose memory has a `TAIL`. For larger ones, one fewer read hardly matters, and the C library's allocator
 * reuses memory better if its size is round.
 */
const MOST_WITH_TAIL = 128 * 1024

/** Maximum size of a frame, in bytes: the largest allocation that every runtime supports. */
const LARGEST_FRAME = 0xffff_ffff

const LONGEST_HEADER = 9

/**
 * A cursor over the frames of a byte stream that arrives in arbitrary chunks: `push` a chunk, then read `flags` and
 * `body` while `next` returns true. A body that lies within one chunk is a view of it. A body that spans chunks is
 * gathered in memory that grows with the bytes that have arrived, not with the announced size.
 */
export class FrameDecoder {
  /** Flags of the current frame, including reserved bits. */
  flags = 0
  /** Body of the current frame. */
  body: Frame = EMPTY
  /** Maximum size of a body, in bytes. */
  limit = LARGEST_FRAME
  /** Name of `limit`, for errors. */
  limitName: LimitName = "maxMessageSize"
  /** Maximum size of a command's body, in bytes; at least 255. */
  commandLimit = LARGEST_FRAME

  #chunk: Frame = EMPTY
  /** Memory of `#chunk`, and the offset at which the chunk begins in it. */
  #memory = EMPTY.buffer
  #start = 0
  #position = 0
  readonly #header = new Uint8Array(LONGEST_HEADER)
  #headerLength = 0
  /** The incomplete body, whose first `#gathered` bytes have arrived. */
  #partial: Frame = EMPTY
  #gathered = 0
  #missing = 0
  /** Size of the previous gathered body plus `TAIL`. This much memory may be reserved at once for the next one. */
  #previousSize = 0
  readonly #recycled: RecycledMemory | undefined

  /**
   * @param recycled Memory for large bodies, which is used before new memory is. Without it, a large body that spans
   * chunks has memory of exactly its size.
   */
  constructor(recycled?: RecycledMemory) {
    this.#recycled = recycled
  }

  /** Adds bytes. All bytes pushed before must have been read, which means that `next` returned false. */
  push(chunk: Frame): void {
    this.#chunk = chunk
    this.#memory = chunk.buffer
    this.#start = chunk.byteOffset
    this.#position = 0
  }

  /** Bytes that were pushed and not yet read. The view must not be kept. */
  rest(): Frame {
    return this.#chunk.subarray(this.#position)
  }

  /** Whether pushed bytes are waiting to be read. */
  get pending(): boolean {
    return this.#position < this.#chunk.length
  }

  /** Whether enough of a body is missing to make reading it in place worthwhile. */
  get gathering(): boolean {
    const missing = this.#missing
    return missing >= ROOM_WORTHWHILE || (missing > 0 && this.#gathered + missing >= LARGE_BODY)
  }

  /**
   * Reserves memory for the next bytes of a large body. Read into it and push the part that was filled, which saves a
   * copy. Returns `undefined` if the next bytes may go into any memory, and while pushed bytes are waiting to be read:
   * they may be in this memory, and would be overwritten.
   */
  requestRoom(): Frame | undefined {
    if (this.pending || !this.gathering) return undefined
    this.#reserve(1)
    return this.#partial.subarray(this.#gathered)
  }

  /**
   * Advances to the next complete frame. Returns false if more bytes are needed.
   * @throws LimitError if the frame is larger than `limit`, or a command is larger than `commandLimit`.
   */
  next(): boolean {
    if (this.#missing > 0) return this.#gather()
    if (this.#headerLength > 0) return this.#completeHeader()
    const chunk = this.#chunk
    const position = this.#position
    const available = chunk.length - position
    if (available < 2) return this.#keepHeader(available)
    const flags = chunk[position]!
    if ((flags & FLAG_LONG) !== 0) {
      if (available < LONGEST_HEADER) return this.#keepHeader(available)
      this.#position = position + LONGEST_HEADER
      return this.#take(flags, readSize(chunk, position + 1))
    }
    const size = chunk[position + 1]!
    const end = position + 2 + size
    if (end > chunk.length || size > this.limit) {
      this.#position = position + 2
      return this.#take(flags, size)
    }
    this.flags = flags
    this.body = view(this.#memory, this.#start + position + 2, size)
    this.#position = end
    return true
  }

  #take(flags: number, size: number): boolean {
    if (size > this.limit) {
      throw new LimitError(this.limitName, `Frame of ${size} bytes exceeds the limit of ${this.limit}`)
    }
    if (size > this.commandLimit && (flags & FLAG_COMMAND) !== 0) {
      throw new LimitError("size of a command", `Command of ${size} bytes exceeds the limit of ${this.commandLimit}`)
    }
    this.flags = flags
    const end = this.#position + size
    if (end <= this.#chunk.length) {
      this.body = view(this.#memory, this.#start + this.#position, size)
      this.#position = end
      return true
    }
    this.#missing = size
    return this.#gather()
  }

  #gather(): boolean {
    const available = Math.min(this.#chunk.length - this.#position, this.#missing)
    const inPlace = this.#inPlace
    if (!inPlace) {
      this.#reserve(available)
      this.#partial.set(this.#chunk.subarray(this.#position, this.#position + available), this.#gathered)
    }
    this.#position += available
    this.#gathered += available
    this.#missing -= available
    if (this.#missing > 0) return false
    const size = this.#gathered
    this.body = this.#partial.subarray(0, size)
    this.#previousSize = size + TAIL
    this.#partial = EMPTY
    this.#gathered = 0
    // The memory belongs to this body alone: the next frames must not keep it alive.
    if (inPlace && this.pending) this.push(copy(this.rest()))
    return true
  }

  /** Whether the pushed bytes were read directly into the memory from `requestRoom`. */
  get #inPlace(): boolean {
    const [chunk, partial] = [this.#chunk, this.#partial]
    return chunk.buffer === partial.buffer && chunk.byteOffset === partial.byteOffset + this.#gathered
  }

  /** Grows `#partial` so that it has room for `more` bytes. */
  #reserve(more: number): void {
    const size = this.#gathered + this.#missing
    const recycled = size >= LARGE_BODY ? this.#recycled : undefined
    const whole = recycled === undefined || size > MOST_WITH_TAIL ? size : size + TAIL
    const before = this.#partial.length === 0 ? (recycled?.take(whole) ?? EMPTY) : this.#partial
    this.#partial = reserve(before, this.#gathered, more, whole, this.#previousSize)
    if (this.#partial !== before && this.#partial.length === whole) recycled?.allocated(this.#partial.buffer)
  }

  #keepHeader(available: number): boolean {
    for (let index = 0; index < available; index++) this.#header[index] = this.#chunk[this.#position + index]!
    this.#headerLength = available
    this.#position += available
    return false
  }

  #completeHeader(): boolean {
    const header = this.#header
    while (this.#position < this.#chunk.length) {
      header[this.#headerLength++] = this.#chunk[this.#position++]!
      const flags = header[0]!
      if ((flags & FLAG_LONG) === 0) {
        this.#headerLength = 0
        return this.#take(flags, header[1]!)
      }
      if (this.#headerLength < LONGEST_HEADER) continue
      this.#headerLength = 0
      return this.#take(flags, readSize(header, 1))
    }
    return false
  }
}

/**
 * Returns `partial` if it has room for `more` bytes, else larger memory with a copy of its first `gathered` bytes.
 * @param size Final size of the body.
 * @param previousSize Size that may be reserved at once, because the previous body needed it.
 */
export function reserve(partial: Frame, gathered: number, more: number, size: number, previousSize: number): Frame {
  const needed = gathered + more
  if (needed <= partial.length) return partial
  const larger = allocate(Math.min(size, Math.max(HEAD_START, AHEAD * needed, previousSize)))
  larger.set(partial.subarray(0, gathered))
  return larger
}

/** Reads eight bytes, most significant first. Sizes over 2^53 lose their lowest bits, but exceed every limit anyway. */
function readSize(bytes: Uint8Array, at: number): number {
  const high = bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
  const low = bytes[at + 4]! * 0x100_0000 + ((bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!)
  return high * 0x1_0000_0000 + low
}
