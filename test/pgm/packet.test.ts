import { expect } from "chai"
import { checksumOf } from "../../src/pgm/checksum.js"
import { readPacket } from "../../src/pgm/packet.js"
import { hex } from "../support/cuts.js"
import { CAPTURED, CAPTURED_SESSION } from "../support/pgm.js"

/** A copy with the correct checksum. */
function sealed(packet: Uint8Array): Buffer {
  const copy = Buffer.from(packet)
  copy.writeUInt16BE(0, 6)
  copy.writeUInt16BE(checksumOf(copy), 6)
  return copy
}

/** The first `end` bytes, with a correct checksum if they include one. */
const cut = (packet: Uint8Array, end: number): Buffer =>
  end < 8 ? Buffer.from(packet.subarray(0, end)) : sealed(packet.subarray(0, end))

const THEIRS = { gsi: 0x89f043da3d7e, sourcePort: 0x444b, sessionPort: 5601 }

describe("packets (RFC 3208, section 8)", () => {
  it("are parsed as libzmq has sent them", () => {
    const spm = { kind: "spm", ...CAPTURED_SESSION, trail: 0, path: "10.99.0.1" }
    expect(readPacket(CAPTURED.spms[1])).to.deep.equal({ ...spm, sequence: 1, lead: 0xffff_ffff, end: undefined })
    expect(readPacket(CAPTURED.heartbeat)).to.deep.equal({ ...spm, sequence: 3, lead: 0x26, end: undefined })
    expect(readPacket(CAPTURED.fin)).to.deep.equal({ ...spm, sequence: 4, lead: 0x26, end: "fin" })
    expect(readPacket(CAPTURED.data[1])).to.deep.equal({
      kind: "data",
      ...CAPTURED_SESSION,
      repair: false,
      sequence: 1,
      trail: 0,
      fragment: undefined,
      payload: hex("00000601746f7069630b0031313131313131313131"),
    })
    expect(readPacket(CAPTURED.repair)).to.deep.include({ kind: "data", repair: true, sequence: 2, sourcePort: 0xf5f6 })
    const nak = { kind: "nak", ...THEIRS, source: "127.0.0.1", group: "239.192.1.186" }
    expect(readPacket(CAPTURED.nak)).to.deep.equal({ ...nak, sequences: [0x0c] })
    expect(readPacket(CAPTURED.nakList)).to.deep.equal({ ...nak, sequences: [0x35, 0x3c, 0x3d] })
    expect(readPacket(CAPTURED.spmRequest)).to.deep.equal({ kind: "spmr", ...THEIRS })
  })

  it("identify the same session in both directions, although ports are swapped toward the source", () => {
    const confirmation = Buffer.from(CAPTURED.nak)
    confirmation[4] = 0x0a
    confirmation.writeUInt16BE(THEIRS.sourcePort, 0)
    confirmation.writeUInt16BE(THEIRS.sessionPort, 2)
    expect(readPacket(sealed(confirmation))).to.deep.include({ kind: "ncf", ...THEIRS })
  })

  it("support IPv6 addresses", () => {
    const packet = Buffer.concat([CAPTURED.spms[0].subarray(0, 28), hex(`00020000 fe80${"00".repeat(13)}01`)])
    expect(readPacket(sealed(packet))).to.deep.include({ path: "fe80:0:0:0:0:0:0:1" })
  })

  it("support fragments of an APDU", () => {
    const packet = Buffer.concat([
      CAPTURED.data[0].subarray(0, 24),
      hex("0004 0014 8110 0000 00000000 00000010 00000020 61 62"),
    ])
    packet[5] = 1
    packet.writeUInt16BE(2, 14)
    expect(readPacket(sealed(packet))).to.deep.include({
      fragment: { first: 0, offset: 16, size: 32 },
      payload: hex("6162"),
    })
  })

  it("distinguish the failure of a session from its end", () => {
    const packet = Buffer.from(CAPTURED.fin)
    packet[40] = 0x8f
    expect(readPacket(sealed(packet))).to.deep.include({ end: "rst" })
  })

  it("are not accepted with a bit error", () => {
    for (const packet of [CAPTURED.spms[0], CAPTURED.data[0], CAPTURED.nakList, CAPTURED.fin, CAPTURED.spmRequest]) {
      for (let bit = 0; bit < packet.length * 8; bit++) {
        const damaged = Buffer.from(packet)
        damaged[bit >> 3]! ^= 1 << (bit & 7)
        expect(readPacket(damaged), String(bit)).to.equal(undefined)
      }
    }
  })

  it("have a checksum if they are data; others may have none", () => {
    const bare = (packet: Uint8Array): Buffer => {
      const copy = Buffer.from(packet)
      copy.writeUInt16BE(0, 6)
      return copy
    }
    expect(readPacket(bare(CAPTURED.spms[0]))?.kind).to.equal("spm")
    expect(readPacket(bare(CAPTURED.nak))?.kind).to.equal("nak")
    expect(readPacket(bare(CAPTURED.data[0]))).to.equal(undefined)
    expect(readPacket(bare(CAPTURED.repair))).to.equal(undefined)
  })

  it("are not accepted when truncated, with a correct checksum or without", () => {
    const empty = Buffer.from(CAPTURED.data[0].subarray(0, 24))
    empty.writeUInt16BE(0, 14)
    expect(readPacket(sealed(empty))).to.deep.include({ sequence: 0, payload: Buffer.alloc(0) })
    const packets = [CAPTURED.spms[0], CAPTURED.data[0], CAPTURED.nak, CAPTURED.nakList, CAPTURED.fin]
    for (const packet of [...packets, CAPTURED.spmRequest, empty]) {
      for (let end = 0; end < packet.length; end++) {
        expect(readPacket(packet.subarray(0, end)), String(end)).to.equal(undefined)
        expect(readPacket(cut(packet, end)), `sealed, ${end}`).to.equal(undefined)
      }
    }
  })

  it("are not accepted with malformed options", () => {
    for (const packet of [CAPTURED.spms[0], CAPTURED.nak, CAPTURED.data[0]]) {
      const malformed = Buffer.from(packet)
      malformed[5]! |= 1
      expect(readPacket(sealed(malformed))).to.equal(undefined)
      // The text of the message, or the end of the packet, is not a list of options.
      expect(readPacket(sealed(Buffer.concat([malformed, hex("0004000580")])))).to.equal(undefined)
    }
  })

  it("have as much payload as they announce", () => {
    for (const length of [0x14, 0x16]) {
      const packet = Buffer.from(CAPTURED.data[0])
      packet.writeUInt16BE(length, 14)
      expect(readPacket(sealed(packet))).to.equal(undefined)
    }
  })

  it("are ignored if they are parity, or of types for others", () => {
    const parity = Buffer.from(CAPTURED.data[0])
    parity[5] = 0x80
    expect(readPacket(sealed(parity))).to.equal(undefined)
    // POLL, POLR, null NAK, ACK, and unassigned types.
    for (const type of [0x01, 0x02, 0x03, 0x06, 0x09, 0x0b, 0x0d, 0xff]) {
      const other = Buffer.from(CAPTURED.nak)
      other[4] = type
      expect(readPacket(sealed(other)), String(type)).to.equal(undefined)
    }
  })
})
