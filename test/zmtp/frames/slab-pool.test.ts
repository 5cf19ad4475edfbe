import { expect } from "chai"
import { returnSlab, takeSlab } from "../../../src/zmtp/frames/slab-pool.js"

const KIB = 1024

describe("the pool of slabs", () => {
  beforeEach(() => {
    while (takeSlab(0) !== undefined);
  })

  it("returns the slab that was used last, if it is large enough", () => {
    const [first, second] = [Buffer.alloc(64 * KIB), Buffer.alloc(100 * KIB)]
    returnSlab(first)
    returnSlab(second)
    expect(takeSlab(64 * KIB)).to.equal(second)
    expect(takeSlab(64 * KIB + 1)).to.equal(undefined)
    expect(takeSlab(64 * KIB)).to.equal(first)
    expect(takeSlab(0)).to.equal(undefined)
  })

  it("keeps at most eight slabs of 64 to 256 KiB", () => {
    returnSlab(Buffer.alloc(64 * KIB - 1))
    returnSlab(Buffer.alloc(256 * KIB + 1))
    expect(takeSlab(0)).to.equal(undefined)
    for (let count = 0; count < 10; count++) returnSlab(Buffer.alloc(256 * KIB))
    let kept = 0
    while (takeSlab(0) !== undefined) kept++
    expect(kept).to.equal(8)
  })
})
