import { allocate, decodeText, put, type Frame, type Multipart } from "../bytes.js"
import { MAX_GROUP } from "../limits.js"

/** Maximum size of a datagram, in bytes: the size of libzmq's receive buffer. */
export const MAX_DATAGRAM = 8192

/** Destination of a datagram. */
export interface DatagramAddress {
  readonly host: string
  readonly port: number
}

/**
 * Encodes `[group, body]` for RADIO: length of the group, group, body. Returns `undefined` if the datagram is too
 * large.
 */
export function encodeDatagram([group, body]: Multipart): Frame | undefined {
  const start = 1 + group!.length
  const size = start + body!.length
  if (size > MAX_DATAGRAM || group!.length > MAX_GROUP) return undefined
  const datagram = allocate(size)
  datagram[0] = group!.length
  put(datagram, group!, 1)
  put(datagram, body!, start)
  return datagram
}

/** Decodes a datagram to `[group, body]`. Returns `undefined` if the group's length exceeds the datagram. */
export function decodeDatagram(datagram: Frame): Multipart | undefined {
  // NaN for an empty datagram.
  const start = 1 + datagram[0]!
  return start <= datagram.length ? [datagram.subarray(1, start), datagram.subarray(start)] : undefined
}

/** Parses the first frame of a DGRAM message, `host:port`. libzmq appends a zero byte to its own. */
export function parseDatagramAddress(frame: Frame): DatagramAddress | undefined {
  const [, host, digits] = /^(\[[^\s\0[\]]+\]|[^\s\0:[\]]+):(\d{1,5})\0?$/.exec(decodeText(frame)) ?? []
  const port = Number(digits)
  return host === undefined || port < 1 || port > 0xffff ? undefined : { host: host.replace(/^\[|\]$/g, ""), port }
}
