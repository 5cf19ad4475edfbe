import fc from "fast-check"
import { ProtocolError, RefusedError } from "../../src/zmtp/protocol-error.js"

/** A change to bytes in transit. */
export interface Mutation {
  /** Position as a fraction of the length, from 0 to 1. */
  readonly at: number
  readonly kind: "replace" | "insert" | "remove" | "truncate" | "repeat"
  readonly bytes: Uint8Array
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom("replace", "insert", "remove", "truncate", "repeat"),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
})

export function mutate(bytes: Uint8Array, { at, kind, bytes: change }: Mutation): Buffer {
  const position = Math.floor(at * bytes.length)
  const before = bytes.subarray(0, position)
  const after = bytes.subarray(position)
  switch (kind) {
    case "replace":
      return Buffer.concat([before, change, after.subarray(change.length)])
    case "insert":
      return Buffer.concat([before, change, after])
    case "remove":
      return Buffer.concat([before, after.subarray(change.length)])
    case "truncate":
      return Buffer.from(before)
    case "repeat":
      return Buffer.concat([before, after, after])
  }
}

/** Splits `bytes` at `places`, which are fractions of the length from 0 to 1. */
export function chunksOf(bytes: Uint8Array, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b), bytes.length]
  return ends.map((end, index) => Buffer.from(bytes.subarray(index === 0 ? 0 : ends[index - 1], end)))
}

export const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 })

/** Returns false if `attempt` throws an error that data from a peer may cause. Other errors are rethrown. */
export function survives(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch (error) {
    if (!(error instanceof ProtocolError || error instanceof RefusedError)) throw error
    return false
  }
}
