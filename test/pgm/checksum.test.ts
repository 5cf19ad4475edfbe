import { expect } from "chai"
import { checksumOf, onesComplementSum } from "../../src/pgm/checksum.js"
import { hex } from "../support/cuts.js"
import { CAPTURED } from "../support/pgm.js"

describe("the checksum (RFC 1071)", () => {
  it("is that of RFC 1071, section 3", () => {
    expect(onesComplementSum(hex("0001f203f4f5f6f7"))).to.equal(0xddf2)
    expect(checksumOf(hex("0001f203f4f5f6f7"))).to.equal(0x220d)
  })

  it("matches the checksum of libzmq's packets", () => {
    for (const packet of [...CAPTURED.spms, ...CAPTURED.data, CAPTURED.pair, CAPTURED.fin]) {
      expect(onesComplementSum(packet)).to.equal(0xffff)
      const bare = Buffer.from(packet)
      bare.writeUInt16BE(0, 6)
      expect(checksumOf(bare)).to.equal(packet.readUInt16BE(6))
    }
  })

  it("uses an odd byte as the high byte of its word, at any length", () => {
    for (let length = 0; length < 40; length++) {
      const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 37 + 11) & 0xff))
      let sum = 0
      for (let at = 0; at < length; at += 2) sum += bytes[at]! * 256 + (bytes[at + 1] ?? 0)
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
      expect(onesComplementSum(bytes), String(length)).to.equal(sum)
    }
  })

  it("folds every carry of large packets", () => {
    expect(onesComplementSum(Buffer.alloc(65_507, 0xff))).to.equal(0xff00)
    expect(onesComplementSum(Buffer.alloc(65_506, 0xff))).to.equal(0xffff)
  })

  it("is never zero, which means that there is no checksum", () => {
    expect(checksumOf(hex("ffff"))).to.equal(0xffff)
    expect(checksumOf(hex("0000"))).to.equal(0xffff)
  })
})
