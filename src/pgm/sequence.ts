// Sequence numbers have 32 bits and wrap around (RFC 3208, section 4.1; compared as in RFC 1982).

/** Number of steps from `from` to `to`; negative if `to` is before `from`. */
export function distance(from: number, to: number): number {
  return (to - from) | 0
}

/** The sequence number `steps` after `sequence`; before it if `steps` is negative. */
export function advance(sequence: number, steps: number): number {
  return (sequence + steps) >>> 0
}

/** A range of sequence numbers, including both ends. */
export interface SequenceRange {
  readonly first: number
  readonly last: number
}

/** Number of sequence numbers in a range. */
export function lengthOf({ first, last }: SequenceRange): number {
  return distance(first, last) + 1
}
