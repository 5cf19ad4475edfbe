import { expect } from "chai"
import { capacityOf } from "../../../src/core/pipe/pipe-limits.js"

describe("capacityOf", () => {
  it("adds the marks of both ends, of which one may be undefined", () => {
    expect(capacityOf(1000, 500)).to.equal(1500)
    expect(capacityOf(1000, undefined)).to.equal(1000)
    expect(capacityOf(undefined, 500)).to.equal(500)
    expect(capacityOf(undefined, undefined)).to.equal(0)
  })

  it("has no limit if either end has none (ZMQ_SNDHWM or ZMQ_RCVHWM 0)", () => {
    for (const mark of [0, 1000, undefined]) {
      expect(capacityOf(0, mark)).to.equal(Infinity)
      expect(capacityOf(mark, 0)).to.equal(Infinity)
    }
  })
})
