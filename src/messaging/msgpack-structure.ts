/** Maximum nesting depth of arrays and maps. */
export const MAX_DEPTH = 512

/** Formats whose first byte is 0xc0 to 0xdf, in this order (MessagePack specification, "Formats"). */
const FORMATS: readonly Format[] = [
  ...bytes(0, 0, 0, 0), // nil, never used, false, true
  ...sized(1, 2, 4), // bin
  { digits: 1, size: 1 }, // ext, with one byte for the type
  { digits: 2, size: 1 },
  { digits: 4, size: 1 },
  ...bytes(4, 8), // float
  ...bytes(1, 2, 4, 8), // uint
  ...bytes(1, 2, 4, 8), // int
  ...bytes(2, 3, 5, 9, 17), // fixext, including the type
  ...sized(1, 2, 4), // str
  { digits: 2, values: 1 }, // array
  { digits: 4, values: 1 },
  { digits: 2, values: 2 }, // map
  { digits: 4, values: 2 },
]

interface Format {
  /** Size of the number that follows the first byte, in bytes. */
  readonly digits: 0 | 1 | 2 | 4
  /** Number of bytes that follow the number, in addition to as many as it specifies if it is a length in bytes. */
  readonly size?: number
  /** Number of values that follow for each element, if the number is a count of elements. */
  readonly values?: number
}

/**
 * Checks the sizes in a message against the number of bytes left, at every depth, before it is decoded, because
 * decoders allocate arrays of the announced size. Leaves all other errors to the decoder.
 * @throws RangeError if values or bytes are missing, or if arrays and maps are nested deeper than `MAX_DEPTH`.
 */
export function checkStructure(message: Uint8Array): void {
  const { length } = message
  /** Number of values missing from the innermost array or map, and from each array or map around it. */
  let due = 1
  const outer: number[] = []
  let position = 0
  for (;;) {
    const type = message[position++]!
    due--
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
  return new RangeError(`Truncated MessagePack: its sizes exceed its ${length} bytes`)
}

function bytes(...sizes: readonly number[]): Format[] {
  return sizes.map((size) => ({ digits: 0, size }))
}

function sized(...digits: readonly Format["digits"][]): Format[] {
  return digits.map((digits) => ({ digits, size: 0 }))
}
