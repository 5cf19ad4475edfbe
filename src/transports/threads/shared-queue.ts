import { allocate, asFrame, copyShared, EMPTY, type Multipart } from "../../zmtp/bytes.js"

/** Takes shared memory to the reader of a queue, beside the queue. */
export interface PieceSender {
  /** Must arrive, even if the writer ends right then. Returns a number to ask for it by. */
  send(memory: SharedArrayBuffer): number
}

export interface PieceReceiver {
  /** Whether memory that `send` has sent is here. Where it can be looked for, it always is. */
  has(id: number): boolean
  /** That memory, once. */
  take(id: number): SharedArrayBuffer
}

/** Frames of this size and more have shared memory of their own: below it a second copy costs less than new memory. */
export const OWN_MEMORY = 4 * 1024 * 1024

/** A message that would need more in one place has all of its frames elsewhere: lengths are words of 32 bits. */
const LARGEST_RECORD = 512 * 1024 * 1024 - 64

const SMALLEST_RING = 16 * 1024
const LARGEST_RING = 1024 * 1024

/** Rings up to this size, which large messages need, are used again. */
const LARGEST_KEPT = 8 * 1024 * 1024

/** Bytes of rings that are kept to use again when the reader has caught up. */
const MOST_KEPT = 16 * 1024 * 1024

/** Most that the reader copies at once; frames are views of it. */
const CHUNK = 64 * 1024

/** Instead of the length of a record: go on at the start of the ring. */
const WRAP = -1
/** Go on in the ring whose number follows. */
const NEXT = -2
/** Instead of the length of a frame: the number of the memory that it has to itself follows. */
const ELSEWHERE = -1
/** Room for `NEXT` is always left. */
const NEXT_SIZE = 8

/** Words at the start of a ring's memory, each in a cache line of its own. */
const WRITTEN = 0
const READ = 16
/** The reader has left the ring. */
const LEFT = 32
const DATA = 256

/** A circular piece of shared memory; both positions count bytes and run over. */
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

/** Memory that a new queue begins with. */
export function newQueueMemory(): SharedArrayBuffer {
  return newRingMemory(SMALLEST_RING)
}

/** Whether memory of `size` bytes can be that of a queue. */
export function isQueueSize(size: number): boolean {
  const ring = size - DATA
  return ring >= SMALLEST_RING && powerOfTwo(ring) === ring
}

/**
 * The end of a queue of messages that writes. The queue lies in memory that two threads share: what is written can be
 * read whatever becomes of the writer, and a message is there as a whole or not at all. It grows as needed; how much
 * may wait in it is for others to say.
 */
export class QueueWriter {
  #ring: Ring
  #written = 0
  /** `READ` as it was when last looked at. */
  #read = 0
  /** Frames of this size and more have memory of their own, in the message that is being written. */
  #elsewhere = OWN_MEMORY
  /** Rings that were filled, oldest first. */
  readonly #filled: Ring[] = []

  constructor(
    memory: SharedArrayBuffer,
    private readonly pieces: PieceSender,
    private readonly largestRecord = LARGEST_RECORD,
  ) {
    this.#ring = new Ring(memory)
  }

  write(message: Multipart): void {
    this.#elsewhere = OWN_MEMORY
    let length = this.#lengthOf(message)
    if (length > this.largestRecord) {
      this.#elsewhere = 1
      length = this.#lengthOf(message)
    }
    const position = this.#reserve(length)
    if (position < 0) this.#writeToNext(message, length)
    else this.#put(message, length, position)
  }

  /** Of its record. */
  #lengthOf(message: Multipart): number {
    let length = 8
    for (const frame of message) length += 4 + (frame.length >= this.#elsewhere ? 4 : (frame.length + 3) & ~3)
    return length
  }

  /** Where a record of `length` bytes fits, -1 if it does not. */
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
    const memory = new SharedArrayBuffer(frame.length)
    new Uint8Array(memory).set(frame)
    return this.pieces.send(memory)
  }

  /** The message is in the next ring before the reader is sent there. */
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
   * One that the reader has left, or a new one, larger than the last. New memory costs several copies: as long as there
   * is a backlog all rings come round again, and only once the reader has caught up some are given away.
   */
  #nextRing(needed: number): Ring {
    const filled = this.#filled
    const several = needed * 2 <= LARGEST_KEPT ? needed * 2 : needed
    const size = Math.max(Math.min(this.#ring.size * 2, LARGEST_RING), powerOfTwo(several))
    // The reader leaves them in their order.
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

/** The end that reads. */
export class QueueReader {
  #ring: Ring
  #read = 0
  /** Whole records taken out of the ring, and how far they are read. */
  #chunk: Uint8Array = NOTHING
  #position = 0
  /** The memory that the next message needs and that has not arrived; 0 if none. */
  #awaited = 0

  constructor(
    memory: SharedArrayBuffer,
    private readonly pieces: PieceReceiver,
  ) {
    this.#ring = new Ring(memory)
  }

  /** Whether there is a next message, and all of it is here. */
  get readable(): boolean {
    return !this.drained && (this.#awaited === 0 || this.pieces.has(this.#awaited))
  }

  /** Whether everything that was written has been read. */
  get drained(): boolean {
    return this.#position === this.#chunk.length && Atomics.load(this.#ring.words, WRITTEN) === this.#read
  }

  /** Whether the next message waits for that memory. */
  awaits(id: number): boolean {
    return this.#awaited === id
  }

  /** The next message, or `undefined` when there is none. Its frames are views of memory that this thread alone has. */
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

  /** Chunks are not kept longer than their frames. */
  #forget(): void {
    this.#chunk = NOTHING
    this.#position = 0
  }

  /** Copies the records that wait, as far as they follow each other, and gives their place back to the writer. */
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
        Atomics.store(words, READ, this.#read)
        return true
      }
    }
  }

  #follow(id: number): void {
    const left = this.#ring
    this.#ring = new Ring(this.pieces.take(id))
    this.#read = 0
    Atomics.store(left.words, LEFT, 1)
  }
}

const NOTHING = new Uint8Array(0)

function newRingMemory(size: number): SharedArrayBuffer {
  return new SharedArrayBuffer(DATA + size)
}

/** Ring sizes are powers of two, and positions run over. */
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
