import { expect } from "chai"
import { ID_SIZE, isSameId, RequestIds, sequenceOf } from "../../src/messaging/request-ids.js"

describe("RequestIds", () => {
  it("returns the sequence number, for all of its 32 bits", () => {
    const ids = new RequestIds()
    for (const sequence of [0, 1, 0x1234_5678, 0x8000_0000, 0xffff_ffff]) {
      expect(sequenceOf(ids.encode(sequence))).to.equal(sequence)
    }
  })

  it("never creates the same id twice, for one requester or two, beyond the end of a pool of random bytes", () => {
    const [ids, others] = [new RequestIds(), new RequestIds()]
    const seen = new Set<string>()
    for (let count = 0; count < 1000; count++) {
      for (const id of [ids.encode(7), others.encode(7)]) seen.add(id.subarray(4).join())
    }
    // Among 2,000 random 32-bit values, a few may be equal by chance.
    expect(seen.size).to.be.above(1990)
  })

  it("creates an unpredictable id for the first request of each requester", () => {
    const firsts = Array.from({ length: 10 }, () => new RequestIds().encode(0).join())
    expect(new Set(firsts).size).to.be.above(8)
  })

  it("compares all bytes of ids", () => {
    const id = new RequestIds().encode(1)
    expect(isSameId(id, Uint8Array.from(id))).to.equal(true)
    for (let index = 0; index < ID_SIZE; index++) {
      const other = Uint8Array.from(id)
      other[index]! ^= 1
      expect(isSameId(id, other)).to.equal(false)
    }
    expect(isSameId(id, id.subarray(0, 7))).to.equal(false)
    expect(isSameId(id, new Uint8Array(9))).to.equal(false)
    expect(isSameId(id, Uint8Array.of(...id, 0))).to.equal(false)
    const zeros = new Uint8Array(ID_SIZE)
    expect([isSameId(zeros, zeros.subarray(0, 7)), isSameId(zeros, new Uint8Array(0))]).to.deep.equal([false, false])
  })
})
