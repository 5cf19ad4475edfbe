import { expect } from "chai"
import { LocalPipe } from "../../../src/core/pipe/local-pipe.js"
import type { Pipe } from "../../../src/core/pipe/pipe.js"
import { PushPattern } from "../../../src/patterns/push.js"
import { Rotation } from "../../../src/patterns/strategies/rotation.js"
import { host, ownerOf } from "../../support/peer.js"

function pipes(count: number): Pipe[] {
  const owner = ownerOf(host((host) => new PushPattern(host)).pattern)
  return Array.from({ length: count }, () => LocalPipe.pair(owner, {}, owner)[0])
}

/** The indexes in `all` of the next `count` pipes of the rotation. */
function turns(rotation: Rotation, all: readonly Pipe[], count: number): number[] {
  return Array.from({ length: count }, () => {
    const index = all.indexOf(rotation.current()!)
    rotation.advance()
    return index
  })
}

describe("Rotation", () => {
  it("has no current pipe while it is empty", () => {
    expect(new Rotation().current()).to.equal(undefined)
  })

  it("gives each pipe one turn, in the order in which they were added, then starts again", () => {
    const rotation = new Rotation()
    const all = pipes(3)
    for (const pipe of [...all, all[0]!]) rotation.add(pipe)
    expect(turns(rotation, all, 7)).to.deep.equal([0, 1, 2, 0, 1, 2, 0])
  })

  it("gives a new pipe its turn before it starts again", () => {
    const rotation = new Rotation()
    const all = pipes(2)
    rotation.add(all[0]!)
    rotation.current()
    rotation.advance()
    rotation.add(all[1]!)
    expect(turns(rotation, all, 3)).to.deep.equal([1, 0, 1])
  })

  for (const [removed, expected] of [
    [0, [1, 2, 1]],
    [1, [2, 0, 2]],
    [2, [1, 0, 1]],
  ] as const) {
    it(`skips no other pipe when pipe ${removed} of 3 is removed in the turn of pipe 1`, () => {
      const rotation = new Rotation()
      const all = pipes(3)
      for (const pipe of all) rotation.add(pipe)
      turns(rotation, all, 1)
      rotation.remove(all[removed]!)
      expect(turns(rotation, all, 3)).to.deep.equal(expected)
    })
  }

  it("removes the current pipe only while it is its turn", () => {
    const rotation = new Rotation()
    const all = pipes(2)
    for (const pipe of all) rotation.add(pipe)
    rotation.removeCurrent(all[1]!)
    expect(rotation.pipes).to.deep.equal(all)
    rotation.removeCurrent(all[0]!)
    expect(rotation.pipes).to.deep.equal([all[1]])
  })
})
