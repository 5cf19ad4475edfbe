import { MAX_NAK_LIST, MAX_OPTIONS } from "./limits.js"

/** Option types that are read or written (RFC 3208, section 9). */
export const OPTION = {
  length: 0x00,
  fragment: 0x01,
  nakList: 0x02,
  fin: 0x0e,
  rst: 0x0f,
} as const

/** Options that are understood in the sense of RFC 3208 and say nothing to this engine: JOIN, REDIRECT, SYN, parity, and what is between network elements. */
const WITHOUT_EFFECT: ReadonlySet<number> = new Set([0x03, 0x04, 0x05, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x7f])

/** The last option has this bit in its type. */
export const OPTION_END = 0x80
const TYPE_MASK = 0x7f

/** What to do with an option that is not known: bits 0 and 1 of the third byte. */
const EXTENSIBILITY_MASK = 0x03
const INVALIDATE = 1

/** Type, length, and a byte with the extensibility bits. */
const OPTION_HEADER = 3
/** OPT_LENGTH has the length of all options in place of the third byte. */
const LENGTH_OPTION = 4

/** Which part of an APDU a packet carries. */
export interface Fragment {
  /** Sequence number of the packet with the first part. */
  readonly first: number
  /** Where in the APDU the part begins, in bytes. */
  readonly offset: number
  /** Size of the APDU, in bytes. */
  readonly size: number
}

/** The options of one packet. */
export interface Options {
  /** Bytes that they occupy. */
  readonly size: number
  readonly fragment: Fragment | undefined
  /** Further sequence numbers of a NAK or NCF. */
  readonly nakList: readonly number[]
  /** The session ends in good order. */
  readonly fin: boolean
  /** The session ends because of an error. */
  readonly rst: boolean
}

export const NO_OPTIONS: Options = { size: 0, fragment: undefined, nakList: [], fin: false, rst: false }

/**
 * The options that begin at `at`, or `undefined` for a packet to discard: because they are malformed, or because an
 * unknown option wants that.
 */
export function readOptions(packet: Uint8Array, at: number): Options | undefined {
  if (at + LENGTH_OPTION > packet.length) return undefined
  if (packet[at] !== OPTION.length || packet[at + 1] !== LENGTH_OPTION) return undefined
  const size = readUint16(packet, at + 2)
  const end = at + size
  if (end > packet.length) return undefined
  let fragment: Fragment | undefined
  let nakList: number[] = []
  let fin = false
  let rst = false
  let position = at + LENGTH_OPTION
  for (let count = 1; count < MAX_OPTIONS; count++) {
    if (position + OPTION_HEADER > end) return undefined
    const type = packet[position]! & TYPE_MASK
    const length = packet[position + 1]!
    if (length < OPTION_HEADER || position + length > end) return undefined
    if (type === OPTION.fragment) {
      if (length !== 16) return undefined
      fragment = {
        first: readUint32(packet, position + 4),
        offset: readUint32(packet, position + 8),
        size: readUint32(packet, position + 12),
      }
    } else if (type === OPTION.nakList) {
      if (length < 8 || length % 4 !== 0 || length > 4 + 4 * MAX_NAK_LIST) return undefined
      nakList = []
      for (let entry = position + 4; entry < position + length; entry += 4) nakList.push(readUint32(packet, entry))
    } else if (type === OPTION.fin) fin = true
    else if (type === OPTION.rst) rst = true
    else if (!WITHOUT_EFFECT.has(type) && (packet[position + 2]! & EXTENSIBILITY_MASK) > INVALIDATE) return undefined
    if ((packet[position]! & OPTION_END) !== 0) return { size, fragment, nakList, fin, rst }
    position += length
  }
  return undefined
}

/** The only option that a sender's SPM ever has: the end of the session. */
export const FIN_OPTION: readonly number[] = [OPTION.length, LENGTH_OPTION, 0, 8, OPTION_END | OPTION.fin, 4, 0, 0]

/** A list of NAKs as options, without the one that is in front of the list. */
export function nakListOption(sequences: readonly number[]): number[] {
  const length = 4 + 4 * sequences.length
  const total = LENGTH_OPTION + length
  const bytes = [OPTION.length, LENGTH_OPTION, total >> 8, total & 0xff, OPTION_END | OPTION.nakList, length, 0, 0]
  for (const sequence of sequences) {
    bytes.push(sequence >>> 24, (sequence >>> 16) & 0xff, (sequence >>> 8) & 0xff, sequence & 0xff)
  }
  return bytes
}

export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
