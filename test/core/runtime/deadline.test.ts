import { expect } from "chai"
import { deadline } from "../../../src/core/runtime/deadline.js"
import { createRuntime } from "../../../src/core/runtime/runtime.js"
import { nodeScheduler } from "../../../src/platform/node/scheduler.js"
import { FakeClock } from "../../support/fake-clock.js"

describe("deadline", () => {
  function create() {
    const clock = new FakeClock()
    const turns: (() => void)[] = []
    const runtime = createRuntime(nodeScheduler, { clock, nextTurn: (task) => turns.push(task) })
    const errors: Error[] = []
    const timer = deadline(runtime, 100, "a greeting", (error) => errors.push(error))
    return { clock, turns, errors, timer }
  }

  it("expires one turn of the event loop after its time, so that received data is read first", () => {
    const { clock, turns, errors } = create()
    clock.advance(99)
    expect(turns).to.have.length(0)
    clock.advance(1)
    expect([turns.length, errors.length]).to.deep.equal([1, 0])
    turns[0]!()
    expect(errors[0]).to.include({ code: "ETIMEDOUT", message: "Timed out after 100 ms waiting for a greeting" })
  })

  it("does not expire after it was canceled, even in that turn", () => {
    const { clock, turns, errors, timer } = create()
    clock.advance(100)
    timer.cancel()
    turns[0]!()
    expect([errors.length, clock.waiting]).to.deep.equal([0, 0])
  })
})
