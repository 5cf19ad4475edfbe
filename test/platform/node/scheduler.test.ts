import { expect } from "chai"
import { nodeScheduler } from "../../../src/platform/node/scheduler.js"

describe("nodeScheduler", () => {
  it("runs tasks after the microtasks, or after the event loop has turned", async () => {
    const log: string[] = []
    await new Promise<void>((resolve) => {
      nodeScheduler.nextTurn(() => {
        log.push("next turn")
        resolve()
      })
      nodeScheduler.afterMicrotasks(() => log.push("after microtasks"))
      void Promise.resolve()
        .then(() => log.push("microtask"))
        .then(() => log.push("microtask of a microtask"))
    })
    expect(log.at(-1)).to.equal("next turn")
    expect(log).to.have.members(["microtask", "microtask of a microtask", "after microtasks", "next turn"])
  })
})
