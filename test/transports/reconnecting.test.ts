import { expect } from "chai"
import { Pull, Push, type Socket } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeTcp } from "../support/endpoints.js"
import { texts } from "../support/receiving.js"

function once({ events }: Socket, type: "disconnect" | "close"): Promise<unknown> {
  return new Promise((resolve) => {
    events.on(type, resolve)
  })
}

describe("reconnectInterval (ZMQ_RECONNECT_IVL)", () => {
  const use = closing()

  it("does not reconnect with -1, except on a new call of connect", async () => {
    const endpoint = await freeTcp()
    const pull = use(new Pull())
    await pull.bind(endpoint)
    const push = use(new Push({ reconnectInterval: -1 }))
    const told: string[] = []
    push.events.on("connect:retry", ({ type }) => told.push(type))
    push.connect(endpoint)
    await push.send("1")
    expect(await texts(pull, 1)).to.deep.equal(["1"])
    const gone = once(push, "disconnect")
    await pull.unbind(endpoint)
    await gone
    await pull.bind(endpoint)
    push.connect(endpoint)
    await push.send("2")
    expect(await texts(pull, 1)).to.deep.equal(["2"])
    expect(told).to.be.empty
  })

  it("stops after the first failure with -1 if no socket listens", async () => {
    const push = use(new Push({ reconnectInterval: -1 }))
    const told: string[] = []
    push.events.on("connect:retry", ({ type }) => told.push(type))
    const closed = once(push, "close")
    push.connect(await freeTcp())
    await closed
    expect(told).to.be.empty
  })
})
