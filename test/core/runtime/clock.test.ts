import { expect } from "chai"
import { createClock, globalTimers, LONGEST_DELAY, systemClock } from "../../../src/core/runtime/clock.js"

describe("a clock", () => {
  it("runs a task once after its delay, without keeping the process alive", () => {
    const started: { task: () => void; delay: number }[] = []
    let unreferenced = 0
    const clock = createClock({
      ...globalTimers,
      setTimeout: (task, delay) => {
        started.push({ task, delay })
        return { unref: () => unreferenced++ }
      },
    })
    let runs = 0
    clock.after(5, () => runs++)
    expect([started[0]!.delay, unreferenced]).to.deep.equal([5, 1])
    started[0]!.task()
    expect(runs).to.equal(1)
  })

  it("limits delays to what timers support: longer ones would fire immediately", () => {
    const delays: number[] = []
    createClock({ ...globalTimers, setTimeout: (_task, delay) => delays.push(delay) }).after(Infinity, () => undefined)
    expect(delays).to.deep.equal([LONGEST_DELAY])
  })

  it("has global timers that repeat a task until they are cleared", async () => {
    let runs = 0
    await new Promise<void>((resolve) => {
      const timer = globalTimers.setInterval(() => {
        if (++runs < 2) return
        globalTimers.clearInterval(timer)
        // Timers of the same delay fire in order.
        globalTimers.setTimeout(() => globalTimers.setTimeout(resolve, 1), 1)
      }, 1)
    })
    expect(runs).to.equal(2)
  })

  it("does not run a canceled task", async () => {
    let runs = 0
    systemClock.after(0, () => runs++).cancel()
    // Timers with the same delay fire in order, and 0 means 1.
    await new Promise((resolve) => setTimeout(resolve, 1))
    expect(runs).to.equal(0)
  })
})
