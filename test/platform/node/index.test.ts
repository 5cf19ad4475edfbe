import { expect } from "chai"
import { nodePlatform } from "../../../src/platform/node/index.js"

describe("the platform of Node", () => {
  it("has every transport of docs/design.md, except inproc, which every context has", () => {
    expect([...nodePlatform.transports.keys()]).to.have.members(["tcp", "ipc", "ws", "wss", "udp", "epgm"])
  })

  it("has every feature that options may require", () => {
    expect([...nodePlatform.features]).to.have.members([
      "heartbeats",
      "listening",
      "multicast",
      "security",
      "tcp",
      "tls",
    ])
  })

  it("runs tasks after the microtasks of the current turn, and before timers", async () => {
    const order: string[] = []
    const done = new Promise<void>((resolve) => {
      nodePlatform.nextTurn(() => {
        order.push("next turn")
        resolve()
      })
    })
    nodePlatform.afterMicrotasks(() => order.push("after microtasks"))
    queueMicrotask(() => order.push("microtask"))
    order.push("now")
    await done
    expect(order[0]).to.equal("now")
    expect(order.at(-1)).to.equal("next turn")
    expect(order).to.have.members(["now", "microtask", "after microtasks", "next turn"])
  })
})
