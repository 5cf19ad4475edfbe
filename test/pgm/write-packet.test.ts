import { expect } from "chai"
import { checksumOf } from "../../src/pgm/checksum.js"
import { readPacket, type Nak, type Spm } from "../../src/pgm/packet.js"
import {
  encodeNak,
  encodeSpm,
  encodeSpmRequest,
  PAYLOAD_AT,
  repairOf,
  writeDataHeader,
} from "../../src/pgm/write-packet.js"
import { CAPTURED, CAPTURED_SESSION } from "../support/pgm.js"

describe("written packets (RFC 3208, section 8)", () => {
  it("match those of libzmq byte for byte", () => {
    for (const packet of [...CAPTURED.spms, CAPTURED.heartbeat, CAPTURED.fin]) {
      expect(encodeSpm(readPacket(packet) as Spm)).to.deep.equal(packet)
    }
    for (const packet of [CAPTURED.nak, CAPTURED.nakList]) {
      expect(encodeNak(readPacket(packet) as Nak)).to.deep.equal(packet)
    }
    expect(encodeSpmRequest(readPacket(CAPTURED.spmRequest)!)).to.deep.equal(CAPTURED.spmRequest)
    CAPTURED.data.forEach((packet, sequence) => {
      const copy = Buffer.alloc(packet.length)
      copy.set(packet.subarray(PAYLOAD_AT), PAYLOAD_AT)
      writeDataHeader(copy, CAPTURED_SESSION, sequence, 0)
      expect(copy).to.deep.equal(packet)
    })
  })

  it("include confirmations with the ports of the source", () => {
    const nak = readPacket(CAPTURED.nakList) as Nak
    const confirmation = encodeNak({ ...nak, kind: "ncf" })
    expect(readPacket(confirmation)).to.deep.equal({ ...nak, kind: "ncf" })
    // That is the NAK of libzmq with another type, and with the ports swapped.
    const expected = Buffer.from(CAPTURED.nakList)
    expected[4] = 0x0a
    expected.writeUInt16BE(nak.sourcePort, 0)
    expected.writeUInt16BE(nak.sessionPort, 2)
    expected.writeUInt16BE(0, 6)
    expected.writeUInt16BE(checksumOf(expected), 6)
    expect(Buffer.from(confirmation)).to.deep.equal(expected)
  })

  it("include repairs with another type and the current trail, without changes of the original", () => {
    const original = Buffer.from(CAPTURED.data[2])
    const repair = repairOf(original, 2)
    expect(original).to.deep.equal(CAPTURED.data[2])
    expect(readPacket(repair)).to.deep.equal({ ...readPacket(original), repair: true, trail: 2 })
  })

  it("contain sequence numbers of 32 bits", () => {
    const packet = Buffer.alloc(PAYLOAD_AT)
    writeDataHeader(packet, CAPTURED_SESSION, 0xfedc_ba98, 0x8765_4321)
    expect(readPacket(packet)).to.deep.include({ sequence: 0xfedc_ba98, trail: 0x8765_4321 })
  })
})
