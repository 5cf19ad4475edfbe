import { EMPTY, encodeText, type Frame, type Multipart, isMemory } from "../zmtp/bytes.js"

/** A received frame. */
export type Message = Buffer

/**
 * Types that `send` accepts as a frame: bytes, text (sent as UTF-8), a number (sent as text), or `null` (an empty
 * frame).
 */
export type MessageLike = ArrayBufferView | ArrayBuffer | SharedArrayBuffer | string | number | null

/** A part of a message is missing. zeromq.js sends other bytes in its place, so `send` rejects instead of throwing. */
export class MissingFrameError extends TypeError {}

/**
 * Converts the argument of `send` to frames, in a new array, which is empty for an empty array. Bytes are referenced,
 * not copied.
 * @throws MissingFrameError, and errors from converting a value to text.
 */
export function toMessage(message: unknown): Multipart {
  // Small enough to be inlined into the code that sends every message.
  return message instanceof Uint8Array && message.length > 0 ? [message] : convert(message)
}

function convert(message: unknown): Multipart {
  if (!Array.isArray(message)) return [toFrame(message)]
  // Most messages have two or three frames. An array literal has exactly the required size, whereas an array that grows
  // reserves 17 elements.
  if (message.length === 2) return [frameOf(message, 0), frameOf(message, 1)]
  if (message.length === 3) return [frameOf(message, 0), frameOf(message, 1), frameOf(message, 2)]
  return addFrames([], message)
}

/**
 * Appends the frames of `message` to `frames`. Arrays are read by index, because they may have holes or overridden
 * methods.
 */
export function addFrames(frames: Multipart, message: unknown): Multipart {
  if (!Array.isArray(message)) {
    frames.push(toFrame(message))
    return frames
  }
  const { length } = message
  for (let index = 0; index < length; index++) frames.push(frameOf(message, index))
  return frames
}

function frameOf(message: readonly unknown[], index: number): Frame {
  const part = message[index]
  if (part === undefined && !(index in message)) {
    throw new MissingFrameError(`Frame ${index + 1} of ${message.length} is missing: the array has a hole`)
  }
  return toFrame(part)
}

export function toFrame(part: unknown): Frame {
  if (part instanceof Uint8Array && part.length > 0) return part
  if (typeof part === "string") return encodeText(part)
  if (part === null) return EMPTY
  if (ArrayBuffer.isView(part) || isMemory(part)) return viewOf(part)
  return encodeText(toText(part))
}

/** The current bytes of `part`, whose memory may grow later. @throws MissingFrameError */
function viewOf(part: ArrayBufferView | ArrayBufferLike): Frame {
  try {
    if (!ArrayBuffer.isView(part)) return new Uint8Array(part, 0, part.byteLength)
    // A view of detached memory looks like an empty view, except that its methods throw. (A DataView has thrown
    // before.)
    if (part.byteLength === 0 && "length" in part) Uint8Array.prototype.at.call(part, 0)
    return new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
  } catch (cause) {
    throw new MissingFrameError("Cannot send a frame whose buffer was transferred or resized", { cause })
  }
}

/** Converts any other value to text, as in zeromq.js. */
function toText(value: unknown): string {
  if (typeof value === "symbol") throw new TypeError("Cannot convert a Symbol value to a string")
  const remedy = typeof value === "object" ? REMEDIES[Object.prototype.toString.call(value)] : undefined
  if (remedy !== undefined) throw new MissingFrameError(remedy)
  return textOf(value)
}

/** Objects whose bytes can only be read asynchronously, with the error message. */
const REMEDIES: Readonly<Record<string, string | undefined>> = {
  "[object Blob]": "Cannot send a Blob: send its bytes, await blob.arrayBuffer()",
  "[object File]": "Cannot send a File: send its bytes, await file.arrayBuffer()",
  "[object Response]": "Cannot send a Response: send its bytes, await response.arrayBuffer()",
  "[object ReadableStream]": "Cannot send a ReadableStream: send its chunks, or pipe it into socket.sendable",
}

const textOf: (value: unknown) => string = String
