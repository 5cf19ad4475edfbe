import type { Frame } from "../zmtp/bytes.js"
import { readAddress } from "./address.js"
import { onesComplementSum } from "./checksum.js"
import { NO_OPTIONS, readOptions, readUint16, readUint32, type Fragment, type Options } from "./options.js"

/** Packet types (RFC 3208, section 8). */
export const TYPE = {
  spm: 0x00,
  odata: 0x04,
  rdata: 0x05,
  nak: 0x08,
  ncf: 0x0a,
  spmr: 0x0c,
} as const

/** Flags in the header that describe the options. */
export const FLAG = { options: 0x01, networkOptions: 0x02, parity: 0x80 } as const

/** Ports, type, options, checksum, GSI, and TSDU length (RFC 3208, section 8). */
export const HEADER = 16
/** Sequence number and trailing edge of data (RFC 3208, section 8.2). */
export const DATA_HEADER = 8
export const CHECKSUM_AT = 6

/** Identifies the session that a packet belongs to, in either direction. */
export interface SessionId {
  /** Global source id: 48 bits. */
  readonly gsi: number
  /** Port of the source; not a UDP port. */
  readonly sourcePort: number
  /** Port of the session. With UDP encapsulation, it is also the UDP port. */
  readonly sessionPort: number
}

/** Source path message: the edges of the transmit window, and the address for NAKs (RFC 3208, section 8.1). */
export interface Spm extends SessionId {
  readonly kind: "spm"
  readonly sequence: number
  /** Sequence number of the oldest packet that can be repaired. */
  readonly trail: number
  /** Sequence number of the newest packet; `trail` minus 1 if there is none. */
  readonly lead: number
  /** IP address of the last network element on the path, or of the source. */
  readonly path: string
  /** Whether the session ends. */
  readonly end: "fin" | "rst" | undefined
}

/** Original data or repair data (RFC 3208, section 8.2). */
export interface Data extends SessionId {
  readonly kind: "data"
  readonly repair: boolean
  readonly sequence: number
  readonly trail: number
  readonly fragment: Fragment | undefined
  /** A view of the packet. */
  readonly payload: Frame
}

/** A request to repeat packets (NAK), or its confirmation (NCF) (RFC 3208, section 8.3). */
export interface Nak extends SessionId {
  readonly kind: "nak" | "ncf"
  readonly sequences: readonly number[]
  readonly source: string
  readonly group: string
}

/** A request for an SPM (RFC 3208, section 13.6). */
export interface SpmRequest extends SessionId {
  readonly kind: "spmr"
}

export type Packet = Spm | Data | Nak | SpmRequest

/**
 * Reads a packet. Returns `undefined` if it must be ignored: malformed or damaged packets, parity, and types that are
 * not meant for a source or a receiver (polls, null NAKs, acknowledgments).
 */
export function readPacket(bytes: Frame): Packet | undefined {
  if (bytes.length < HEADER) return undefined
  const type = bytes[4]!
  if (!isIntact(bytes, type)) return undefined
  const flags = bytes[5]!
  if ((flags & FLAG.parity) !== 0) return undefined
  switch (type) {
    case TYPE.odata:
    case TYPE.rdata:
      return readData(bytes, type === TYPE.rdata, (flags & FLAG.options) !== 0)
    case TYPE.spm:
      return readSpm(bytes, (flags & FLAG.options) !== 0)
    case TYPE.nak:
    case TYPE.ncf:
      return readNak(bytes, type === TYPE.nak ? "nak" : "ncf", (flags & FLAG.options) !== 0)
    case TYPE.spmr:
      return { kind: "spmr", ...upstreamSession(bytes) }
    default:
      return undefined
  }
}

/** Whether the checksum is correct. Packets other than data may have no checksum; the field is then zero. */
function isIntact(bytes: Frame, type: number): boolean {
  if (readUint16(bytes, CHECKSUM_AT) !== 0) return onesComplementSum(bytes) === 0xffff
  return type !== TYPE.odata && type !== TYPE.rdata
}

function readData(bytes: Frame, repair: boolean, hasOptions: boolean): Data | undefined {
  const start = HEADER + DATA_HEADER
  if (bytes.length < start) return undefined
  const options = optionsAt(bytes, start, hasOptions)
  if (options === undefined) return undefined
  const payload = bytes.subarray(start + options.size)
  if (payload.length !== readUint16(bytes, 14)) return undefined
  return {
    kind: "data",
    gsi: readGsi(bytes),
    sourcePort: readUint16(bytes, 0),
    sessionPort: readUint16(bytes, 2),
    repair,
    sequence: readUint32(bytes, HEADER),
    trail: readUint32(bytes, HEADER + 4),
    fragment: options.fragment,
    payload,
  }
}

function readSpm(bytes: Frame, hasOptions: boolean): Spm | undefined {
  const addressAt = HEADER + 12
  const path = readAddress(bytes, addressAt)
  if (path === undefined) return undefined
  const options = optionsAt(bytes, addressAt + path.size, hasOptions)
  if (options === undefined) return undefined
  return {
    kind: "spm",
    ...downstreamSession(bytes),
    sequence: readUint32(bytes, HEADER),
    trail: readUint32(bytes, HEADER + 4),
    lead: readUint32(bytes, HEADER + 8),
    path: path.address,
    end: options.rst ? "rst" : options.fin ? "fin" : undefined,
  }
}

function readNak(bytes: Frame, kind: "nak" | "ncf", hasOptions: boolean): Nak | undefined {
  const sourceAt = HEADER + 4
  const source = readAddress(bytes, sourceAt)
  if (source === undefined) return undefined
  const group = readAddress(bytes, sourceAt + source.size)
  if (group === undefined) return undefined
  const options = optionsAt(bytes, sourceAt + source.size + group.size, hasOptions)
  if (options === undefined) return undefined
  return {
    kind,
    ...(kind === "nak" ? upstreamSession(bytes) : downstreamSession(bytes)),
    sequences: [readUint32(bytes, HEADER), ...options.nakList],
    source: source.address,
    group: group.address,
  }
}

function optionsAt(bytes: Frame, at: number, present: boolean): Options | undefined {
  return present ? readOptions(bytes, at) : NO_OPTIONS
}

/** The session of a packet from the source to receivers. */
function downstreamSession(bytes: Frame): SessionId {
  return { gsi: readGsi(bytes), sourcePort: readUint16(bytes, 0), sessionPort: readUint16(bytes, 2) }
}

/** The session of a packet from a receiver to the source, in which the ports are swapped. */
function upstreamSession(bytes: Frame): SessionId {
  return { gsi: readGsi(bytes), sourcePort: readUint16(bytes, 2), sessionPort: readUint16(bytes, 0) }
}

function readGsi(bytes: Frame): number {
  return readUint32(bytes, 8) * 0x1_0000 + readUint16(bytes, 12)
}
