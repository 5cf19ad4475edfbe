import { expect } from "chai"
import { decodeRoutingNumber, encodeRoutingNumber } from "../../src/patterns/routing-number.js"

describe("routing numbers", () => {
  for (const [number, hex] of [
    [1, "00000001"],
    [0x0102_0304, "01020304"],
    [0xffff_ffff, "ffffffff"],
  ] as const) {
    it(`encode ${number} as ${hex}, and decode it`, () => {
      const frame = encodeRoutingNumber(number)
      expect(Buffer.from(frame).toString("hex")).to.equal(hex)
      expect(decodeRoutingNumber(frame)).to.equal(number)
    })
  }
})
