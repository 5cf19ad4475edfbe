import { MinHeap } from "./min-heap.js"

/** Maximum number of bytes to keep while earlier bytes are missing. */
const MAX_KEPT = 4 * 1024 * 1024

/** Orders the segments of one direction of a TCP connection, and drops duplicates. */
export class Reassembly {
  /** Offset of the next byte, and its sequence number modulo 2^32. */
  #due = 0
  #sequence: number | undefined
  /** Segments that arrived early by offset, and the sorted offsets. */
  readonly #early = new Map<number, Buffer>()
  readonly #places = new MinHeap()
  #kept = 0

  constructor(
    private readonly deliver: (bytes: Buffer) => void,
    private readonly missing: (size: number) => void,
  ) {}

  /** Sets the sequence number before the first byte, from SYN. Duplicates have no effect. */
  begin(sequence: number): void {
    this.#sequence ??= (sequence + 1) >>> 0
  }

  add(sequence: number, payload: Buffer): void {
    if (payload.length === 0) return
    // A capture may begin after the connection was established.
    this.#sequence ??= sequence
    const place = this.#due + ((sequence - this.#sequence) | 0)
    if (place > this.#due) this.#keep(place, payload)
    else {
      this.#take(place, payload)
      this.#catchUp()
    }
  }

  /** Delivers the remaining segments despite gaps, because nothing more arrives. */
  end(): void {
    while (this.#early.size > 0) this.#skip()
  }

  /** Delivers the new bytes of `payload`, which begins at offset `place`. */
  #take(place: number, payload: Buffer): void {
    const fresh = payload.subarray(this.#due - place)
    if (fresh.length === 0) return
    this.#advance(fresh.length)
    this.deliver(fresh)
  }

  /** Delivers early segments that are now due. */
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
    if (this.#kept > MAX_KEPT) this.#skip()
  }

  /** Skips the missing bytes before the earliest segment. */
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
