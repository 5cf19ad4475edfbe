import { expect } from "chai"
import fc from "fast-check"
import { MinHeap } from "../../../src/cli/dump/min-heap.js"

describe("MinHeap", () => {
  it("is empty at first", () => {
    const heap = new MinHeap()
    expect([heap.smallest, heap.pop()]).to.deep.equal([undefined, undefined])
  })

  it("returns the smallest number each time, regardless of the order of insertion", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer(), { nil: undefined })), (steps) => {
        const heap = new MinHeap()
        const expected: number[] = []
        for (const step of steps) {
          if (step === undefined) expect(heap.pop()).to.equal(expected.shift())
          else {
            heap.push(step)
            expected.push(step)
            expected.sort((a, b) => a - b)
          }
          expect(heap.smallest).to.equal(expected[0])
        }
      }),
    )
  })
})
