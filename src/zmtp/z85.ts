/** The digits of Z85 (RFC 32). */
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

const VALUES = /* @__PURE__ */ new Map(/* @__PURE__ */ Array.from(DIGITS, (digit, value) => [digit, value]))

/** Encodes each four bytes as five characters. @throws RangeError if the length is not a multiple of four. */
export function encodeZ85(bytes: Uint8Array): string {
  if (bytes.length % 4 !== 0)
    throw new RangeError(`Invalid length: Z85 encodes multiples of 4 bytes, got ${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let text = ""
  for (let position = 0; position < bytes.length; position += 4) {
    const number = view.getUint32(position)
    for (let place = 85 ** 4; place >= 1; place /= 85) text += DIGITS[Math.floor(number / place) % 85]!
  }
  return text
}

/** Decodes Z85. @throws RangeError if `text` is not valid. */
export function decodeZ85(text: string): Uint8Array {
  if (text.length % 5 !== 0)
    throw new RangeError(`Invalid length: Z85 text has a multiple of 5 characters, got ${text.length}`)
  const bytes = new Uint8Array((text.length / 5) * 4)
  const view = new DataView(bytes.buffer)
  for (let group = 0; group < text.length / 5; group++) {
    let number = 0
    for (const digit of text.slice(group * 5, group * 5 + 5)) {
      const value = VALUES.get(digit)
      if (value === undefined) throw new RangeError(`Invalid Z85 digit ${JSON.stringify(digit)}`)
      number = number * 85 + value
    }
    if (number > 0xffff_ffff) throw new RangeError("Invalid Z85 text: five digits exceed 32 bits")
    view.setUint32(group * 4, number)
  }
  return bytes
}
