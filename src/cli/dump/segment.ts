/** The TCP segment in a packet. */
export interface Segment {
  /** `address:port` */
  readonly source: string
  readonly destination: string
  readonly sourcePort: number
  readonly destinationPort: number
  readonly sequence: number
  readonly syn: boolean
  readonly ack: boolean
  readonly payload: Buffer
}

const TCP = 6

/** Returns the IP packet for a link type; `undefined` if the type is not supported. */
function networkOf(linkType: number, data: Buffer): Buffer | undefined {
  switch (linkType) {
    case 0: // BSD loopback
    case 108:
      return data.subarray(4)
    case 1: // Ethernet, with VLAN tags or without
      return ethernet(data)
    case 12: // raw IP, including other numbers that some systems use
    case 14:
    case 101:
    case 228:
    case 229:
      return data
    case 113: // Linux, any device
      return data.subarray(16)
    case 276:
      return data.subarray(20)
    default:
      return undefined
  }
}

function ethernet(data: Buffer): Buffer {
  let position = 12
  while (position + 4 <= data.length && [0x8100, 0x88a8].includes(data.readUInt16BE(position))) position += 4
  return data.subarray(position + 2)
}

/** Parses a packet. Returns `undefined` if it is not TCP over IP, or truncated. */
export function segmentOf(linkType: number, data: Buffer): Segment | undefined {
  const packet = networkOf(linkType, data)
  if (packet === undefined || packet.length < 20) return undefined
  return packet[0]! >> 4 === 4 ? ipv4(packet) : packet[0]! >> 4 === 6 ? ipv6(packet) : undefined
}

function ipv4(packet: Buffer): Segment | undefined {
  const header = (packet[0]! & 0x0f) * 4
  const fragment = packet.readUInt16BE(6) & 0x3fff
  if (packet[9] !== TCP || fragment !== 0) return undefined
  // With segmentation offload, captures on the sending side may contain the length 0.
  const length = packet.readUInt16BE(2) || packet.length
  const address = (at: number): string => packet.subarray(at, at + 4).join(".")
  return tcp(packet.subarray(header, length), address(12), address(16))
}

/** Extension headers that may precede TCP: hop-by-hop, routing, and destination options. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60])

function ipv6(packet: Buffer): Segment | undefined {
  if (packet.length < 40) return undefined
  let next = packet[6]!
  let position = 40
  while (EXTENSIONS.has(next) && position + 8 <= packet.length) {
    next = packet[position]!
    position += 8 * (1 + packet[position + 1]!)
  }
  if (next !== TCP) return undefined
  const length = packet.readUInt16BE(4)
  const end = length === 0 ? packet.length : 40 + length
  const address = (at: number): string =>
    `[${packet
      .subarray(at, at + 16)
      .toString("hex")
      .match(/.{4}/g)!
      .join(":")}]`
  return tcp(packet.subarray(position, end), address(8), address(24))
}

function tcp(bytes: Buffer, from: string, to: string): Segment | undefined {
  if (bytes.length < 20) return undefined
  const [sourcePort, destinationPort] = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
  const flags = bytes[13]!
  return {
    source: `${from}:${sourcePort}`,
    destination: `${to}:${destinationPort}`,
    sourcePort,
    destinationPort,
    sequence: bytes.readUInt32BE(4),
    syn: (flags & 0x02) !== 0,
    ack: (flags & 0x10) !== 0,
    payload: bytes.subarray((bytes[12]! >> 4) * 4),
  }
}
