import { allocate, put, type Multipart } from "../../zmtp/bytes.js"
import type { PieceReceiver, PieceSender } from "./shared-queue.js"

/** Number of words in a mailbox, initially zero. */
export const MAILBOX_WORDS = 4

/** Word for the middle slot and whether it is fresh. The numbers of the slots' memory follow. */
const MIDDLE = 0
const MEMORY = 1

/** Flag: the message in the middle slot was not read. */
const FRESH = 4
const SLOT = 3

/** Initial slots of the writer and the reader. The middle one is 0. */
const WRITERS = 1
const READERS = 2

/** Size of the header of a slot, in bytes: the number of the message's memory, and the number of frames. */
const HEADER = 8
const SMALLEST_SLOT = 1024

/**
 * The writing end of a mailbox, which holds only the newest message, in memory that two threads share. Each end has a
 * slot, and exchanges it with the middle slot. Therefore, neither end waits for the other, and if the writer ends, the
 * newest complete message is still available.
 */
export class MailboxWriter {
  readonly #words: Int32Array
  readonly #memories: (SharedArrayBuffer | undefined)[] = []
  #slot = WRITERS

  constructor(
    words: Int32Array,
    private readonly pieces: PieceSender,
  ) {
    this.#words = words
  }

  write(message: Multipart, number: number): void {
    let length = HEADER
    for (const frame of message) length += 4 + frame.length
    const memory = this.#memory(length)
    const view = new DataView(memory)
    const bytes = new Uint8Array(memory)
    view.setInt32(0, number)
    view.setUint32(4, message.length)
    let at = HEADER
    for (const frame of message) {
      view.setUint32(at, frame.length)
      put(bytes, frame, at + 4)
      at += 4 + frame.length
    }
    this.#slot = Atomics.exchange(this.#words, MIDDLE, this.#slot | FRESH) & SLOT
  }

  /** Memory of the writer's slot. */
  #memory(length: number): SharedArrayBuffer {
    const memory = this.#memories[this.#slot]
    if (memory !== undefined && memory.byteLength >= length) return memory
    const larger = new SharedArrayBuffer(Math.max(SMALLEST_SLOT, 2 ** Math.ceil(Math.log2(length))))
    this.#memories[this.#slot] = larger
    Atomics.store(this.#words, MEMORY + this.#slot, this.pieces.send(larger))
    return larger
  }
}

/** The reading end of a mailbox. */
export class MailboxReader {
  /** Number of the newest message. */
  number = 0

  readonly #words: Int32Array
  readonly #memories: { readonly id: number; readonly memory: SharedArrayBuffer }[] = []
  #slot = READERS
  /** Number of the memory for which the message in the reader's slot waits; 0 if none. */
  #awaited = 0

  constructor(
    words: Int32Array,
    private readonly pieces: PieceReceiver,
  ) {
    this.#words = words
  }

  /** Whether there is a message, and its memory has arrived. */
  get readable(): boolean {
    return this.#awaited === 0 ? this.#fresh : this.pieces.has(this.#awaited)
  }

  /** Whether everything that was written was read or replaced. */
  get drained(): boolean {
    return this.#awaited === 0 && !this.#fresh
  }

  /** Whether the message waits for the memory `id`. */
  awaits(id: number): boolean {
    return this.#awaited === id
  }

  /** Reads the newest message, once. Its frames are views of memory that belongs to this thread. */
  read(): Multipart | undefined {
    if (this.#awaited === 0) {
      if (!this.#fresh) return undefined
      this.#slot = Atomics.exchange(this.#words, MIDDLE, this.#slot) & SLOT
    }
    const memory = this.#memory()
    if (memory === undefined) return undefined
    const view = new DataView(memory)
    this.number = view.getInt32(0)
    const message: Multipart = []
    let at = HEADER
    for (let count = view.getUint32(4); count > 0; count--) {
      const length = view.getUint32(at)
      const frame = allocate(length)
      frame.set(new Uint8Array(memory, at + 4, length))
      message.push(frame)
      at += 4 + length
    }
    return message
  }

  get #fresh(): boolean {
    return (Atomics.load(this.#words, MIDDLE) & FRESH) !== 0
  }

  /** Memory of the reader's slot, which the writer may have replaced; `undefined` until it has arrived. */
  #memory(): SharedArrayBuffer | undefined {
    const id = Atomics.load(this.#words, MEMORY + this.#slot)
    const known = this.#memories[this.#slot]
    if (known?.id === id) return known.memory
    this.#awaited = this.pieces.has(id) ? 0 : id
    if (this.#awaited !== 0) return undefined
    // Slots are never transferred.
    const memory = this.pieces.take(id) as SharedArrayBuffer
    this.#memories[this.#slot] = { id, memory }
    return memory
  }
}
