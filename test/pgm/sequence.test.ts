import { expect } from "chai"
import { advance, distance, lengthOf } from "../../src/pgm/sequence.js"

describe("sequence numbers (RFC 1982)", () => {
  it("count modulo 2^32", () => {
    expect([advance(0xffff_ffff, 1), advance(0, -1), advance(0xffff_fff0, 0x20)]).to.deep.equal([0, 0xffff_ffff, 0x10])
  })

  it("are compared by their distance, also when they wrap around", () => {
    expect(distance(5, 7)).to.equal(2)
    expect(distance(7, 5)).to.equal(-2)
    expect(distance(0xffff_ffff, 0)).to.equal(1)
    expect(distance(0, 0xffff_ffff)).to.equal(-1)
    expect(distance(0, 0x7fff_ffff)).to.equal(0x7fff_ffff)
    expect(distance(0, 0x8000_0001)).to.be.below(0)
  })

  it("form ranges that include both ends", () => {
    expect([lengthOf({ first: 3, last: 3 }), lengthOf({ first: 0xffff_ffff, last: 1 })]).to.deep.equal([1, 3])
  })
})
