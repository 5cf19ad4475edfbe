import { expect } from "chai"
import { createContext } from "../../src/sockets/context.js"
import { createRuntime } from "../../src/core/runtime/runtime.js"
import { Pair, Push } from "../../src/index.js"
import { nodePlatform } from "../../src/platform/node/index.js"
import { nodeScheduler } from "../../src/platform/node/scheduler.js"
import type { Platform } from "../../src/platform/platform.js"
import { closing } from "../support/closing.js"
import { FakeClock } from "../support/fake-clock.js"
import { caught } from "../support/receiving.js"

/** A platform whose clock stands still, with `overrides`. */
function platformWith(overrides: Partial<Platform>): Platform {
  return { ...nodePlatform, ...createRuntime(nodeScheduler), ...overrides }
}

describe("two contexts with different platforms in one process", () => {
  const use = closing()

  it("each measure time with their own clock", async () => {
    const clock = new FakeClock()
    const still = createContext(platformWith({ clock }))
    const running = createContext(platformWith({}))
    let expired = false
    const waiting = use(new Pair({ context: still })).receive({ timeout: 1 })
    const rejected = waiting.catch(() => (expired = true))
    expect(await caught(use(new Pair({ context: running })).receive({ timeout: 1 }))).to.include({ code: "EAGAIN" })
    expect([expired, clock.waiting]).to.deep.equal([false, 1])
    clock.advance(1)
    await rejected
    expect(expired).to.equal(true)
  })

  it("each have their own transports", async () => {
    const none = createContext(platformWith({ transports: new Map() }))
    const tcp = createContext(platformWith({}))
    expect(await caught(use(new Push({ context: none })).bind("tcp://127.0.0.1:*"))).to.include({
      code: "EPROTONOSUPPORT",
    })
    const push = use(new Push({ context: tcp }))
    await push.bind("tcp://127.0.0.1:*")
    expect(push.lastEndpoint).to.match(/^tcp:/)
  })

  it("each publish to their own channels", async () => {
    const reports: unknown[] = []
    const channel = { hasSubscribers: true, publish: (report: unknown) => reports.push(report) }
    const loud = createContext(platformWith({ channels: { ...nodePlatform.channels, send: channel } }))
    const quiet = createContext(platformWith({}))
    for (const context of [loud, quiet]) {
      const [near, far] = [use(new Pair({ context })), use(new Pair({ context }))]
      await near.bind("inproc://platforms")
      far.connect("inproc://platforms")
      await far.send("x")
      await near.receive()
    }
    expect(reports).to.have.length(1)
  })
})
