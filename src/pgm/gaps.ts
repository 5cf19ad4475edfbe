import { MAX_GAPS } from "./limits.js"
import { advance, distance, type SequenceRange } from "./sequence.js"

/** State of the repair of missing packets (RFC 3208, section 6.3). Times are in ms on the caller's clock. */
export type Repair =
  /** Waiting for a random time, because another receiver may request them first. */
  | { readonly kind: "backing-off"; readonly due: number }
  /** Requested; waiting for the confirmation. */
  | { readonly kind: "unconfirmed"; readonly due: number }
  /** Confirmed; waiting for the packets. */
  | { readonly kind: "confirmed"; readonly due: number }
  /** Given up. */
  | { readonly kind: "lost" }

/** A range of missing packets in the same state. */
export interface Gap extends SequenceRange {
  readonly repair: Repair
  /** Time at which they were detected as missing. */
  readonly since: number
  /** Number of requests that were not confirmed. */
  readonly unconfirmed: number
  /** Number of confirmed requests that were not followed by a repair. */
  readonly unrepaired: number
}

/**
 * The missing packets of a window as a sorted list of ranges, so that a forged sequence number costs only one entry.
 */
export class Gaps {
  #gaps: Gap[] = []

  get count(): number {
    return this.#gaps.length
  }

  get full(): boolean {
    return this.#gaps.length >= MAX_GAPS
  }

  first(): Gap | undefined {
    return this.#gaps[0]
  }

  [Symbol.iterator](): IterableIterator<Gap> {
    return this.#gaps.values()
  }

  /** Adds a range of missing packets at the end. */
  append(gap: Gap): void {
    this.#gaps.push(gap)
  }

  /** Removes the first gap. */
  shift(): void {
    this.#gaps.shift()
  }

  has(sequence: number): boolean {
    const gap = this.#gaps[this.#indexOf(sequence)]
    return gap !== undefined && distance(gap.first, sequence) >= 0
  }

  /** Removes `sequence`, which has arrived. Returns false if there is no room to split its gap. */
  remove(sequence: number): boolean {
    const index = this.#indexOf(sequence)
    const gap = this.#gaps[index]!
    const parts: Gap[] = []
    if (gap.first !== sequence) parts.push({ ...gap, last: advance(sequence, -1) })
    if (gap.last !== sequence) parts.push({ ...gap, first: advance(sequence, 1) })
    if (parts.length > 1 && this.full) return false
    this.#gaps.splice(index, 1, ...parts)
    return true
  }

  /** Replaces every gap by the result of `change`, which returns its argument to keep a gap. */
  update(change: (gap: Gap) => Gap): void {
    for (let index = 0; index < this.#gaps.length; index++) this.#gaps[index] = change(this.#gaps[index]!)
  }

  /**
   * Replaces the gaps within `first` to `last`. Gaps that extend beyond the range are split, as long as there is room.
   */
  updateRange({ first, last }: SequenceRange, change: (gap: Gap) => Gap): void {
    let index = this.#indexOf(first)
    for (let gap = this.#gaps[index]; gap !== undefined; gap = this.#gaps[index]) {
      if (distance(last, gap.first) > 0) return
      const start = distance(gap.first, first) > 0 ? first : gap.first
      const end = distance(last, gap.last) > 0 ? last : gap.last
      const parts: Gap[] = []
      if (start !== gap.first) parts.push({ ...gap, last: advance(start, -1) })
      parts.push(change({ ...gap, first: start, last: end }))
      if (end !== gap.last) parts.push({ ...gap, first: advance(end, 1) })
      if (this.#gaps.length + parts.length - 1 > MAX_GAPS) return
      this.#gaps.splice(index, 1, ...parts)
      index += parts.length
    }
  }

  /** Index of the first gap that ends at `sequence` or later. */
  #indexOf(sequence: number): number {
    let low = 0
    let high = this.#gaps.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (distance(this.#gaps[middle]!.last, sequence) > 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
