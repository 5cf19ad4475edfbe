// The Internet checksum (RFC 1071) over a whole packet, without a pseudo header (RFC 3208, section 8).

/** Ones' complement sum of 16-bit words. For a packet with a correct checksum, it is 0xffff. */
export function onesComplementSum(bytes: Uint8Array): number {
  const { length } = bytes
  const unrolled = length - (length % 8)
  let sum = 0
  let index = 0
  for (; index < unrolled; index += 8) {
    sum +=
      ((bytes[index]! + bytes[index + 2]! + bytes[index + 4]! + bytes[index + 6]!) << 8) +
      (bytes[index + 1]! + bytes[index + 3]! + bytes[index + 5]! + bytes[index + 7]!)
  }
  for (; index + 1 < length; index += 2) sum += (bytes[index]! << 8) + bytes[index + 1]!
  if (index < length) sum += bytes[index]! << 8
  sum = (sum & 0xffff) + (sum >>> 16)
  return (sum & 0xffff) + (sum >>> 16)
}

/** The checksum of a packet whose checksum field is zero. The result is never zero, because zero means no checksum. */
export function checksumOf(packet: Uint8Array): number {
  const sum = onesComplementSum(packet)
  return sum === 0xffff ? 0xffff : 0xffff - sum
}
