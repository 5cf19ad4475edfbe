import { allocateSlab, type Frame } from "../zmtp/bytes.js"

// Network-layer addresses (NLA): an address family, two reserved bytes, and the address (RFC 3208, section 8.1).

/** Address families of RFC 1700. */
const IPV4 = 1
const IPV6 = 2

const FAMILY_SIZE = 4

/** An address that was read from a packet. */
export interface ReadAddress {
  /** The address in canonical form, so that equal addresses are equal strings. */
  readonly address: string
  /** Number of bytes that the address occupies in the packet, including the address family. */
  readonly size: number
}

/**
 * The bytes of an IP address, four or sixteen, or `undefined` if `text` is not an IP address. Ignores zones (`%eth0`).
 */
export function addressBytes(text: string): Frame | undefined {
  return text.includes(":") ? ipv6Bytes(text.replace(/%.*$/, "")) : ipv4Bytes(text)
}

/** Formats an address in canonical form. */
export function addressText(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join(".") : hexGroups(bytes)
}

/** Converts `text` to canonical form. Returns `undefined` if it is not an IP address. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = addressBytes(text)
  return bytes === undefined ? undefined : addressText(bytes)
}

export function readAddress(packet: Uint8Array, at: number): ReadAddress | undefined {
  const family = (packet[at]! << 8) | packet[at + 1]!
  const size = family === IPV4 ? 4 : family === IPV6 ? 16 : 0
  const start = at + FAMILY_SIZE
  if (size === 0 || start + size > packet.length) return undefined
  return { address: addressText(packet.subarray(start, start + size)), size: FAMILY_SIZE + size }
}

/** Encodes `address` as part of a packet. */
export function encodeAddress(address: string): Frame {
  const bytes = addressBytes(address)
  if (bytes === undefined) throw new RangeError(`Invalid IP address "${address}"`)
  const encoded = allocateSlab(FAMILY_SIZE + bytes.length)
  encoded.set([0, bytes.length === 4 ? IPV4 : IPV6, 0, 0])
  encoded.set(bytes, FAMILY_SIZE)
  return encoded
}

function ipv4Bytes(text: string): Frame | undefined {
  const parts = text.split(".")
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined
  return Uint8Array.from(parts, Number)
}

function ipv6Bytes(text: string): Frame | undefined {
  const [, before = text, ipv4] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? []
  const tail = ipv4 === undefined ? undefined : ipv4Bytes(ipv4)
  if (ipv4 !== undefined && tail === undefined) return undefined
  const halves = (tail === undefined ? before : before + hexGroups(tail)).split("::")
  const [head, rest] = halves.map((half) => (half === "" ? [] : half.split(":")))
  if (halves.length > 2 || head === undefined) return undefined
  const omitted = 8 - head.length - (rest?.length ?? 0)
  if (rest === undefined ? omitted !== 0 : omitted < 1) return undefined
  const groups = [...head, ...Array<string>(omitted).fill("0"), ...(rest ?? [])]
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined
  return Uint8Array.from(groups.flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 0xff]))
}

/** Formats pairs of bytes as hexadecimal numbers, as in an IPv6 address. */
function hexGroups(bytes: Uint8Array): string {
  const groups: string[] = []
  for (let at = 0; at < bytes.length; at += 2) groups.push(((bytes[at]! << 8) | bytes[at + 1]!).toString(16))
  return groups.join(":")
}
