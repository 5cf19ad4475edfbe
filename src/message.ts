import { EMPTY, encodeText, type Frame, type Message } from "./zmtp/bytes.js"

/** What one frame can be made of: bytes, text (as UTF-8), a number (its text) or `null` (an empty frame). */
export type MessageLike = ArrayBufferView | ArrayBuffer | SharedArrayBuffer | string | number | null

/** The frames of what was given to `send`; none for an empty array. Bytes are referenced, not copied. */
export function toMessage(message: unknown): Message {
  if (message instanceof Uint8Array) return [message]
  if (typeof message === "string") return [encodeText(message)]
  if (Array.isArray(message)) return message.map(toFrame)
  return [toFrame(message)]
}

export function toFrame(part: unknown): Frame {
  if (part instanceof Uint8Array) return part
  if (typeof part === "string") return encodeText(part)
  if (part === null) return EMPTY
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
  if (part instanceof ArrayBuffer || isShared(part)) return new Uint8Array(part)
  return encodeText(toText(part))
}

/** Whatever else is given goes as its text, as in zeromq.js. */
function toText(value: unknown): string {
  if (typeof value === "symbol") throw new TypeError("Cannot convert a Symbol value to a string")
  return textOf(value)
}

const textOf: (value: unknown) => string = String

function isShared(part: unknown): part is SharedArrayBuffer {
  return typeof SharedArrayBuffer !== "undefined" && part instanceof SharedArrayBuffer
}
