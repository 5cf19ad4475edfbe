import { expect } from "chai"
import { Pull, type Event, type Socket } from "../../../src/index.js"
import { BindBench } from "../../support/binding.js"
import { closing } from "../../support/closing.js"
import { hex } from "../../support/cuts.js"
import type { Loopback } from "../../support/loopback.js"
import { caught, texts } from "../../support/receiving.js"
import { limitOf } from "../../support/events.js"
import { settle } from "../../support/settle.js"
import { GREETING_3_1, READY } from "../../support/vectors.js"

describe("Listener", () => {
  const use = closing()
  let bench: BindBench

  beforeEach(() => {
    bench = new BindBench()
  })

  /** A bound PULL, and its events. */
  async function bound(options: object = {}): Promise<{ pull: Pull; events: Event[] }> {
    const pull = use(new Pull({ context: bench.context, ...options }))
    const events: Event[] = []
    void (async () => {
      for await (const event of (pull as Socket).events) events.push(event)
    })()
    await pull.bind("bound://server")
    return { pull, events }
  }

  const typesOf = async (events: Event[]): Promise<string[]> => {
    await settle()
    return events.splice(0).map(({ type }) => type)
  }

  /** Sends the peer's part of the handshake. */
  function greet(stream: Loopback): void {
    stream.say(GREETING_3_1, READY.PUSH)
  }

  it("receives from every peer that it has accepted", async () => {
    const { pull, events } = await bound()
    const peers = [bench.last.connect(), bench.last.connect()]
    for (const peer of peers) greet(peer)
    peers[0]!.say(hex("000161"))
    peers[1]!.say(hex("000162"))
    expect((await texts(pull, 2)).sort()).to.deep.equal(["a", "b"])
    expect(await typesOf(events)).to.deep.equal(["bind", "accept", "accept", "handshake", "handshake"])
  })

  it("reports a peer that leaves, and one that leaves within the handshake", async () => {
    const { events } = await bound()
    const [complete, early] = [bench.last.connect(), bench.last.connect()]
    greet(complete)
    await typesOf(events)
    complete.owner!.closed(undefined)
    expect(await typesOf(events)).to.deep.equal(["disconnect"])
    early.owner!.closed(new Error("reset"))
    expect(await typesOf(events)).to.deep.equal(["handshake:error:other", "disconnect"])
    expect([complete.state, early.state]).to.deep.equal(["destroyed", "destroyed"])
  })

  it("reports connections that the server could not accept", async () => {
    const { events } = await bound()
    bench.last.failed(new Error("EMFILE"))
    await settle()
    expect(events.at(-1)).to.deep.include({ type: "accept:error", address: "bound://server" })
  })

  describe("maxConnections", () => {
    it("rejects connections above it while all others have sent something", async () => {
      const { events } = await bound({ maxConnections: 2 })
      const peers = [bench.last.connect(), bench.last.connect()]
      for (const peer of peers) peer.say(GREETING_3_1)
      expect(bench.last.connect().state).to.equal("destroyed")
      expect(peers.map(({ state }) => state)).to.deep.equal(["open", "open"])
      await settle()
      expect([events.at(-1)!.type, limitOf(events.at(-1) as { error?: Error })]).to.deep.equal([
        "accept:error",
        "maxConnections",
      ])
    })

    it("closes a connection whose peer has sent nothing in favor of a new one", async () => {
      await bound({ maxConnections: 2 })
      const [first, second] = [bench.last.connect(), bench.last.connect()]
      first.say(GREETING_3_1)
      const third = bench.last.connect()
      expect([first, second, third].map(({ state }) => state)).to.deep.equal(["open", "destroyed", "open"])
    })

    it("counts connections that are not ready for ZMTP, until they are or end", async () => {
      await bound({ maxConnections: 2 })
      const ended: number[] = []
      const track = (id: number) => bench.last.trackPending(() => ended.push(id))
      const settled = track(1)
      track(2)
      track(3)
      expect(ended).to.deep.equal([1])
      settled()
      track(4)
      expect(ended).to.deep.equal([1, 2])
    })
  })

  describe("a connection that is not ready for ZMTP", () => {
    it("is ended after handshakeInterval, unless it is ready before", async () => {
      const { events } = await bound({ handshakeInterval: 50 })
      const ended: number[] = []
      const [ready] = [1, 2].map((id) => bench.last.trackPending(() => ended.push(id)))
      ready!()
      bench.clock.advance(49)
      await settle()
      expect(ended).to.deep.equal([])
      bench.clock.advance(1)
      await settle()
      expect(ended).to.deep.equal([2])
      expect(events.at(-1)!.type).to.equal("accept:error")
    })

    it("is ended when the endpoint is unbound", async () => {
      const { pull } = await bound()
      let ended = 0
      bench.last.trackPending(() => ended++)
      await pull.unbind("bound://server")
      expect(ended).to.equal(1)
    })
  })

  it("accepts nothing more after unbind, which ends the connections", async () => {
    const { pull, events } = await bound()
    const server = bench.last
    const peer = server.connect()
    greet(peer)
    await typesOf(events)
    await pull.unbind("bound://server")
    expect([server.closed, peer.state]).to.deep.equal([true, "ending"])
    expect(await typesOf(events)).to.deep.equal(["close"])
    peer.finish()
    let ended = 0
    server.trackPending(() => ended++)
    server.failed(new Error("late"))
    expect([server.connect().state, ended, await typesOf(events)]).to.deep.equal(["destroyed", 1, []])
    expect((await caught(pull.unbind("bound://server"))).code).to.equal("ENOENT")
  })

  it("announces a server of the application when that is listening, with its endpoint at that time", async () => {
    let listening: () => void = () => undefined
    const server = { endpoint: "bound://later", closed: false }
    bench = new BindBench({
      listen: () =>
        Promise.resolve({
          get endpoint() {
            return server.endpoint
          },
          whenListening: (task: () => void) => (listening = task),
          close: () => Promise.resolve(),
        }),
    })
    const { events } = await bound()
    expect(await typesOf(events)).to.deep.equal([])
    server.endpoint = "bound://127.0.0.1:80"
    listening()
    await settle()
    expect(events[0]).to.deep.include({ type: "bind", address: "bound://127.0.0.1:80" })
  })
})
