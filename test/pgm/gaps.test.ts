import { expect } from "chai"
import { Gaps, type Gap } from "../../src/pgm/gaps.js"
import { MAX_GAPS } from "../../src/pgm/limits.js"

const gap = (first: number, last: number, kind: "lost" | "backing-off" = "backing-off"): Gap => ({
  first,
  last,
  repair: kind === "lost" ? { kind } : { kind, due: 0 },
  since: 0,
  unconfirmed: 0,
  unrepaired: 0,
})

function gapsOf(...ranges: [number, number][]): Gaps {
  const gaps = new Gaps()
  for (const [first, last] of ranges) gaps.append(gap(first, last))
  return gaps
}

const ranges = (gaps: Gaps) =>
  [...gaps].map(({ first, last, repair }) => [first, last, repair.kind === "lost" ? "lost" : "missing"])

describe("Gaps", () => {
  it("contain the missing packets", () => {
    const gaps = gapsOf([2, 3], [6, 6], [0xffff_fff0, 0xffff_ffff])
    expect([1, 2, 3, 4, 5, 6, 7].map((sequence) => gaps.has(sequence))).to.deep.equal([
      ...[false, true, true, false, false, true, false],
    ])
    expect(new Gaps().has(0)).to.equal(false)
  })

  it("shrink at either end, split in the middle, and disappear with their last packet", () => {
    const gaps = gapsOf([1, 9], [12, 12])
    for (const sequence of [1, 9, 5, 12]) expect(gaps.remove(sequence)).to.equal(true)
    expect(ranges(gaps)).to.deep.equal([
      [2, 4, "missing"],
      [6, 8, "missing"],
    ])
    expect([gaps.count, gaps.first()?.first]).to.deep.equal([2, 2])
    gaps.shift()
    expect(gaps.first()?.first).to.equal(6)
  })

  it("are found when the sequence numbers wrap around", () => {
    const gaps = gapsOf([0xffff_fff0, 0xffff_fffa], [0xffff_fffd, 2], [5, 5])
    expect([0xffff_fffd, 0xffff_ffff, 0, 2, 5].every((sequence) => gaps.has(sequence))).to.equal(true)
    expect([0xffff_fffb, 3, 4, 6].some((sequence) => gaps.has(sequence))).to.equal(false)
    gaps.remove(0)
    expect(ranges(gaps).slice(1, 3)).to.deep.equal([
      [0xffff_fffd, 0xffff_ffff, "missing"],
      [1, 2, "missing"],
    ])
  })

  it("change for a range, and are split if they extend beyond it", () => {
    const gaps = gapsOf([1, 4], [6, 7], [9, 12])
    gaps.updateRange({ first: 3, last: 10 }, ({ first, last }) => gap(first, last, "lost"))
    expect(ranges(gaps)).to.deep.equal([
      [1, 2, "missing"],
      [3, 4, "lost"],
      [6, 7, "lost"],
      [9, 10, "lost"],
      [11, 12, "missing"],
    ])
    const whole = gapsOf([1, 3])
    whole.updateRange({ first: 1, last: 3 }, ({ first, last }) => gap(first, last, "lost"))
    whole.updateRange({ first: 5, last: 9 }, ({ first, last }) => gap(first, last, "lost"))
    expect(ranges(whole)).to.deep.equal([[1, 3, "lost"]])
    const inside = gapsOf([1, 5])
    inside.updateRange({ first: 3, last: 3 }, ({ first, last }) => gap(first, last, "lost"))
    expect(ranges(inside)).to.deep.equal([
      [1, 2, "missing"],
      [3, 3, "lost"],
      [4, 5, "missing"],
    ])
  })

  it("are all updated at once", () => {
    const gaps = gapsOf([1, 1], [3, 3])
    gaps.update(({ first, last }) => gap(first, last, "lost"))
    expect(ranges(gaps).map(([, , kind]) => kind)).to.deep.equal(["lost", "lost"])
  })

  it(`do not exceed ${MAX_GAPS}: no more are split off`, () => {
    const gaps = new Gaps()
    for (let index = 0; index < MAX_GAPS - 1; index++) gaps.append(gap(index * 4, index * 4 + 2))
    expect([gaps.full, gaps.remove(1), gaps.full]).to.deep.equal([false, true, true])
    expect([gaps.remove(5), gaps.remove(4), gaps.count]).to.deep.equal([false, true, MAX_GAPS])
    gaps.updateRange({ first: 9, last: 9 }, ({ first, last }) => gap(first, last, "lost"))
    gaps.updateRange({ first: 8, last: 8 }, ({ first, last }) => gap(first, last, "lost"))
    gaps.updateRange({ first: 12, last: 14 }, ({ first, last }) => gap(first, last, "lost"))
    const almost = new Gaps()
    for (let index = 0; index < MAX_GAPS - 1; index++) almost.append(gap(index * 4, index * 4 + 2))
    almost.updateRange({ first: 0, last: 0 }, ({ first, last }) => gap(first, last, "lost"))
    expect([almost.count, ranges(almost)[0]]).to.deep.equal([MAX_GAPS, [0, 0, "lost"]])
    expect([gaps.count, ranges(gaps).filter(([, , kind]) => kind === "lost")]).to.deep.equal([
      MAX_GAPS,
      [[12, 14, "lost"]],
    ])
  })
})
