import { expect } from "chai"
import fc from "fast-check"
import { Ring } from "../../src/core/ring.js"

const contents = (ring: Ring<number>): number[] => Array.from({ length: ring.length }, () => ring.shift()!)

describe("Ring", () => {
  it("returns items in FIFO order", () => {
    const ring = new Ring<number>()
    for (let item = 0; item < 100; item++) ring.push(item)
    expect([ring.length, ring.peek()]).to.deep.equal([100, 0])
    expect(contents(ring)).to.deep.equal(Array.from({ length: 100 }, (_, item) => item))
    expect([ring.length, ring.peek(), ring.shift()]).to.deep.equal([0, undefined, undefined])
  })

  it("is empty after it was cleared, and can be used again", () => {
    const ring = new Ring<number>()
    for (let item = 0; item < 20; item++) ring.push(item)
    ring.clear()
    expect([ring.length, ring.peek(), ring.shift()]).to.deep.equal([0, undefined, undefined])
    ring.push(1)
    expect(contents(ring)).to.deep.equal([1])
  })

  it("replaces the last item", () => {
    const ring = new Ring<number>()
    for (let item = 0; item < 6; item++) ring.push(item)
    for (let item = 0; item < 5; item++) ring.shift()
    for (let item = 6; item < 9; item++) ring.push(item)
    ring.updateLast((item) => item + 100)
    expect(contents(ring)).to.deep.equal([5, 6, 7, 108])
  })

  it("behaves like an array", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("push"), item: fc.nat(5) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("shift"), item: fc.nat(5) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
        const ring = new Ring<number>()
        const model: number[] = []
        for (const { kind, item } of steps) {
          if (kind === "push") {
            ring.push(item)
            model.push(item)
          } else expect(ring.shift()).to.equal(model.shift())
          expect([ring.length, ring.peek()]).to.deep.equal([model.length, model[0]])
        }
        expect(contents(ring)).to.deep.equal(model)
      }),
      { numRuns: 300 },
    )
  })
})
