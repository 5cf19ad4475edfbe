import { expect } from "chai"
import { randomOf } from "../../src/testing/random.js"

describe("randomOf", () => {
  const numbers = (seed: number): number[] => Array.from({ length: 1000 }, randomOf(seed))

  it("yields the same numbers for the same seed, others for another", () => {
    expect(numbers(1)).to.deep.equal(numbers(1))
    expect(numbers(1)).to.not.deep.equal(numbers(2))
  })

  it("yields the numbers of mulberry32", () => {
    expect(numbers(0)[0]).to.be.closeTo(0.26642920868471265, 1e-15)
  })

  it("yields evenly distributed numbers from 0 (inclusive) to 1 (exclusive)", () => {
    const all = numbers(7)
    expect(all.every((number) => number >= 0 && number < 1)).to.equal(true)
    for (let tenth = 0; tenth < 10; tenth++) {
      expect(all.filter((number) => Math.floor(number * 10) === tenth).length).to.be.within(60, 140)
    }
  })
})
