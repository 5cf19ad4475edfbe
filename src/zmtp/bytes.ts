/** One frame's body. In Node it is a `Buffer`, elsewhere a plain `Uint8Array`. */
export type Frame = Uint8Array

/** A whole message, one element per frame. Never empty. */
export type Multipart = Frame[]

/** Frames up to this many bytes are copied when they must be kept; larger ones are referenced. */
export const COPY_LIMIT = 128

/**
 * Size of the slab that small copies share, in bytes. One copy that is kept alive keeps at most this much memory alive.
 */
const COPY_SLAB = 8 * 1024

/** Uninitialized memory. The caller writes every byte before anything reads one. */
export const allocate: (size: number) => Frame =
  typeof Buffer === "undefined" ? (size) => new Uint8Array(size) : (size) => Buffer.allocUnsafe(size)

/** Uninitialized memory that is not part of a pool, for long-lived slabs. */
export const allocateSlab: (size: number) => Frame =
  typeof Buffer === "undefined" ? (size) => new Uint8Array(size) : (size) => Buffer.allocUnsafeSlow(size)

/**
 * The platform's class of frames: `Buffer` itself, taken from `Symbol.species` to bypass the checks of `Buffer.from`.
 */
const FrameArray =
  typeof Buffer === "undefined"
    ? Uint8Array
    : (Buffer as unknown as Record<symbol, Uint8ArrayConstructor>)[Symbol.species]!

/** `length` bytes of `memory` as a frame. Takes half the time of `subarray`. */
export function view(memory: ArrayBufferLike, offset: number, length: number): Frame {
  return new FrameArray(memory, offset, length)
}

/** UTF-8 bytes of `text`. */
export const encodeText: (text: string) => Frame =
  typeof Buffer === "undefined" ? (text) => new TextEncoder().encode(text) : (text) => Buffer.from(text, "utf8")

/** Decodes UTF-8. Invalid bytes become U+FFFD. */
export const decodeText: (bytes: Uint8Array) => string =
  typeof Buffer === "undefined"
    ? (bytes) => new TextDecoder().decode(bytes)
    : (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")

/** One character per byte, so that binary names can be keys of a `Map`. */
export const binaryKey: (bytes: Uint8Array) => string =
  typeof Buffer === "undefined"
    ? (bytes) => {
        let key = ""
        for (const byte of bytes) key += String.fromCharCode(byte)
        return key
      }
    : (bytes) => (asFrame(bytes) as Buffer).toString("latin1")

/** The inverse of `binaryKey`. The bytes have memory of their own. */
export function bytesOfKey(key: string): Frame {
  const bytes = allocateSlab(key.length)
  for (let index = 0; index < key.length; index++) bytes[index] = key.charCodeAt(index)
  return bytes
}

/** Whether `value` is a `Uint8Array`, from this realm or another one: an iframe, `vm`, or Jest. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || (ArrayBuffer.isView(value) && tagOf(value) === "[object Uint8Array]")
}

/** Whether `value` is an `ArrayBuffer` or a `SharedArrayBuffer`, from any realm. */
export function isMemory(value: unknown): value is ArrayBufferLike {
  const tag = tagOf(value)
  if (tag === "[object ArrayBuffer]") return hasLength(ArrayBuffer, value)
  return tag === "[object SharedArrayBuffer]" && hasLength(SharedArrayBuffer, value)
}

/**
 * Moves the bytes of `memory` to a new `ArrayBuffer` without copying them. `memory` and its views are empty afterward.
 */
export function detach(memory: ArrayBuffer): ArrayBuffer {
  const { transfer } = memory as ArrayBuffer & { readonly transfer?: () => ArrayBuffer }
  return transfer === undefined ? structuredClone(memory, { transfer: [memory] }) : transfer.call(memory)
}

/** The type that an object claims to have. Any object can claim any type. */
function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}

/** Whether `value` has the internal slots of `type`, in any realm: otherwise the getter throws. */
function hasLength(type: { readonly prototype: object }, value: unknown): boolean {
  try {
    Reflect.get(type.prototype, "byteLength", value)
    return true
  } catch {
    return false
  }
}

/**
 * The same memory as the platform's frame type. Outside Node, shared memory is copied, because `Blob`, `fetch`, and
 * `crypto.subtle` accept only memory that is not shared.
 */
export const asFrame: (bytes: Uint8Array) => Frame =
  typeof Buffer === "undefined"
    ? (bytes) => (tagOf(bytes.buffer) === "[object SharedArrayBuffer]" ? new Uint8Array(bytes) : bytes)
    : (bytes) => (bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))

export const EMPTY: Frame = /* @__PURE__ */ allocateSlab(0)

/**
 * Copies `frame` into `target`, starting at `position`. The application may have transferred the frame's memory since
 * it sent the frame; the frame is then empty, and `set` would throw.
 */
export function put(target: Uint8Array, frame: Uint8Array, position: number): void {
  if (frame.length > 0) target.set(frame, position)
}

/**
 * `frame` in memory of a fixed size. Resizable memory is copied, because shrinking it during a system call would remove
 * bytes that the system is reading.
 */
export function inFixedMemory(frame: Frame): Frame {
  const memory = frame.buffer as { readonly resizable?: boolean; readonly growable?: boolean } | undefined
  return (memory?.resizable ?? memory?.growable) === true ? copyAlone(frame) : frame
}

/**
 * `pieces` with the `lengths` that were announced to the peer. If the application has transferred a piece's memory
 * since then, zeros replace the missing bytes, so that the peer does not read the next frame as part of this one.
 */
export function withLengths(pieces: Uint8Array[], lengths: readonly number[]): Uint8Array[] {
  for (let index = 0; index < pieces.length; index++) {
    if (pieces[index]!.length !== lengths[index]) return padWithZeros(pieces, lengths)
  }
  return pieces
}

function padWithZeros(pieces: readonly Uint8Array[], lengths: readonly number[]): Uint8Array[] {
  const whole: Uint8Array[] = []
  const zeros = new ArrayBuffer(ZEROS)
  pieces.forEach((piece, index) => {
    const length = lengths[index]!
    const left = Math.min(piece.length, length)
    if (left > 0) whole.push(piece.subarray(0, left))
    // Fill in blocks, so that a large gap does not need a large allocation.
    for (let missing = length - left; missing > 0; missing -= ZEROS) {
      whole.push(new Uint8Array(zeros, 0, Math.min(missing, ZEROS)))
    }
  })
  return whole
}

/** Size of the block of zeros that replaces missing bytes. */
const ZEROS = 64 * 1024

/** A copy. In Node, small copies share a pool. */
export const copy: (bytes: Uint8Array) => Frame =
  typeof Buffer === "undefined" ? (bytes) => new Uint8Array(bytes) : copyToSlab

/** A copy with its own buffer, so that keeping it for long keeps nothing else alive. */
export const ownCopy: (bytes: Uint8Array) => Frame = typeof Buffer === "undefined" ? copy : copyAlone

export function copyAlone(bytes: Uint8Array): Frame {
  const alone = allocateSlab(bytes.length)
  put(alone, bytes, 0)
  return alone
}

let slab = EMPTY
/** Memory of the current slab. */
let memory: ArrayBufferLike | undefined
let used = 0

function copyToSlab(bytes: Uint8Array): Frame {
  const { length } = bytes
  if (length > COPY_LIMIT) {
    const target = allocate(length)
    target.set(bytes)
    return target
  }
  if (memory === undefined || used + length > slab.length) {
    slab = allocateSlab(COPY_SLAB)
    memory = slab.buffer
    used = 0
  }
  const at = used
  put(slab, bytes, at)
  used = at + length
  return view(memory, at, length)
}

/** Joins all `parts` into one frame of `length` bytes. */
export function concat(parts: readonly Uint8Array[], length: number): Frame {
  const whole = allocate(length)
  let position = 0
  for (const part of parts) {
    put(whole, part, position)
    position += part.length
  }
  return whole
}

/** Total size of all frames or pieces, in bytes. */
export function sizeOf(frames: readonly Uint8Array[]): number {
  let size = 0
  for (let index = 0; index < frames.length; index++) size += frames[index]!.length
  return size
}

/** `message` in a form that can be kept after `send` returns: small frames are copied, larger ones referenced. */
export function retain(message: Multipart): Multipart {
  return message.length === 1 ? [keep(message[0]!)] : message.map(keep)
}

function keep(frame: Frame): Frame {
  return frame.length <= COPY_LIMIT ? copy(frame) : asFrame(frame)
}
