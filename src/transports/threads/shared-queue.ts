import { allocate, asFrame, EMPTY, view, type Multipart } from "../../zmtp/bytes.js"
import { copyShared } from "./copy-shared.js"

/** Sends memory to the reader of a queue, outside of the queue. */
export interface PieceSender {
  /**
   * Sends memory. It must arrive even if the writer ends immediately afterward. Returns the number that identifies it.
   */
  send(memory: SharedArrayBuffer): number
  /**
   * Sends the bytes of a frame, in memory that the reader then owns. They may be lost if the writer's thread is terminated
   * immediately afterward. Without this method, frames have shared memory of their own. Returns the number that
   * identifies the memory.
   */
  transfer?(frame: Uint8Array): number
  /** Minimum size of frames with memory of their own. Default: `OWN_MEMORY`. */
  readonly ownMemory?: number
}

export interface PieceReceiver {
  /** Whether the memory `id` has arrived. If the runtime can check for it, memory that was sent has always arrived. */
  has(id: number): boolean
  /** Returns the memory `id`, and forgets it. */
  take(id: number): ArrayBufferLike
}

/** Frames of at least this size have memory of their own. Below it, a second copy is cheaper than new memory. */
export const OWN_MEMORY = 4 * 1024 * 1024

/** The same for frames whose memory can be transferred without a copy: below it, two copies are cheaper than a transfer. */
export const TRANSFERRED = 48 * 1024

/** Maximum size of a record. In larger messages, all frames have their own memory, because lengths are 32-bit words. */
const LARGEST_RECORD = 512 * 1024 * 1024 - 64

const SMALLEST_RING = 16 * 1024
const LARGEST_RING = 1024 * 1024

/** Maximum size of a ring that is reused. Large messages need larger ones. */
const LARGEST_KEPT = 8 * 1024 * 1024

/** Maximum total size of the rings that are kept for reuse when the queue is empty, in bytes. */
const MOST_KEPT = 16 * 1024 * 1024

/** Maximum number of bytes that the reader copies at once. Frames are views of the copy. */
const CHUNK = 64 * 1024

/** Records of at least this size are lent, if the reader's user releases them. Smaller ones are copied when they are sent. */
const LENT = 16 * 1024

/** In place of a record's length: continue at the start of the ring. */
const WRAP = -1
/** Continue in another ring, whose number follows. */
const NEXT = -2
/** In place of a frame's length: the number of the frame's own memory follows. */
const ELSEWHERE = -1
/** Size of `NEXT`, for which room is always reserved. */
const NEXT_SIZE = 8

/** Words at the start of a ring's memory, each in a separate cache line. */
const WRITTEN = 0
const READ = 16
/** Whether the reader has left the ring. */
const LEFT = 32
const DATA = 256

/** A circular buffer in shared memory. The positions count bytes and wrap around. */
class Ring {
  readonly words: Int32Array
  readonly bytes: Uint8Array
  readonly size: number

  constructor(readonly memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory, 0, DATA / 4)
    this.bytes = new Uint8Array(memory, DATA)
    this.size = memory.byteLength - DATA
  }
}

/** Creates the memory of a new queue. */
export function newQueueMemory(): SharedArrayBuffer {
  return newRingMemory(SMALLEST_RING)
}

/** Whether memory of `size` bytes can belong to a queue. */
export function isQueueSize(size: number): boolean {
  const ring = size - DATA
  return ring >= SMALLEST_RING && powerOfTwo(ring) === ring
}

/**
 * The writing end of a queue of messages in memory that two threads share. Written messages can be read even if the
 * writer ends, and are available completely or not at all. The queue grows as needed; its users limit the number of
 * messages.
 */
export class QueueWriter {
  #ring: Ring
  #written = 0
  /** The last value that was read from `READ`. */
  #read = 0
  /** Minimum size of frames with their own memory, usually and for the message being written. */
  readonly #own: number
  #elsewhere = OWN_MEMORY
  /** Rings that were filled, oldest first. */
  readonly #filled: Ring[] = []

  constructor(
    memory: SharedArrayBuffer,
    private readonly pieces: PieceSender,
    private readonly largestRecord = LARGEST_RECORD,
  ) {
    this.#ring = new Ring(memory)
    this.#own = pieces.ownMemory ?? OWN_MEMORY
  }

  write(message: Multipart): void {
    this.#elsewhere = this.#own
    let length = this.#lengthOf(message)
    if (length > this.largestRecord) {
      this.#elsewhere = 1
      length = this.#lengthOf(message)
    }
    const position = this.#reserve(length)
    if (position < 0) this.#writeToNext(message, length)
    else this.#put(message, length, position)
  }

  /** Length of the record of `message`. */
  #lengthOf(message: Multipart): number {
    let length = 8
    for (const frame of message) length += 4 + (frame.length >= this.#elsewhere ? 4 : (frame.length + 3) & ~3)
    return length
  }

  /** Position at which a record of `length` bytes fits; -1 if it does not. */
  #reserve(length: number): number {
    const { size, words, bytes } = this.#ring
    const needed = length + NEXT_SIZE
    for (let look = 0; look < 2; look++) {
      const position = modulo(this.#written, size)
      const used = (this.#written - this.#read) | 0
      const tail = size - position
      if (needed <= tail) {
        if (used + needed <= size) return position
      } else if (used + tail + needed <= size) {
        putWord(bytes, position, WRAP)
        this.#written = (this.#written + tail) | 0
        return 0
      }
      this.#read = Atomics.load(words, READ)
    }
    return -1
  }

  #put(message: Multipart, length: number, position: number): void {
    const { bytes, words } = this.#ring
    putWord(bytes, position, length)
    putWord(bytes, position + 4, message.length)
    let at = position + 8
    for (const frame of message) {
      const size = frame.length
      if (size >= this.#elsewhere) {
        putWord(bytes, at, ELSEWHERE)
        putWord(bytes, at + 4, this.#share(frame))
        at += 8
        continue
      }
      putWord(bytes, at, size)
      at += 4
      if (size <= 32) for (let index = 0; index < size; index++) bytes[at + index] = frame[index]!
      else copyShared(bytes, at, frame)
      at += (size + 3) & ~3
    }
    this.#written = (this.#written + length) | 0
    Atomics.store(words, WRITTEN, this.#written)
  }

  #share(frame: Uint8Array): number {
    const { pieces } = this
    if (pieces.transfer !== undefined) return pieces.transfer(frame)
    const memory = new SharedArrayBuffer(frame.length)
    new Uint8Array(memory).set(frame)
    return pieces.send(memory)
  }

  /** Writes the message to the next ring, before the reader is directed there. */
  #writeToNext(message: Multipart, length: number): void {
    const full = this.#ring
    const end = this.#written
    const next = this.#nextRing(length + NEXT_SIZE)
    const id = this.pieces.send(next.memory)
    if (full.size <= LARGEST_KEPT) this.#filled.push(full)
    this.#ring = next
    this.#written = this.#read = 0
    this.#put(message, length, 0)
    putWord(full.bytes, modulo(end, full.size), NEXT)
    putWord(full.bytes, modulo(end, full.size) + 4, id)
    Atomics.store(full.words, WRITTEN, (end + NEXT_SIZE) | 0)
  }

  /**
   * Returns a ring that the reader has left, or a new one that is larger than the last. New memory costs as much as
   * several copies, so during a backlog all rings are reused. Some are released only when the queue is empty.
   */
  #nextRing(needed: number): Ring {
    const filled = this.#filled
    const several = needed * 2 <= LARGEST_KEPT ? needed * 2 : needed
    const size = Math.max(Math.min(this.#ring.size * 2, LARGEST_RING), powerOfTwo(several))
    // The reader leaves the rings in order.
    while (filled.length > 0 && Atomics.load(filled[0]!.words, LEFT) === 1) {
      const surplus = filled.length > MOST_KEPT / size && Atomics.load(filled.at(-1)!.words, LEFT) === 1
      const ring = filled.shift()!
      if (ring.size < size || surplus) continue
      ring.words.fill(0)
      return ring
    }
    return new Ring(newRingMemory(size))
  }
}

/** A ring whose memory is used by messages that were read, and the notification for the writer once it no longer is. */
interface Lease {
  readonly ring: Ring
  read: number
  left: boolean
}

/** The reading end. */
export class QueueReader {
  #ring: Ring
  #read = 0
  /** Complete records that were copied from the ring, and the read position in them. */
  #chunk: Uint8Array = NOTHING
  #position = 0
  /** Number of the memory for which the next message waits; 0 if none. */
  #awaited = 0
  /** Oldest first. */
  #leases: Lease[] = []

  /** @param lends Whether large frames are views of the queue, whose memory is used again after `release`. */
  constructor(
    memory: SharedArrayBuffer,
    private readonly pieces: PieceReceiver,
    private readonly lends = false,
  ) {
    this.#ring = new Ring(memory)
  }

  /** Whether there is a message, and all of it has arrived. */
  get readable(): boolean {
    return !this.drained && (this.#awaited === 0 || this.pieces.has(this.#awaited))
  }

  /** Whether everything that was written was read. */
  get drained(): boolean {
    return this.#position === this.#chunk.length && Atomics.load(this.#ring.words, WRITTEN) === this.#read
  }

  /** Whether the next message waits for the memory `id`. */
  awaits(id: number): boolean {
    return this.#awaited === id
  }

  /** The memory of all messages that were read is no longer used. */
  release(): void {
    if (this.#leases.length === 0) return
    for (const { ring, read, left } of this.#leases) {
      Atomics.store(ring.words, READ, read)
      if (left) Atomics.store(ring.words, LEFT, 1)
    }
    this.#leases = []
  }

  /**
   * The next message, or `undefined` if there is none. Its frames are views of memory that belongs to this thread, or of
   * the queue, if it lends them.
   */
  read(): Multipart | undefined {
    if (this.#awaited !== 0 && !this.#found(this.#awaited)) return undefined
    if (this.#position === this.#chunk.length && !this.#refill()) return undefined
    const chunk = this.#chunk
    const start = this.#position
    const count = getWord(chunk, start + 4)
    const message: Multipart = []
    let elsewhere: number[] | undefined
    let at = start + 8
    for (let frame = 0; frame < count; frame++) {
      const size = getWord(chunk, at)
      at += 4
      if (size === ELSEWHERE) {
        const id = getWord(chunk, at)
        if (!this.#found(id)) return undefined
        elsewhere ??= []
        elsewhere[frame] = id
        message.push(EMPTY)
        at += 4
        continue
      }
      message.push(chunk.subarray(at, at + size))
      at += (size + 3) & ~3
    }
    elsewhere?.forEach((id, frame) => (message[frame] = asFrame(new Uint8Array(this.pieces.take(id)))))
    this.#position = at
    if (at === chunk.length) this.#forget()
    return message
  }

  #found(id: number): boolean {
    const found = this.pieces.has(id)
    this.#awaited = found ? 0 : id
    return found
  }

  /** Drops the current chunk, so that only its frames keep it alive. */
  #forget(): void {
    this.#chunk = NOTHING
    this.#position = 0
  }

  /** Copies consecutive records, and releases their space to the writer. */
  #refill(): boolean {
    for (;;) {
      const { words, bytes, size } = this.#ring
      const waiting = (Atomics.load(words, WRITTEN) - this.#read) | 0
      if (waiting === 0) return false
      const start = modulo(this.#read, size)
      const first = getWord(bytes, start)
      if (first === WRAP) this.#read = (this.#read + size - start) | 0
      else if (first === NEXT) {
        const id = getWord(bytes, start + 4)
        if (!this.#found(id)) return false
        this.#follow(id)
      } else {
        if (this.lends && first >= LENT) {
          this.#lend(start, first)
          return true
        }
        const end = start + waiting
        let until = start + first
        while (until < end) {
          const length = getWord(bytes, until)
          if (length < 0 || until + length - start > CHUNK) break
          until += length
        }
        const chunk = allocate(until - start)
        copyShared(chunk, 0, bytes.subarray(start, until))
        this.#chunk = chunk
        this.#position = 0
        this.#read = (this.#read + until - start) | 0
        if (this.#leases.length === 0) Atomics.store(words, READ, this.#read)
        else this.#lease().read = this.#read
        return true
      }
    }
  }

  /** Reads one record without copying it. */
  #lend(start: number, length: number): void {
    this.#chunk = view(this.#ring.memory, DATA + start, length)
    this.#position = 0
    this.#read = (this.#read + length) | 0
    this.#lease().read = this.#read
  }

  /** The lease of the current ring. */
  #lease(): Lease {
    const last = this.#leases.at(-1)
    if (last?.ring === this.#ring) return last
    const lease = { ring: this.#ring, read: this.#read, left: false }
    this.#leases.push(lease)
    return lease
  }

  #follow(id: number): void {
    const left = this.#ring
    const lease = this.#leases.length === 0 ? undefined : this.#lease()
    // Rings are never transferred.
    this.#ring = new Ring(this.pieces.take(id) as SharedArrayBuffer)
    this.#read = 0
    if (lease === undefined) Atomics.store(left.words, LEFT, 1)
    else lease.left = true
  }
}

const NOTHING = new Uint8Array(0)

function newRingMemory(size: number): SharedArrayBuffer {
  return new SharedArrayBuffer(DATA + size)
}

/** Remainder of a position that may have wrapped around. Ring sizes are powers of two. */
function modulo(position: number, size: number): number {
  return position & (size - 1)
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least))
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word
  bytes[at + 1] = word >> 8
  bytes[at + 2] = word >> 16
  bytes[at + 3] = word >> 24
}

function getWord(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
