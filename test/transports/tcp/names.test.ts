import { expect } from "chai"
import { Pull, Push, type Context } from "../../../src/index.js"
import { createContext } from "../../../src/sockets/context.js"
import { nodePlatform } from "../../../src/platform/node/index.js"
import { nodeFeatures } from "../../../src/transports/authentication/node-features.js"
import { StreamTransport } from "../../../src/transports/stream/stream-transport.js"
import { tcpDriver } from "../../../src/transports/tcp/tcp.js"
import { wsDriver } from "../../../src/transports/ws/ws.js"
import { closing } from "../../support/closing.js"
import { freePort, HOST } from "../../support/endpoints.js"
import { nextEvent } from "../../support/events.js"
import { FakeResolver } from "../../support/fake-resolver.js"
import { texts } from "../../support/receiving.js"

describe("host names", () => {
  const use = closing()
  let resolver: FakeResolver
  let context: Context

  beforeEach(() => {
    resolver = new FakeResolver()
    const driver = { tcp: tcpDriver(resolver), ws: wsDriver("ws", resolver) }
    context = createContext({
      ...nodePlatform,
      transports: new Map([
        ["tcp", new StreamTransport("tcp", driver.tcp, nodeFeatures)],
        ["ws", new StreamTransport("ws", driver.ws, nodeFeatures)],
      ]),
    })
  })

  for (const scheme of ["tcp", "ws"] as const) {
    const at = (host: string, port: number): string => `${scheme}://${host}:${port}`

    it(`are connected to by any of their addresses if the first one is dead (${scheme})`, async () => {
      const port = await freePort()
      const pull = use(new Pull())
      await pull.bind(at(HOST, port))
      // No server listens at the first address.
      resolver.answers.set("server.example", ["127.0.0.99", HOST])
      const push = use(new Push({ context }))
      push.connect(at("server.example", port))
      await push.send("hello")
      expect(await texts(pull, 1)).to.deep.equal(["hello"])
    })

    it(`are looked up again for each attempt (${scheme})`, async () => {
      const port = await freePort()
      resolver.answers.set("server.example", ["127.0.0.99"])
      const push = use(new Push({ context, reconnectInterval: 1 }))
      const failed = nextEvent(push, "connect:retry")
      push.connect(at("server.example", port))
      expect((await failed).error).to.include({ code: "ECONNREFUSED" })
      const pull = use(new Pull())
      await pull.bind(at(HOST, port))
      resolver.answers.set("server.example", [HOST])
      await push.send("hello")
      expect(await texts(pull, 1)).to.deep.equal(["hello"])
      expect(resolver.asked.length).to.be.greaterThan(1)
    })

    it(`are looked up for both families only with ipv6 (${scheme})`, async () => {
      for (const [ipv6, family] of [
        [false, 4],
        [true, 0],
      ] as const) {
        const push = use(new Push({ context, ipv6, reconnectInterval: -1 }))
        const failed = nextEvent(push, "close")
        push.connect(at("nobody.example", 9))
        const { error } = await failed
        expect(error?.code).to.equal("ENOTFOUND")
        expect(resolver.asked.at(-1)).to.deep.equal(["nobody.example", family])
      }
    })

    it(`are no longer looked up for a closed socket (${scheme})`, () => {
      const push = new Push({ context, linger: 0 })
      push.connect(at("slow.example", 9))
      push.close()
      expect(resolver.waiting).to.equal(0)
    })
  }

  it("are connected to from the given address, by an address of its family", async () => {
    const port = await freePort()
    const pull = use(new Pull())
    await pull.bind(`tcp://${HOST}:${port}`)
    resolver.answers.set("server.example", ["::1", HOST])
    const push = use(new Push({ context, ipv6: true }))
    push.connect(`tcp://127.0.0.1:0;server.example:${port}`)
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  })
})
