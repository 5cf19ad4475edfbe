import { EMPTY, encodeText, type Frame, type Multipart, isMemory } from "../zmtp/bytes.js"

/** What one frame can be made of: bytes, text (as UTF-8), a number (its text) or `null` (an empty frame). */
export type MessageLike = ArrayBufferView | ArrayBuffer | SharedArrayBuffer | string | number | null

/** Part of a message is missing. zeromq.js sends something else in its place, so `send` rejects instead of throwing. */
export class MissingFrameError extends TypeError {}

/**
 * The frames of what was given to `send`, in an array of its own; none for an empty array. Bytes are referenced, not
 * copied.
 * @throws MissingFrameError, and what converting a value to text throws.
 */
export function toMessage(message: unknown): Multipart {
  if (message instanceof Uint8Array && message.length > 0) return [message]
  if (!Array.isArray(message)) return [toFrame(message)]
  // Most messages have two or three frames. An array literal is as large as it has to be; one that grows reserves 17 places.
  if (message.length === 2) return [frameOf(message, 0), frameOf(message, 1)]
  if (message.length === 3) return [frameOf(message, 0), frameOf(message, 1), frameOf(message, 2)]
  return addFrames([], message)
}

/** Adds the frames of `message` to `frames`. An array is read by index: it may have holes, or methods of its own. */
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

/** The bytes of `part`, as many as there are now: its memory may grow. @throws MissingFrameError */
function viewOf(part: ArrayBufferView | ArrayBufferLike): Frame {
  try {
    if (!ArrayBuffer.isView(part)) return new Uint8Array(part, 0, part.byteLength)
    // A view of memory that is gone looks like an empty one, but for its methods. (A DataView has thrown by now.)
    if (part.byteLength === 0 && "length" in part) Uint8Array.prototype.at.call(part, 0)
    return new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
  } catch (cause) {
    throw new MissingFrameError("A frame has lost its memory: the buffer was transferred or resized", { cause })
  }
}

/** Whatever else is given goes as its text, as in zeromq.js. */
function toText(value: unknown): string {
  if (typeof value === "symbol") throw new TypeError("Cannot convert a Symbol value to a string")
  const remedy = typeof value === "object" ? REMEDIES[Object.prototype.toString.call(value)] : undefined
  if (remedy !== undefined) throw new MissingFrameError(remedy)
  return textOf(value)
}

/** Objects that have bytes, which can only be read asynchronously, and how to send these. */
const REMEDIES: Readonly<Record<string, string | undefined>> = {
  "[object Blob]": "Cannot send a Blob: send its bytes, await blob.arrayBuffer()",
  "[object File]": "Cannot send a File: send its bytes, await file.arrayBuffer()",
  "[object Response]": "Cannot send a Response: send its bytes, await response.arrayBuffer()",
  "[object ReadableStream]": "Cannot send a ReadableStream: send its chunks, or pipe it into socket.sendable",
}

const textOf: (value: unknown) => string = String
