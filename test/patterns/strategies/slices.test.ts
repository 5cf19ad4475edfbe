import { expect } from "chai"
import { Slices } from "../../../src/patterns/strategies/slices.js"

describe("Slices", () => {
  it("runs one slice immediately and one in each turn, until there is no more work", () => {
    const tasks: (() => void)[] = []
    let left = 3
    let done = 0
    const slices = new Slices(
      (task) => tasks.push(task),
      () => {
        done++
        return --left > 0
      },
    )
    slices.run()
    slices.run() // Has no effect: a slice is already scheduled.
    expect([done, tasks.length]).to.deep.equal([1, 1])
    tasks.pop()!()
    expect([done, tasks.length]).to.deep.equal([2, 1])
    tasks.pop()!()
    expect([done, tasks.length]).to.deep.equal([3, 0])
    left = 1
    slices.run()
    expect([done, tasks.length]).to.deep.equal([4, 0])
  })
})
