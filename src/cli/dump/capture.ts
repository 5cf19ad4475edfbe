/** A captured packet. */
export interface Packet {
  /** Time in s since 1970. */
  readonly time: number
  /** `LINKTYPE_…` number of its first header. */
  readonly linkType: number
  readonly data: Buffer
}

/** @throws Error if `file` is neither pcap nor pcapng. */
export function packetsOf(file: Buffer): Iterable<Packet> {
  if (file.length >= 4) {
    const magic = file.readUInt32BE(0)
    if (magic === 0x0a0d0d0a) return pcapng(file)
    if (MAGICS.has(magic)) return pcap(file)
  }
  throw new Error("Unknown file format: expected a pcap or pcapng capture")
}

/** Formats by their first four bytes: whether numbers are big-endian, and the resolution of timestamps. */
const MAGICS: ReadonlyMap<number, readonly [big: boolean, fractions: number]> = new Map([
  [0xa1b2c3d4, [true, 1e6]],
  [0xd4c3b2a1, [false, 1e6]],
  [0xa1b23c4d, [true, 1e9]],
  [0x4d3cb2a1, [false, 1e9]],
])

const PCAP_HEADER = 24
const RECORD_HEADER = 16

function* pcap(file: Buffer): Generator<Packet> {
  const [big, fractions] = MAGICS.get(file.readUInt32BE(0))!
  if (file.length < PCAP_HEADER) throw new Error("Truncated capture: incomplete header")
  const { uint32 } = numbers(file, big)
  const linkType = uint32(20) & 0xffff
  let position = PCAP_HEADER
  while (position + RECORD_HEADER <= file.length) {
    const start = position + RECORD_HEADER
    const end = start + uint32(position + 8)
    // A truncated capture still contains the packets before the end.
    if (end > file.length) return
    yield { time: uint32(position) + uint32(position + 4) / fractions, linkType, data: file.subarray(start, end) }
    position = end
  }
}

const SECTION = 0x0a0d0d0a
const INTERFACE = 1
const SIMPLE_PACKET = 3
const ENHANCED_PACKET = 6
const BIG_ENDIAN = 0x1a2b3c4d

interface Interface {
  readonly linkType: number
  /** Resolution of timestamps, in units per second. */
  readonly fractions: number
}

function* pcapng(file: Buffer): Generator<Packet> {
  let interfaces: Interface[] = []
  let big = false
  let position = 0
  while (position + 12 <= file.length) {
    if (file.readUInt32BE(position) === SECTION) {
      big = file.readUInt32BE(position + 8) === BIG_ENDIAN
      interfaces = []
    }
    const { uint16, uint32 } = numbers(file, big)
    const type = uint32(position)
    const size = uint32(position + 4)
    if (size < 12 || size % 4 !== 0 || position + size > file.length) return
    const body = position + 8
    const end = position + size - 4
    if (type === INTERFACE) {
      interfaces.push({ linkType: uint16(body), fractions: resolution(file, big, body + 8, end) })
    } else if (type === ENHANCED_PACKET && size >= 32) {
      const from = interfaces[uint32(body)]
      const length = uint32(body + 12)
      if (from !== undefined && body + 20 + length <= end) {
        const time = (uint32(body + 4) * 0x1_0000_0000 + uint32(body + 8)) / from.fractions
        yield { time, linkType: from.linkType, data: file.subarray(body + 20, body + 20 + length) }
      }
    } else if (type === SIMPLE_PACKET && interfaces[0] !== undefined) {
      const data = file.subarray(body + 4, Math.min(end, body + 4 + uint32(body)))
      yield { time: 0, linkType: interfaces[0].linkType, data }
    }
    position += size
  }
}

const TIME_RESOLUTION = 9

/** Reads the timestamp resolution from the options of an interface at `position`. Default: microseconds. */
function resolution(file: Buffer, big: boolean, position: number, end: number): number {
  const { uint16 } = numbers(file, big)
  while (position + 4 <= end) {
    const [code, length] = [uint16(position), uint16(position + 2)]
    if (code === 0) break
    if (code === TIME_RESOLUTION && position + 5 <= end) {
      const value = file[position + 4]!
      return value < 0x80 ? 10 ** value : 2 ** (value & 0x7f)
    }
    position += 4 + length + ((4 - (length % 4)) % 4)
  }
  return 1e6
}

function numbers(file: Buffer, big: boolean): { uint16: (at: number) => number; uint32: (at: number) => number } {
  return {
    uint16: (at) => (big ? file.readUInt16BE(at) : file.readUInt16LE(at)),
    uint32: (at) => (big ? file.readUInt32BE(at) : file.readUInt32LE(at)),
  }
}
