/** Maximum nesting depth of arrays and maps. */
export const MAX_DEPTH = 512

/** Values whose first byte is 0xc0 to 0xdf, in that order (MessagePack specification, "Formats"). */
const FORMATS: readonly Format[] = [
  ...bytes(0, 0, 0, 0), // nil, never used, false, true
  ...sized(1, 2, 4), // bin
  { digits: 1, size: 1 }, // ext, whose type is a byte more
  { digits: 2, size: 1 },
  { digits: 4, size: 1 },
  ...bytes(4, 8), // float
  ...bytes(1, 2, 4, 8), // uint
  ...bytes(1, 2, 4, 8), // int
  ...bytes(2, 3, 5, 9, 17), // fixext, type included
  ...sized(1, 2, 4), // str
  { digits: 2, values: 1 }, // array
  { digits: 4, values: 1 },
  { digits: 2, values: 2 }, // map
  { digits: 4, values: 2 },
]

interface Format {
  /** Bytes of the number that comes first. */
  readonly digits: 0 | 1 | 2 | 4
  /** How many bytes follow, beside as many as that number says where it counts bytes. */
  readonly size?: number
  /** How many values follow for each that it counts, where it counts those. */
  readonly values?: number
}

/**
 * Checks the sizes that a message announces against the bytes that are left, at every depth, before anything is decoded:
 * decoders make an array of its announced size when they see its header. What else is wrong is for them to find.
 * @throws RangeError when values or bytes are missing, or arrays and maps nest deeper than `MAX_DEPTH`.
 */
export function checkStructure(message: Uint8Array): void {
  const { length } = message
  /** Values that are still due in the innermost array or map, in each of those around it, and in all of them together. */
  let due = 1
  const outer: number[] = []
  let all = 1
  let position = 0
  for (;;) {
    // Each value takes a byte at least.
    if (all > length - position) throw tooShort(length)
    const type = message[position++]!
    due--
    all--
    let values = 0
    if (type >= 0xc0 && type < 0xe0) {
      const format = FORMATS[type - 0xc0]!
      if (format.digits > length - position) throw tooShort(length)
      const number = readNumber(message, position, format.digits)
      position += format.digits
      if (format.values === undefined) position += number + format.size!
      else values = number * format.values
    } else if (type >= 0xa0 && type < 0xc0) position += type & 0x1f
    else if (type >= 0x90 && type < 0xa0) values = type & 0x0f
    else if (type >= 0x80 && type < 0x90) values = 2 * (type & 0x0f)
    if (position > length) throw tooShort(length)
    if (values > 0) {
      if (outer.push(due) > MAX_DEPTH) throw new RangeError(`MessagePack nested more than ${MAX_DEPTH} levels deep`)
      due = values
      all += values
    }
    while (due === 0) {
      const next = outer.pop()
      if (next === undefined) return
      due = next
    }
  }
}

function readNumber(message: Uint8Array, position: number, digits: Format["digits"]): number {
  let number = 0
  for (let index = 0; index < digits; index++) number = number * 0x100 + message[position + index]!
  return number
}

function tooShort(length: number): Error {
  return new RangeError(`Truncated MessagePack: it announces more than its ${length} bytes`)
}

function bytes(...sizes: readonly number[]): Format[] {
  return sizes.map((size) => ({ digits: 0, size }))
}

function sized(...digits: readonly Format["digits"][]): Format[] {
  return digits.map((digits) => ({ digits, size: 0 }))
}
