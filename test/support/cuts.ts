import { randomOf } from "../../src/testing/random.js"

/** Every way to split `bytes` into three pieces. Empty pieces are left out. */
export function* cuts(bytes: Uint8Array): IterableIterator<Buffer[]> {
  const whole = Buffer.from(bytes)
  for (let first = 0; first <= whole.length; first++) {
    for (let second = first; second <= whole.length; second++) {
      yield cut(whole, first, second)
    }
  }
}

/**
 * For streams with too many splits to try them all: single bytes, every way to split `bytes` in two, every way to split it
 * in three next to `borders`, and `others` random ways, which `seed` determines.
 */
export function* someCuts(
  bytes: Uint8Array,
  borders: readonly number[],
  { others, seed }: { readonly others: number; readonly seed: number },
): IterableIterator<Buffer[]> {
  const whole = Buffer.from(bytes)
  yield Array.from(whole, (byte) => Buffer.of(byte))
  for (let at = 0; at <= whole.length; at++) yield cut(whole, at, at)
  const beside = [...new Set(borders.flatMap((at) => [at - 1, at, at + 1]))].filter((at) => at > 0 && at < whole.length)
  for (const first of beside) for (const second of beside) if (first < second) yield cut(whole, first, second)
  const random = randomOf(seed)
  const somewhere = (): number => Math.floor(random() * (whole.length + 1))
  for (let index = 0; index < others; index++) {
    const [first, second] = [somewhere(), somewhere()]
    yield cut(whole, Math.min(first, second), Math.max(first, second))
  }
}

function cut(whole: Buffer, first: number, second: number): Buffer[] {
  return [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)].filter(
    ({ length }) => length > 0,
  )
}

export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ""), "hex")
}
