import { EMPTY, type Frame } from "../bytes.js"
import { LimitError, ProtocolError, type LimitName } from "../protocol-error.js"
import { FLAG_MORE, reserve } from "./frame-decoder.js"
import type { FrameOutbox } from "./frame-format.js"

/** First byte of the long form (RFC 13, "Framing"). */
const LONG = 0xff
const LONG_HEADER = 10
const SHORT_HEADER = 2

/** In place of the number of missing bytes: the header of the next frame is not complete. */
const NO_FRAME = -1

/** Size of the header of a frame with this body, in bytes. */
export function legacyHeaderSize(body: Frame): number {
  return body.length + 1 < LONG ? SHORT_HEADER : LONG_HEADER
}

/** Encodes a header of ZMTP 1.0: `length, flags`, where the length of the frame includes the flags. */
export function encodeLegacyHeader(more: boolean, body: Frame): Uint8Array {
  const length = body.length + 1
  const flags = more ? FLAG_MORE : 0
  if (length < LONG) return Uint8Array.of(length, flags)
  const header = new Uint8Array(LONG_HEADER)
  const view = new DataView(header.buffer)
  header[0] = LONG
  view.setUint32(1, Math.floor(length / 0x1_0000_0000))
  // `setUint32` takes the lower 32 bits.
  view.setUint32(5, length)
  header[9] = flags
  return header
}

/** Writes a frame in the form of ZMTP 1.0. */
export function writeLegacyFrame(outbox: FrameOutbox, more: boolean, body: Frame): void {
  outbox.raw(encodeLegacyHeader(more, body))
  outbox.raw(body)
}

/** Like `FrameDecoder`, for the frames of ZMTP 1.0. */
export class LegacyFrameDecoder {
  /** Flags of the current frame. */
  flags = 0
  /** Body of the current frame. */
  body: Frame = EMPTY
  /** Maximum size of a body, in bytes. */
  limit = Infinity
  /** Name of `limit`, for errors. */
  limitName: LimitName = "maxMessageSize"
  /** ZMTP 1.0 has no commands. */
  commandLimit = Infinity

  #chunk: Frame = EMPTY
  #position = 0
  readonly #header: number[] = []
  /** The incomplete body, whose first `#gathered` bytes have arrived. */
  #partial: Frame = EMPTY
  #gathered = 0
  /** Number of bytes of the body that have not arrived. */
  #missing = NO_FRAME
  /** Size of the previous body that was gathered. */
  #previousSize = 0
  /** True until the first header has been read. */
  #first = true

  /** Adds bytes. All bytes pushed before must have been read, which means that `next` returned false. */
  push(chunk: Frame): void {
    this.#chunk = chunk
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

  /**
   * Advances to the next complete frame. Returns false if more bytes are needed.
   * @throws ProtocolError if the frame is larger than `limit`, if its length does not cover its flags, or if the flags
   * of the first frame show that the peer speaks plain text or another protocol.
   */
  next(): boolean {
    if (this.#missing === NO_FRAME && !this.#readHeader()) return false
    const part = this.#chunk.subarray(this.#position, this.#position + this.#missing)
    this.#position += part.length
    if (this.#gathered > 0 || part.length < this.#missing) {
      if (!this.#gather(part)) return false
    } else this.body = part
    this.#missing = NO_FRAME
    return true
  }

  /** Adds `part` to the body. Returns true when the body is complete. */
  #gather(part: Frame): boolean {
    const size = this.#gathered + this.#missing
    this.#partial = reserve(this.#partial, this.#gathered, part.length, size, this.#previousSize)
    this.#partial.set(part, this.#gathered)
    this.#gathered += part.length
    this.#missing -= part.length
    if (this.#missing > 0) return false
    this.body = this.#partial
    this.#previousSize = size
    this.#partial = EMPTY
    this.#gathered = 0
    return true
  }

  #readHeader(): boolean {
    const header = this.#header
    while (this.#position < this.#chunk.length) {
      header.push(this.#chunk[this.#position++]!)
      if (header.length < (header[0] === LONG ? LONG_HEADER : SHORT_HEADER)) continue
      const digits = header[0] === LONG ? header.slice(1, 9) : header.slice(0, 1)
      const size = digits.reduce((number, byte) => number * 0x100 + byte, 0) - 1
      const flags = header[header.length - 1]!
      // Other bits are reserved (RFC 13, "Framing"). HTTP requests, banners, and error pages have a letter here.
      if (this.#first && flags > FLAG_MORE) {
        throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", `Peer does not use ZMTP: it begins with ${printable(header)}`)
      }
      this.#first = false
      if (size < 0) throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "Frame without flags")
      if (size > this.limit) {
        throw new LimitError(this.limitName, `Frame of ${size} bytes exceeds the limit of ${this.limit}`)
      }
      this.flags = flags & FLAG_MORE
      this.#missing = size
      header.length = 0
      return true
    }
    return false
  }
}

/** Formats text as text, and other bytes in hexadecimal. */
function printable(bytes: readonly number[]): string {
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return JSON.stringify(String.fromCharCode(...bytes))
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")
}
