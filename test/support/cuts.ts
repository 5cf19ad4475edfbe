/** Every way to cut `bytes` into three pieces, empty ones left out. */
export function* cuts(bytes: Uint8Array): IterableIterator<Buffer[]> {
  const whole = Buffer.from(bytes)
  for (let first = 0; first <= whole.length; first++) {
    for (let second = first; second <= whole.length; second++) {
      yield [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)].filter(
        ({ length }) => length > 0,
      )
    }
  }
}

export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ""), "hex")
}
