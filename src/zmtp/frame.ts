import { concat, EMPTY, type Frame } from "./bytes.js"
import { LimitError, type LimitName } from "./protocol-error.js"

/** Flags of a frame (RFC 37, "Framing"). */
export const FLAG_MORE = 0x01
export const FLAG_LONG = 0x02
export const FLAG_COMMAND = 0x04

/** No frame is larger than what one piece of memory can hold everywhere. */
const LARGEST_FRAME = 0xffff_ffff

const LONGEST_HEADER = 9

/** Pieces of a frame up to this many bytes are small: each costs more memory than it brings. */
const SMALL_PIECE = 512

/** So many small pieces in a row become one. */
const MOST_SMALL_PIECES = 256

/**
 * A cursor over the frames in a stream of bytes that comes in any cut: `push` what has arrived, then call `next`
 * while it says true and read `flags` and `body`. Bodies are views of the pushed chunks wherever a frame lies within
 * one. Memory is taken for bytes that arrived, never for bytes that were only announced.
 */
export class FrameDecoder {
  /** Flags of the frame last found. Reserved bits are passed on as they came. */
  flags = 0
  /** Body of the frame last found. */
  body: Frame = EMPTY
  /** Largest body accepted, in bytes. */
  limit = LARGEST_FRAME
  /** What `limit` is called. */
  limitName: LimitName = "maxMessageSize"
  /** Largest body of a command accepted, in bytes; at least 255. */
  commandLimit = LARGEST_FRAME

  #chunk: Frame = EMPTY
  #position = 0
  readonly #header = new Uint8Array(LONGEST_HEADER)
  #headerLength = 0
  #parts: Frame[] = []
  /** How many of the last parts are small. */
  #small = 0
  #gathered = 0
  #missing = 0

  /** Adds what has arrived. All that was pushed before must have been read: `next` has said false. */
  push(chunk: Frame): void {
    this.#chunk = chunk
    this.#position = 0
  }

  /** Bytes pushed and not yet read; not meant to be kept. */
  rest(): Frame {
    return this.#chunk.subarray(this.#position)
  }

  /** Whether pushed bytes wait to be read. */
  get pending(): boolean {
    return this.#position < this.#chunk.length
  }

  /**
   * Moves to the next whole frame; false when more bytes are needed.
   * @throws ProtocolError when the frame is larger than `limit`.
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
    this.body = chunk.subarray(position + 2, end)
    this.#position = end
    return true
  }

  #take(flags: number, size: number): boolean {
    if (size > this.limit) {
      throw new LimitError(this.limitName, `Frame of ${size} bytes is over the limit of ${this.limit}`)
    }
    if (size > this.commandLimit && (flags & FLAG_COMMAND) !== 0) {
      throw new LimitError("size of a command", `Command of ${size} bytes is over the limit of ${this.commandLimit}`)
    }
    this.flags = flags
    const end = this.#position + size
    if (end <= this.#chunk.length) {
      this.body = this.#chunk.subarray(this.#position, end)
      this.#position = end
      return true
    }
    this.#missing = size
    return this.#gather()
  }

  #gather(): boolean {
    const available = Math.min(this.#chunk.length - this.#position, this.#missing)
    if (available === 0) return false
    this.#parts.push(this.#chunk.subarray(this.#position, this.#position + available))
    this.#position += available
    this.#gathered += available
    this.#missing -= available
    if (this.#missing > 0) {
      if (available > SMALL_PIECE) this.#small = 0
      else if (++this.#small === MOST_SMALL_PIECES) this.#compact()
      return false
    }
    this.body = this.#parts.length === 1 ? this.#parts[0]! : concat(this.#parts, this.#gathered)
    this.#parts = []
    this.#small = 0
    this.#gathered = 0
    return true
  }

  /** A frame that comes byte by byte costs about as much memory as it has bytes. */
  #compact(): void {
    const pieces = this.#parts.splice(-MOST_SMALL_PIECES)
    this.#parts.push(
      concat(
        pieces,
        pieces.reduce((size, { length }) => size + length, 0),
      ),
    )
    this.#small = 0
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

/** Eight bytes, most significant first. Sizes past 2^53 lose their last bits, which no limit lets through anyway. */
function readSize(bytes: Uint8Array, at: number): number {
  const high = bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
  const low = bytes[at + 4]! * 0x100_0000 + ((bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!)
  return high * 0x1_0000_0000 + low
}
