import { MAX_OPTIONS } from "./limits.js"

/** Option types that are read or written (RFC 3208, section 9). */
export const OPTION = {
  length: 0x00,
  fragment: 0x01,
  nakList: 0x02,
  fin: 0x0e,
  rst: 0x0f,
} as const

/**
 * Options that RFC 3208 defines and this engine ignores: JOIN, REDIRECT, SYN, parity, and those between network
 * elements.
 */
const WITHOUT_EFFECT: ReadonlySet<number> = new Set([0x03, 0x04, 0x05, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x7f])

/** Bit in the type of the last option. */
export const OPTION_END = 0x80
const TYPE_MASK = 0x7f

/** Bits of an option's third byte that define how to handle it if it is unknown. */
const EXTENSIBILITY_MASK = 0x03
const INVALIDATE = 1

/** Size of type, length, and extensibility bits. */
const OPTION_HEADER = 3
/** Size of OPT_LENGTH, which has the total length of all options after its type and length. */
const LENGTH_OPTION = 4

/** The part of an APDU that a packet contains. */
export interface Fragment {
  /** Sequence number of the packet that contains the first part. */
  readonly first: number
  /** Offset of the part in the APDU, in bytes. */
  readonly offset: number
  /** Size of the APDU, in bytes. */
  readonly size: number
}

/** The options of one packet. */
export interface Options {
  /** Size in bytes. */
  readonly size: number
  readonly fragment: Fragment | undefined
  /** Further sequence numbers of a NAK or NCF. */
  readonly nakList: readonly number[]
  /** The session ends normally. */
  readonly fin: boolean
  /** The session ends because of an error. */
  readonly rst: boolean
}

export const NO_OPTIONS: Options = { size: 0, fragment: undefined, nakList: [], fin: false, rst: false }

/**
 * Reads the options that begin at offset `at`. Returns `undefined` if the packet must be discarded, because the options
 * are malformed or an unknown option requires it.
 */
export function readOptions(packet: Uint8Array, at: number): Options | undefined {
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
      // A length of one byte already limits a list to `MAX_NAK_LIST` entries.
      if (length < 8 || length % 4 !== 0) return undefined
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

/** The only option in a sender's SPMs: the end of the session. */
export const FIN_OPTION: readonly number[] = [OPTION.length, LENGTH_OPTION, 0, 8, OPTION_END | OPTION.fin, 4, 0, 0]

/** Encodes a NAK list as options, without the sequence number that precedes the list. */
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
