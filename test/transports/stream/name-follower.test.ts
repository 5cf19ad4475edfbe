import { expect } from "chai"
import { Dealer, Pull, Push, Router, type Context, type Event, type Socket } from "../../../src/index.js"
import { nodePlatform } from "../../../src/platform/node/index.js"
import { createContext } from "../../../src/sockets/context.js"
import { nodeFeatures } from "../../../src/transports/authentication/node-features.js"
import { StreamTransport } from "../../../src/transports/stream/stream-transport.js"
import { tcpDriver } from "../../../src/transports/tcp/tcp.js"
import { closing } from "../../support/closing.js"
import { freePort } from "../../support/endpoints.js"
import { FakeClock } from "../../support/fake-clock.js"
import { FakeResolver } from "../../support/fake-resolver.js"
import { codeOf } from "../../support/messages.js"
import { texts } from "../../support/receiving.js"
import { skip } from "../../support/skip.js"

const NAME = "workers.example"
const INTERVAL = 5000

/** Loopback addresses that no other process uses. */
const HOSTS = [1, 2, 3].map((number) => `127.77.${process.pid & 0xff}.${number}`)

describe("resolveInterval: following a name", () => {
  const use = closing()
  let resolver: FakeResolver
  let context: Context
  let clock: FakeClock
  let port: number

  before(function () {
    // Other systems have a single loopback address.
    if (process.platform !== "linux") skip(this, "only Linux has all of 127.0.0.0/8 as addresses")
  })

  beforeEach(async () => {
    resolver = new FakeResolver()
    clock = new FakeClock()
    const tcp = new StreamTransport("tcp", tcpDriver(resolver), nodeFeatures)
    context = createContext({ ...nodePlatform, clock, transports: new Map([["tcp", tcp]]) }, { warnings: false })
    port = await freePort()
  })

  async function worker(host: string): Promise<Pull> {
    const pull = use(new Pull())
    await pull.bind(`tcp://${host}:${port}`)
    return pull
  }

  /** The next event of `socket` whose type begins with `address:`. */
  async function change({ events }: Socket): Promise<[type: string, target: string]> {
    for (;;) {
      const event: Event = await events.receive()
      if (event.type === "address:add" || event.type === "address:remove") return [event.type, event.target]
    }
  }

  function follow<S extends Socket>(socket: S): S {
    use(socket).connect(`tcp://${NAME}:${port}`)
    return socket
  }

  it("connects to every address, and follows added and removed ones, with an event for each", async () => {
    const workers = [await worker(HOSTS[0]!), await worker(HOSTS[1]!), await worker(HOSTS[2]!)] as const
    resolver.answers.set(NAME, HOSTS.slice(0, 2))
    const push = follow(new Push({ context, resolveInterval: INTERVAL }))
    const target = (index: number): string => `tcp://${HOSTS[index]}:${port}`
    expect([await change(push), await change(push)]).to.deep.equal([
      ["address:add", target(0)],
      ["address:add", target(1)],
    ])
    for (const item of ["1", "2"]) await push.send(item)
    expect([await texts(workers[0], 1), await texts(workers[1], 1)]).to.deep.equal([["1"], ["2"]])

    resolver.answers.set(NAME, [HOSTS[1]!, HOSTS[2]!])
    clock.advance(INTERVAL)
    expect([await change(push), await change(push)]).to.deep.equal([
      ["address:add", target(2)],
      ["address:remove", target(0)],
    ])
    for (const item of ["3", "4", "5", "6"]) await push.send(item)
    const received = [await texts(workers[1], 2), await texts(workers[2], 2)]
    expect(received.flat().sort()).to.deep.equal(["3", "4", "5", "6"])
    expect(workers[0].readable).to.equal(false)
  })

  it("loses no messages on remaining connections, and delivers those in flight to a removed one", async () => {
    const workers = [await worker(HOSTS[0]!), await worker(HOSTS[1]!)] as const
    resolver.answers.set(NAME, HOSTS.slice(0, 2))
    const push = follow(new Push({ context, resolveInterval: INTERVAL }))
    await change(push)
    await change(push)
    await push.peersReady(2)
    for (let item = 0; item < 100; item++) await push.send(String(item))
    resolver.answers.set(NAME, HOSTS.slice(1, 2))
    clock.advance(INTERVAL)
    await change(push)
    const received = [await texts(workers[0], 50), await texts(workers[1], 50)]
    expect(new Set(received.flat()).size).to.equal(100)
    expect(push.stats().dropped).to.equal(0)
  })

  it("drops and counts messages for an address that is removed before it was connected", async () => {
    resolver.answers.set(NAME, [HOSTS[0]!])
    const push = follow(new Push({ context, resolveInterval: INTERVAL, reconnectInterval: INTERVAL }))
    await change(push)
    await push.send("1")
    resolver.answers.set(NAME, [])
    clock.advance(INTERVAL)
    await change(push)
    expect(push.stats()).to.deep.include({ dropped: 1, queued: { in: 0, out: 0 } })
  })

  it("keeps its connections while the lookup fails, and retries soon", async () => {
    const pull = await worker(HOSTS[0]!)
    resolver.answers.set(NAME, [HOSTS[0]!])
    const push = follow(new Push({ context, resolveInterval: INTERVAL, reconnectInterval: 10 }))
    await change(push)
    await push.send("1")
    resolver.answers.delete(NAME)
    clock.advance(INTERVAL)
    for (;;) {
      const event = await push.events.receive()
      if (event.type !== "connect:retry" || event.address !== `tcp://${NAME}:${port}`) continue
      expect(event.interval).to.be.within(10, 19)
      expect(event.error).to.include({ code: "ENOTFOUND" })
      break
    }
    await push.send("2")
    expect(await texts(pull, 2)).to.deep.equal(["1", "2"])
  })

  it("ends with all its connections on disconnect", async () => {
    const pull = await worker(HOSTS[0]!)
    resolver.answers.set(NAME, [HOSTS[0]!])
    const push = follow(new Push({ context, resolveInterval: INTERVAL }))
    await change(push)
    await push.send("1")
    expect(await texts(pull, 1)).to.deep.equal(["1"])
    push.disconnect(`tcp://${NAME}:${port}`)
    expect([push.writable, clock.waiting]).to.deep.equal([false, 0])
    expect(codeOf(() => push.disconnect(`tcp://${NAME}:${port}`))).to.equal("ENOENT")
  })

  it("connects normally to an IP address, and without the option", () => {
    const dealer = use(new Dealer({ context, resolveInterval: INTERVAL }))
    dealer.connect(`tcp://${HOSTS[0]}:${port}`)
    expect(dealer.writable).to.equal(true)
    const other = follow(new Dealer({ context }))
    expect(other.writable).to.equal(true)
  })

  it("is rejected if all peers would have the same routing id, or the proxy looks up the name", () => {
    const router = use(new Router({ context, resolveInterval: INTERVAL }))
    expect(codeOf(() => router.connect(`tcp://${NAME}:${port}`, { routingId: "one" }))).to.equal("EINVAL")
    const push = use(new Push({ context, resolveInterval: INTERVAL, socksProxy: "127.0.0.1:1080" }))
    expect(codeOf(() => push.connect(`tcp://${NAME}:${port}`))).to.equal("EINVAL")
  })
})
