import { Ring } from "../core/ring.js"
import type { Frame, Multipart } from "../zmtp/bytes.js"
import { encodeLegacyHeader, legacyHeaderSize } from "../zmtp/frames/legacy-frame.js"

// ZeroMQ over PGM: the APDUs of a session form one stream of ZMTP 1.0 frames (RFC 13), split where an APDU is full.
// Each APDU begins with the offset of the first message that begins in it, two bytes, so that a receiver can join
// there.

/** Size of the offset before the stream in an APDU, in bytes. */
export const OFFSET_SIZE = 2

/** Offset if no message begins in the APDU. */
export const NO_MESSAGE = 0xffff

/** Write position within the first message: a frame, and an offset in its header and body. */
interface Cursor {
  frame: number
  header: Uint8Array
  /** Number of bytes of the header and body that have been written. */
  written: number
}

/** Splits messages into APDUs. */
export class MessageWriter {
  readonly #messages = new Ring<Multipart>()
  #cursor: Cursor | undefined
  #length = 0

  /** Number of bytes of the stream that are waiting to be written. */
  get length(): number {
    return this.#length
  }

  push(message: Multipart): void {
    this.#messages.push(message)
    for (const frame of message) this.#length += legacyHeaderSize(frame) + frame.length
  }

  /** Fills `apdu` from the beginning. Returns the number of bytes written. */
  write(apdu: Frame): number {
    let first = NO_MESSAGE
    let at = OFFSET_SIZE
    while (at < apdu.length) {
      const message = this.#messages.peek()
      if (message === undefined) break
      if (this.#cursor === undefined) {
        if (first === NO_MESSAGE) first = at - OFFSET_SIZE
        this.#cursor = cursorAt(message, 0)
      }
      at = this.#continue(message, this.#cursor, apdu, at)
    }
    apdu[0] = first >>> 8
    apdu[1] = first
    this.#length -= at - OFFSET_SIZE
    return at
  }

  #continue(message: Multipart, cursor: Cursor, apdu: Frame, at: number): number {
    const { header } = cursor
    const body = message[cursor.frame]!
    let end = at
    while (cursor.written < header.length && end < apdu.length) apdu[end++] = header[cursor.written++]!
    const start = cursor.written - header.length
    // Nothing, if there is no room after the header.
    const part = body.subarray(Math.max(0, start), Math.max(0, start) + apdu.length - end)
    apdu.set(part, end)
    end += part.length
    cursor.written += part.length
    if (cursor.written === header.length + body.length) this.#next(message, cursor.frame + 1)
    return end
  }

  #next(message: Multipart, frame: number): void {
    if (frame < message.length) {
      this.#cursor = cursorAt(message, frame)
      return
    }
    this.#cursor = undefined
    this.#messages.shift()
  }
}

function cursorAt(message: Multipart, frame: number): Cursor {
  const more = frame < message.length - 1
  return { frame, header: encodeLegacyHeader(more, message[frame]!), written: 0 }
}
