import { expect } from "chai"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { Pull, Push } from "../../src/index.js"
import { overBytes } from "../../src/zmtp/over-bytes.js"
import { closing } from "../support/closing.js"
import { nextEvent } from "../support/events.js"
import { LoopTransport } from "../support/loop-transport.js"
import { GREETING } from "../support/raw-peer.js"

describe("an exception", () => {
  const use = closing()

  it("in this library is reported by an event, as the cause of ENOTRECOVERABLE", async () => {
    const loop = use(new LoopTransport())
    const pull = use(new Pull())
    pull.events
    await pull.bind("loop://fault")
    const fault = new TypeError("x is not a function")
    const stream = loop.join("fault", (options) =>
      Object.assign(overBytes(options), {
        handshake: () => {
          throw fault
        },
      }),
    )
    stream.say(GREETING)
    const { error } = await nextEvent(pull, "handshake:error:other")
    expect([error.code, error.errno, error.cause]).to.deep.equal(["ENOTRECOVERABLE", 131, fault])
    expect(stream.state).to.equal("destroyed")
  })

  /** The first `count` uncaught exceptions while a message travels from a PUSH to a PULL, or afterward. */
  async function uncaughtIn(count: number, prepare: (push: Push, pull: Pull) => void): Promise<string[]> {
    const faults: string[] = []
    let enough: () => void = () => undefined
    const surfaced = new Promise<void>((resolve) => (enough = resolve))
    const listeners = process.listeners("uncaughtException")
    process.removeAllListeners("uncaughtException")
    process.on("uncaughtException", ({ message }) => {
      if (faults.push(message) === count) enough()
    })
    try {
      const [push, pull] = [use(new Push()), use(new Pull())]
      prepare(push, pull)
      await pull.bind("tcp://127.0.0.1:*")
      push.connect(pull.lastEndpoint!)
      await push.send("served")
      expect(String(await pull.receive())).to.equal("served")
      await surfaced
    } finally {
      process.removeAllListeners("uncaughtException")
      for (const listener of listeners) process.on("uncaughtException", listener)
    }
    return faults
  }

  const throws = (): never => {
    throw new Error("of a listener")
  }

  it("in an event listener is uncaught, and ends no connection", async () => {
    const faults = await uncaughtIn(2, (push, pull) => {
      push.events.on("handshake", throws)
      pull.events.on("handshake", throws)
    })
    expect(faults).to.deep.equal(["of a listener", "of a listener"])
  })

  it("in a subscriber of a diagnostics channel is uncaught, and ends no connection", async () => {
    const names = ["zmtp:handshake", "zmtp:receive"]
    for (const name of names) subscribe(name, throws)
    use({ close: () => names.forEach((name) => unsubscribe(name, throws)) })
    const faults = await uncaughtIn(3, () => undefined)
    expect(faults).to.deep.equal(Array(3).fill("of a listener"))
  })
})
