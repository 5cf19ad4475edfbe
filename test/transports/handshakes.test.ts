import { expect } from "chai"
import type { ByteStream } from "../../src/core/connection/byte-stream.js"
import { Pull, type EventOfType } from "../../src/index.js"
import { Departed } from "../../src/core/pipe/departed.js"
import { createRuntime } from "../../src/core/runtime/runtime.js"
import { nodeScheduler } from "../../src/platform/node/scheduler.js"
import { nodePlatform } from "../../src/platform/node/index.js"
import { nodeFeatures } from "../../src/transports/authentication/node-features.js"
import { Listener, type TrackPending } from "../../src/transports/stream/listener.js"
import { MAX_HANDSHAKES } from "../../src/transports/stream/unfinished-handshakes.js"
import { StreamTransport, type StreamDriver } from "../../src/transports/stream/stream-transport.js"
import { type TransportEvent, type TransportHost, type StreamOptions } from "../../src/transports/transport.js"
import { closing } from "../support/closing.js"
import { limitOf } from "../support/events.js"
import { FakeClock } from "../support/fake-clock.js"
import { Loopback } from "../support/loopback.js"
import { settle } from "../support/settle.js"
import { GREETING_3_1, READY } from "../support/vectors.js"

describe("a listener with unfinished handshakes", () => {
  const use = closing()
  let accept: (stream: ByteStream) => void
  let trackPending: TrackPending

  before(() => {
    const driver: StreamDriver = {
      delays: false,
      listen: (...[, , accepted, , arrives]) => {
        accept = accepted
        trackPending = arrives
        return Promise.resolve({ endpoint: "loop://back", close: () => Promise.resolve() })
      },
      listenSync: () => expect.fail("Nobody asks for it"),
      check: () => undefined,
      dial: () => expect.fail("Nobody asks for it"),
    }
    nodePlatform.transports.set("loop", new StreamTransport("loop", driver, nodeFeatures))
  })

  after(() => nodePlatform.transports.delete("loop"))

  function join(): Loopback {
    const stream = new Loopback()
    accept(stream)
    return stream
  }

  /** A connection that cannot carry ZMTP yet. */
  class PendingConnection {
    ended = false
    readonly leave = trackPending(() => (this.ended = true))
  }

  async function bound(options: object = {}): Promise<Pull> {
    const pull = use(new Pull(options))
    await pull.bind("loop://back")
    return pull
  }

  it(`keeps ${MAX_HANDSHAKES} of them, and ends the oldest for another one`, async () => {
    const pull = await bound()
    const ready = join()
    ready.say(GREETING_3_1, READY.PUSH)
    const streams = Array.from({ length: MAX_HANDSHAKES }, join)
    expect(streams.every(({ state }) => state === "open")).to.equal(true)
    const events: string[] = []
    pull.events.on("handshake:error:other", ({ type }) => events.push(type))
    join()
    expect(streams.map(({ state }) => state).indexOf("destroyed")).to.equal(0)
    expect(streams.filter(({ state }) => state === "destroyed")).to.have.length(1)
    expect(ready.state).to.equal("open")
    await Promise.resolve()
    expect(events).to.deep.equal(["handshake:error:other"])
    pull.linger = 0
    pull.close()
    expect(ready.state).to.equal("destroyed")
  })

  it("counts connections that are not ready for ZMTP", async () => {
    const pull = await bound()
    const turnedAway: EventOfType<"accept:error">[] = []
    pull.events.on("accept:error", (event) => turnedAway.push(event))
    const oldest = [new PendingConnection(), join(), new PendingConnection()] as const
    Array.from({ length: MAX_HANDSHAKES - oldest.length }, join)
    const gone = (): boolean[] => [oldest[0].ended, oldest[1].state === "destroyed", oldest[2].ended]
    expect(gone()).to.deep.equal([false, false, false])
    join()
    expect(gone()).to.deep.equal([true, false, false])
    new PendingConnection()
    expect(gone()).to.deep.equal([true, true, false])
    new PendingConnection()
    expect(gone()).to.deep.equal([true, true, true])
    await Promise.resolve()
    expect(turnedAway.map(limitOf)).to.deep.equal(["unfinished handshakes", "unfinished handshakes"])
  })

  it("no longer counts those that are ready or closed", async () => {
    await bound()
    const first = new PendingConnection()
    for (let count = 0; count < 2 * MAX_HANDSHAKES; count++) new PendingConnection().leave()
    expect(first.ended).to.equal(false)
  })

  it("counts unfinished handshakes against maxConnections, too", async () => {
    const pull = await bound({ maxConnections: 2 })
    const turnedAway: EventOfType<"accept:error">[] = []
    pull.events.on("accept:error", (event) => turnedAway.push(event))
    const [first, second] = [join(), join()]
    for (const stream of [first, second]) stream.say(GREETING_3_1)
    expect([new PendingConnection().ended, join().state]).to.deep.equal([true, "destroyed"])
    await Promise.resolve()
    expect(turnedAway.map(limitOf)).to.deep.equal(["maxConnections", "maxConnections"])
    expect(turnedAway[0]!.error.code).to.equal("EMFILE")
    first.owner!.closed(undefined)
    const third = new PendingConnection()
    expect([third.ended, second.state]).to.deep.equal([false, "open"])
  })

  it("ends the oldest silent one to accept one more than maxConnections", async () => {
    const pull = await bound({ maxConnections: 3 })
    const ended: EventOfType<"accept:error">[] = []
    pull.events.on("accept:error", (event) => ended.push(event))
    const first = join()
    first.say(GREETING_3_1)
    const [second, third] = [new PendingConnection(), join()]
    expect([join().state, second.ended, third.state]).to.deep.equal(["open", true, "open"])
    expect([new PendingConnection().ended, third.state, first.state]).to.deep.equal([false, "destroyed", "open"])
    await Promise.resolve()
    expect(ended.map(limitOf)).to.deep.equal(["maxConnections"])
  })

  it("ends them when it is unbound, and when its socket closes", async () => {
    const pull = await bound()
    const first = new PendingConnection()
    await pull.unbind("loop://back")
    expect(first.ended).to.equal(true)
    await pull.bind("loop://back")
    const second = new PendingConnection()
    pull.close()
    expect(second.ended).to.equal(true)
  })
})

describe("a connection that is not ready for ZMTP", () => {
  function listening(handshakeInterval: number): [clock: FakeClock, listener: Listener, events: TransportEvent[]] {
    const [clock, events] = [new FakeClock(), [] as TransportEvent[]]
    const runtime = createRuntime(nodeScheduler, { clock })
    const departed = new Departed(() => 0)
    const host = { runtime, departed, emit: (event: TransportEvent) => events.push(event) } as unknown as TransportHost
    const options = { handshakeInterval, maxConnections: 0 } as StreamOptions
    return [clock, new Listener(host, options, nodeFeatures), events]
  }

  it("is closed after handshakeInterval, which `accept:error` reports", async () => {
    const [clock, listener, events] = listening(1000)
    let ended = false
    listener.trackPending(() => (ended = true))
    clock.advance(999)
    await settle()
    expect([ended, events]).to.deep.equal([false, []])
    clock.advance(1)
    await settle()
    expect([ended, events.map(({ type }) => type)]).to.deep.equal([true, ["accept:error"]])
    expect(clock.waiting).to.equal(0)
  })

  it("has no such deadline after it is ready, or without a limit", () => {
    const [clock, listener] = listening(1000)
    listener.callbacks.trackPending(() => expect.fail("It has left"))()
    expect(clock.waiting).to.equal(0)
    const [still, other] = listening(0)
    other.trackPending(() => expect.fail("There is no limit"))
    expect(still.waiting).to.equal(0)
  })
})
