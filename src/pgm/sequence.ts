// Sequence numbers have 32 bits and wrap around (RFC 3208, section 4.1; compared as in RFC 1982).

/** How far `to` is ahead of `from`; negative when it is behind. */
export function distance(from: number, to: number): number {
  return (to - from) | 0
}

/** The sequence number `steps` after `sequence`, or before it when `steps` is negative. */
export function advance(sequence: number, steps: number): number {
  return (sequence + steps) >>> 0
}

/** A run of sequence numbers, both ends included. */
export interface SequenceRange {
  readonly first: number
  readonly last: number
}

/** How many sequence numbers a range has. */
export function lengthOf({ first, last }: SequenceRange): number {
  return distance(first, last) + 1
}
