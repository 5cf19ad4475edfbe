import { expect } from "chai"
import { browserScheduler } from "../../../src/platform/browser/scheduler.js"

describe("browserScheduler", () => {
  it("runs tasks in order, after all microtasks", async () => {
    const log: string[] = []
    await new Promise<void>((resolve) => {
      browserScheduler.afterMicrotasks(() => log.push("first"))
      browserScheduler.nextTurn(() => {
        log.push("second")
        resolve()
      })
      void Promise.resolve()
        .then(() => log.push("microtask"))
        .then(() => log.push("microtask of a microtask"))
    })
    expect(log).to.deep.equal(["microtask", "microtask of a microtask", "first", "second"])
  })
})
