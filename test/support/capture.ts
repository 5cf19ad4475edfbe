/** A TCP segment of a capture. */
export interface SegmentLike {
  readonly from: "client" | "server"
  readonly sequence: number
  readonly syn?: boolean
  readonly payload?: Uint8Array
}

const CLIENT = { address: [10, 0, 0, 1], port: 40_000 }
const SERVER = { address: [10, 0, 0, 2], port: 5555 }

/** TCP over IPv4 (RFC 9293, RFC 791), without checksums. */
export function ipv4(segment: SegmentLike): Buffer {
  const [source, destination] = segment.from === "client" ? [CLIENT, SERVER] : [SERVER, CLIENT]
  const bytes = tcp(segment)
  const ip = Buffer.alloc(20)
  ip[0] = 0x45
  ip.writeUInt16BE(20 + bytes.length, 2)
  ip[9] = TCP
  ip.set(source.address, 12)
  ip.set(destination.address, 16)
  return Buffer.concat([ip, bytes])
}

/** An extension header of IPv6. Its first byte, the type of the next header, is filled in later. */
export interface Extension {
  readonly kind: number
  readonly bytes: Buffer
}

/** TCP over IPv6 (RFC 8200), between 2001:db8::1 and 2001:db8::2. */
export function ipv6(segment: SegmentLike, extensions: readonly Extension[] = []): Buffer {
  const headers = extensions.map(({ bytes }, index) => {
    const header = Buffer.from(bytes)
    header[0] = extensions[index + 1]?.kind ?? TCP
    return header
  })
  const body = Buffer.concat([...headers, tcp(segment)])
  const ip = Buffer.alloc(40)
  ip[0] = 0x60
  ip.writeUInt16BE(body.length, 4)
  ip[6] = extensions[0]?.kind ?? TCP
  const [source, destination] = segment.from === "client" ? [1, 2] : [2, 1]
  for (const [at, host] of [
    [8, source],
    [24, destination],
  ] as const) {
    ip.writeUInt32BE(0x20010db8, at)
    ip[at + 15] = host
  }
  return Buffer.concat([ip, body])
}

const TCP = 6

function tcp({ from, sequence, syn = false, payload = new Uint8Array() }: SegmentLike): Buffer {
  const [source, destination] = from === "client" ? [CLIENT, SERVER] : [SERVER, CLIENT]
  const header = Buffer.alloc(20)
  header.writeUInt16BE(source.port, 0)
  header.writeUInt16BE(destination.port, 2)
  header.writeUInt32BE(sequence >>> 0, 4)
  header[12] = 5 << 4
  header[13] = (syn ? 0x02 : 0) | (syn && from === "client" ? 0 : 0x10)
  return Buffer.concat([header, payload])
}

/** Puts a packet into an Ethernet frame, padded to the minimum length. */
export function ethernet(packet: Buffer): Buffer {
  const header = Buffer.alloc(14)
  header.writeUInt16BE(0x0800, 12)
  return Buffer.concat([header, packet, Buffer.alloc(Math.max(0, 46 - packet.length))])
}

/** Prefixes a packet with its address family, as the loopback device of BSD does. */
export function loopback(packet: Buffer): Buffer {
  return Buffer.concat([Buffer.from([2, 0, 0, 0]), packet])
}

/** A little-endian pcap file whose packets are 1 ms apart. */
export function pcap(linkType: number, packets: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(0x40000, 16)
  header.writeUInt32LE(linkType, 20)
  const records = packets.map((packet, index) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(1_700_000_000, 0)
    record.writeUInt32LE(index * 1000, 4)
    record.writeUInt32LE(packet.length, 8)
    record.writeUInt32LE(packet.length, 12)
    return Buffer.concat([record, packet])
  })
  return Buffer.concat([header, ...records])
}

interface Times {
  /** Options of the interface, encoded. */
  readonly options: readonly number[]
  /** Time of the first packet, and time between packets, in the unit that `options` specifies. */
  readonly first: bigint
  readonly between: bigint
}

const NANOSECONDS: Times = {
  options: [0, 9, 0, 1, 9, 0, 0, 0],
  first: 1_700_000_000_000_000_000n,
  between: 1_000_000n,
}

/** A big-endian pcapng file. Times are in nanoseconds unless the options of the interface specify another unit. */
export function pcapng(
  linkType: number,
  packets: readonly Buffer[],
  { options, first, between }: Times = NANOSECONDS,
): Buffer {
  const enhanced = packets.map((packet, index) => {
    const header = Buffer.alloc(20)
    const time = first + BigInt(index) * between
    header.writeUInt32BE(Number(time >> 32n), 4)
    header.writeUInt32BE(Number(time & 0xffff_ffffn), 8)
    header.writeUInt32BE(packet.length, 12)
    header.writeUInt32BE(packet.length, 16)
    return block(6, Buffer.concat([header, padded(packet)]))
  })
  return Buffer.concat([sectionOf(linkType, options), ...enhanced])
}

/** A pcapng file of simple packet blocks, which contain the length of a packet, but no time. */
export function pcapngOfSimplePackets(linkType: number, packets: readonly Buffer[]): Buffer {
  const simple = packets.map((packet) => {
    const header = Buffer.alloc(4)
    header.writeUInt32BE(packet.length, 0)
    return block(3, Buffer.concat([header, padded(packet)]))
  })
  return Buffer.concat([sectionOf(linkType, []), ...simple])
}

/** The beginning of a section: its header and one interface. */
function sectionOf(linkType: number, options: readonly number[]): Buffer {
  const section = block(0x0a0d0d0a, Buffer.from("1a2b3c4d00010000ffffffffffffffff", "hex"))
  const description = Buffer.alloc(8)
  description.writeUInt16BE(linkType, 0)
  return Buffer.concat([section, block(1, Buffer.concat([description, Buffer.from(options)]))])
}

function padded(packet: Buffer): Buffer {
  return Buffer.concat([packet, Buffer.alloc((4 - (packet.length % 4)) % 4)])
}

function block(type: number, body: Buffer): Buffer {
  const whole = Buffer.alloc(body.length + 12)
  whole.writeUInt32BE(type, 0)
  whole.writeUInt32BE(whole.length, 4)
  whole.set(body, 8)
  whole.writeUInt32BE(whole.length, whole.length - 4)
  return whole
}
