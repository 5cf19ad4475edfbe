import { expect } from "chai"
import { once } from "node:events"
import { createServer } from "node:net"
import { Pull, Push } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { nextEvent } from "../support/events.js"
import { caught, texts } from "../support/receiving.js"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const NAMES = ["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"] as const

describe("sockets in a test environment that has replaced the global timers", () => {
  const use = closing()
  const own = new Map<string, PropertyDescriptor>()

  beforeEach(() => {
    for (const name of NAMES) {
      own.set(name, Object.getOwnPropertyDescriptor(globalThis, name)!)
      Object.defineProperty(globalThis, name, { configurable: true, writable: true, value: undefined })
    }
  })

  afterEach(() => {
    for (const [name, descriptor] of own) Object.defineProperty(globalThis, name, descriptor)
  })

  it("bind, connect, transfer messages, and unbind", async function () {
    if (RUNTIME === "Bun") skip(this, "Bun's own sockets use the global timers")
    const [pull, push] = [use(new Pull()), use(new Push())]
    await pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.lastEndpoint!)
    await push.send("in time")
    expect(await texts(pull, 1)).to.deep.equal(["in time"])
    await pull.unbind(pull.lastEndpoint!)
  })

  it("have timeouts", async () => {
    expect(await caught(use(new Pull()).receive({ timeout: 1 }))).to.include({ code: "EAGAIN" })
  })

  it("reconnect", async function () {
    if (RUNTIME === "Bun") skip(this, "Bun's own sockets use the global timers")
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1")
    await once(server, "listening")
    const push = use(new Push({ reconnectInterval: 1 }))
    const again = nextEvent(push, "connect:retry")
    push.connect(`tcp://127.0.0.1:${(server.address() as { port: number }).port}`)
    await again
    await nextEvent(push, "connect")
    server.close()
  })
})
