import { allocate, allocateSlab, type Frame } from "../zmtp/bytes.js"
import { encodeAddress } from "./address.js"
import { checksumOf } from "./checksum.js"
import { FIN_OPTION, nakListOption } from "./options.js"
import { CHECKSUM_AT, DATA_HEADER, FLAG, HEADER, TYPE, type Nak, type SessionId, type Spm } from "./packet.js"

/** Offset of the payload in a data packet. */
export const PAYLOAD_AT = HEADER + DATA_HEADER

/** Writes the header of a data packet before its payload, which extends to the end of `packet`. */
export function writeDataHeader(packet: Frame, session: SessionId, sequence: number, trail: number): void {
  writeHeader(packet, session, TYPE.odata, 0, packet.length - PAYLOAD_AT)
  writeUint32(packet, HEADER, sequence)
  writeUint32(packet, HEADER + 4, trail)
  seal(packet)
}

/** Creates the repair for a data packet: a copy with another type and the current trailing edge. */
export function repairOf(original: Frame, trail: number): Frame {
  const packet = allocate(original.length)
  packet.set(original)
  packet[4] = TYPE.rdata
  writeUint32(packet, HEADER + 4, trail)
  seal(packet)
  return packet
}

export function encodeSpm(spm: Omit<Spm, "kind">): Frame {
  const path = encodeAddress(spm.path)
  const options = spm.end === undefined ? [] : FIN_OPTION
  const packet = allocateSlab(HEADER + 12 + path.length + options.length)
  writeHeader(packet, spm, TYPE.spm, spm.end === undefined ? 0 : FLAG.options, 0)
  writeUint32(packet, HEADER, spm.sequence)
  writeUint32(packet, HEADER + 4, spm.trail)
  writeUint32(packet, HEADER + 8, spm.lead)
  packet.set(path, HEADER + 12)
  packet.set(options, HEADER + 12 + path.length)
  seal(packet)
  return packet
}

export function encodeNak({ kind, sequences, source, group, ...session }: Nak): Frame {
  const [from, to] = [encodeAddress(source), encodeAddress(group)]
  const options = sequences.length > 1 ? nakListOption(sequences.slice(1)) : []
  const packet = allocateSlab(HEADER + 4 + from.length + to.length + options.length)
  const flags = options.length > 0 ? FLAG.options | FLAG.networkOptions : 0
  if (kind === "nak") writeHeader(packet, swapped(session), TYPE.nak, flags, 0)
  else writeHeader(packet, session, TYPE.ncf, flags, 0)
  writeUint32(packet, HEADER, sequences[0]!)
  packet.set(from, HEADER + 4)
  packet.set(to, HEADER + 4 + from.length)
  packet.set(options, HEADER + 4 + from.length + to.length)
  seal(packet)
  return packet
}

export function encodeSpmRequest(session: SessionId): Frame {
  const packet = allocateSlab(HEADER)
  writeHeader(packet, swapped(session), TYPE.spmr, 0, 0)
  seal(packet)
  return packet
}

function writeHeader(packet: Frame, session: SessionId, type: number, flags: number, payload: number): void {
  writeUint16(packet, 0, session.sourcePort)
  writeUint16(packet, 2, session.sessionPort)
  packet[4] = type
  packet[5] = flags
  writeUint32(packet, 8, Math.floor(session.gsi / 0x1_0000))
  writeUint16(packet, 12, session.gsi % 0x1_0000)
  writeUint16(packet, 14, payload)
}

/** Swaps the ports, as required in packets to the source. */
function swapped({ gsi, sourcePort, sessionPort }: SessionId): SessionId {
  return { gsi, sourcePort: sessionPort, sessionPort: sourcePort }
}

function seal(packet: Frame): void {
  writeUint16(packet, CHECKSUM_AT, 0)
  writeUint16(packet, CHECKSUM_AT, checksumOf(packet))
}

function writeUint16(bytes: Frame, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

function writeUint32(bytes: Frame, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}
