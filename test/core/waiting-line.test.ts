import { expect } from "chai"
import { createRuntime } from "../../src/core/runtime.js"
import { WaitingLine } from "../../src/core/waiting-line.js"
import { nodeScheduler } from "../../src/platform/node/scheduler.js"
import { FakeClock } from "../support/fake-clock.js"

const expired = (item: string): Error => new Error(`${item} expired`)

/** A line, and what has become of those who joined it, in order. */
function create() {
  const clock = new FakeClock()
  const line = new WaitingLine<string, string>(createRuntime(nodeScheduler, { clock }))
  const outcomes: string[] = []
  const join = (item: string, timeout = -1): void => {
    line.join(item, { timeout }, expired).then(
      (result) => outcomes.push(result),
      (error: unknown) => outcomes.push((error as Error).message),
    )
  }
  return { clock, line, outcomes, join }
}

const microtasks = (): Promise<void> => Promise.resolve().then(() => undefined)

describe("WaitingLine", () => {
  it("serves first come, first served, as long as there is something", async () => {
    const { line, outcomes, join } = create()
    for (const item of ["a", "b", "c"]) join(item)
    const results = ["1", "2"]
    const asked: string[] = []
    line.serve((item) => {
      asked.push(item)
      return results.shift()
    })
    await microtasks()
    expect([outcomes, asked, line.length]).to.deep.equal([["1", "2"], ["a", "b", "c"], 1])
    line.dismiss(expired)
  })

  it("rejects the one whose turn fails, and goes on with the next", async () => {
    const { line, outcomes, join } = create()
    for (const item of ["bad", "good"]) join(item)
    line.serve((item) => {
      if (item === "bad") throw new Error("wrong")
      return item
    })
    await microtasks()
    expect([outcomes, line.length]).to.deep.equal([["wrong", "good"], 0])
  })

  it("sends away who has waited as long as it would, wherever it stands", async () => {
    const { clock, line, outcomes, join } = create()
    join("patient")
    join("hasty", 10)
    join("slow", 20)
    clock.advance(9)
    await microtasks()
    expect([outcomes, line.length]).to.deep.equal([[], 3])
    clock.advance(1)
    await microtasks()
    expect([outcomes, line.length]).to.deep.equal([["hasty expired"], 2])
    line.serve((item) => item)
    clock.advance(100)
    await microtasks()
    expect(outcomes).to.deep.equal(["hasty expired", "patient", "slow"])
    expect(clock.waiting).to.equal(0)
  })

  it("sends everybody away", async () => {
    const { clock, line, outcomes, join } = create()
    for (const item of ["a", "b"]) join(item, 10)
    line.dismiss((item) => new Error(`${item} dismissed`))
    await microtasks()
    expect([outcomes, line.length, clock.waiting]).to.deep.equal([["a dismissed", "b dismissed"], 0, 0])
  })
})
