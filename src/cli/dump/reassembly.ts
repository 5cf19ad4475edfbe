import { MinHeap } from "./min-heap.js"

/** Maximum number of bytes to keep while an earlier one is missing. */
const PATIENCE = 4 * 1024 * 1024

/** Puts the segments of one direction of a TCP connection in order, each byte once. */
export class Reassembly {
  /** The byte that is due, counted from the first one, and its sequence number, modulo 2^32. */
  #due = 0
  #sequence: number | undefined
  /** What came before it was due, by the place of its first byte; and those places. */
  readonly #early = new Map<number, Buffer>()
  readonly #places = new MinHeap()
  #kept = 0

  constructor(
    private readonly deliver: (bytes: Buffer) => void,
    private readonly missing: (size: number) => void,
  ) {}

  /** The number before the first byte, from SYN. One that comes again, or late, changes nothing. */
  begin(sequence: number): void {
    this.#sequence ??= (sequence + 1) >>> 0
  }

  add(sequence: number, payload: Buffer): void {
    if (payload.length === 0) return
    // A capture that begins later than the connection is taken from where it begins.
    this.#sequence ??= sequence
    const place = this.#due + ((sequence - this.#sequence) | 0)
    if (place > this.#due) this.#keep(place, payload)
    else {
      this.#take(place, payload)
      this.#catchUp()
    }
  }

  /** Nothing more comes: what was kept is delivered, gaps and all. */
  end(): void {
    while (this.#early.size > 0) this.#skip()
  }

  /** Delivers what is new of `payload`, which begins at `place`. */
  #take(place: number, payload: Buffer): void {
    const fresh = payload.subarray(this.#due - place)
    if (fresh.length === 0) return
    this.#advance(fresh.length)
    this.deliver(fresh)
  }

  /** Delivers what is due of that which came early. */
  #catchUp(): void {
    for (let place = this.#places.smallest; place !== undefined && place <= this.#due; place = this.#places.smallest) {
      const payload = this.#early.get(place)!
      this.#places.pop()
      this.#early.delete(place)
      this.#kept -= payload.length
      this.#take(place, payload)
    }
  }

  #keep(place: number, payload: Buffer): void {
    const known = this.#early.get(place)
    if (known !== undefined && known.length >= payload.length) return
    if (known === undefined) this.#places.push(place)
    this.#early.set(place, payload)
    this.#kept += payload.length - (known?.length ?? 0)
    if (this.#kept > PATIENCE) this.#skip()
  }

  /** Gives up on what is missing before the earliest bytes that are there. */
  #skip(): void {
    const gap = this.#places.smallest! - this.#due
    this.#advance(gap)
    this.missing(gap)
    this.#catchUp()
  }

  #advance(size: number): void {
    this.#due += size
    this.#sequence = (this.#sequence! + size) >>> 0
  }
}
