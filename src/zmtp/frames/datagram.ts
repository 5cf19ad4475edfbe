import { allocate, decodeText, put, type Frame, type Multipart } from "../bytes.js"
import { MAX_GROUP } from "../limits.js"

/** Maximum size of a datagram, in bytes: libzmq reads no more at once. */
export const MAX_DATAGRAM = 8192

/** Destination of a datagram. */
export interface DatagramAddress {
  readonly host: string
  readonly port: number
}

/** `[group, body]` as a RADIO sends it: the group's length, the group, the body; `undefined` when it is too large. */
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

/** `undefined` when the group would be longer than all of it. */
export function decodeDatagram(datagram: Frame): Multipart | undefined {
  // NaN if there is no separator.
  const start = 1 + datagram[0]!
  return start <= datagram.length ? [datagram.subarray(1, start), datagram.subarray(start)] : undefined
}

/** What the first frame of a DGRAM's message says: `host:port`. libzmq ends its own with a zero byte. */
export function parseDatagramAddress(frame: Frame): DatagramAddress | undefined {
  const [, host, digits] = /^(\[[^\s\0[\]]+\]|[^\s\0:[\]]+):(\d{1,5})\0?$/.exec(decodeText(frame)) ?? []
  const port = Number(digits)
  return host === undefined || port < 1 || port > 0xffff ? undefined : { host: host.replace(/^\[|\]$/g, ""), port }
}
