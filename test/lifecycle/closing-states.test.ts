import { expect } from "chai"
import {
  Dealer,
  Pair,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  type Socket,
} from "../../src/index.js"
import { FaultProxy } from "../../src/testing.js"
import { createRuntime } from "../../src/core/runtime/runtime.js"
import { nodePlatform } from "../../src/platform/node/index.js"
import { nodeScheduler } from "../../src/platform/node/scheduler.js"
import { createContext } from "../../src/sockets/context.js"
import { closing } from "../support/closing.js"
import { nextEvent } from "../support/events.js"
import { FakeClock } from "../support/fake-clock.js"
import { collectGarbage } from "../support/garbage.js"
import { GREETING, RawListener, RawPeer } from "../support/raw-peer.js"
import { caught, texts } from "../support/receiving.js"

/** In ms. */
const DAY = 86_400_000

const NOWHERE = "tcp://127.0.0.1:1"

describe("close", function () {
  this.timeout(30_000)
  const keep = closing()

  const states: Readonly<Record<string, (socket: Dealer) => Promise<unknown>>> = {
    "a socket that was never used": () => Promise.resolve(),
    "while it binds": (socket) => {
      void socket.bind("tcp://127.0.0.1:*")
      return Promise.resolve()
    },
    "bound, without peers": (socket) => socket.bind("tcp://127.0.0.1:*"),
    "while a peer is in its handshake": async (socket) => {
      await socket.bind("tcp://127.0.0.1:*")
      socket.events
      const peer = keep(await RawPeer.connect(socket.lastEndpoint!))
      await nextEvent(socket, "accept")
      peer.write(GREETING.subarray(0, 20))
    },
    "while it is being connected": (socket) => {
      socket.connect("tcp://192.0.2.1:5555")
      return Promise.resolve()
    },
    "while its name is being looked up": (socket) => {
      socket.connect("tcp://nobody.invalid:5555")
      return Promise.resolve()
    },
    "while it waits to reconnect": async (socket) => {
      socket.events
      socket.connect(NOWHERE)
      await nextEvent(socket, "connect:retry")
    },
    "in its own handshake": async (socket) => {
      const listener = keep(await new RawListener().listen())
      const accepted = listener.accept()
      socket.connect(listener.endpoint)
      await accepted
    },
    "with queued messages": async (socket) => {
      socket.connect(NOWHERE)
      for (let count = 0; count < 100; count++) await socket.send("x")
    },
    "with pending calls": (socket) => {
      socket.receive().catch(() => undefined)
      socket.send("x").catch(() => undefined)
      return Promise.resolve()
    },
    "with a peer that does not read": async (socket) => {
      await socket.bind("tcp://127.0.0.1:*")
      keep(await RawPeer.handshake(socket.lastEndpoint!, "DEALER"))
      while (socket.trySend(Buffer.alloc(100_000)));
    },
    "connected to an unbound inproc name": async (socket) => {
      socket.connect("inproc://nobody-yet")
      await socket.send("x")
    },
  }
  for (const [state, reach] of Object.entries(states)) {
    it(`releases everything immediately with linger 0: ${state}`, async () => {
      const socket = keep(new Dealer({ linger: 0 }))
      const { events } = socket
      await reach(socket)
      socket.close()
      socket.close()
      for (;;) if ((await events.receive()).type === "end") break
      expect(socket.closed).to.equal(true)
    })
  }

  it("rejects all pending calls with EAGAIN", async () => {
    const dealer = keep(new Dealer())
    const waits = [dealer.receive(), dealer.send("x"), dealer.receive()].map(caught)
    dealer.close()
    expect((await Promise.all(waits)).map(({ code }) => code)).to.deep.equal(["EAGAIN", "EAGAIN", "EAGAIN"])
  })
})

describe("linger", function () {
  this.timeout(30_000)
  const keep = closing()

  /** The sender's clock, which measures `linger`. */
  const clock = new FakeClock()
  const context = createContext({ ...nodePlatform, ...createRuntime(nodeScheduler, { clock }) })

  async function pair(linger: number): Promise<{ push: Push; pull: Pull; proxy: FaultProxy }> {
    const pull = keep(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const proxy = keep(await FaultProxy.start(pull.lastEndpoint!))
    const push = new Push({ context, linger, reconnectInterval: 10 })
    push.events
    pull.events
    push.connect(proxy.endpoint)
    await nextEvent(push, "handshake")
    return { push, pull, proxy }
  }

  it("-1 delivers all messages, however long that takes", async () => {
    const { push, pull, proxy } = await pair(-1)
    proxy.faults = { stalled: true }
    for (let number = 0; number < 500; number++) await push.send(String(number))
    push.close()
    clock.advance(DAY)
    proxy.faults = {}
    expect((await texts(pull, 500)).map(Number)).to.deep.equal(Array.from({ length: 500 }, (_, number) => number))
  })

  it("continues over a new connection if the old one is lost in the meantime", async () => {
    const { push, pull, proxy } = await pair(-1)
    await proxy.down()
    await nextEvent(push, "disconnect")
    for (let number = 0; number < 100; number++) await push.send(String(number))
    push.close()
    await proxy.up()
    // Exceeds the interval until the next attempt, which is randomized.
    clock.advance(1000)
    expect((await texts(pull, 100)).map(Number)).to.deep.equal(Array.from({ length: 100 }, (_, number) => number))
  })

  for (const linger of [0, 50]) {
    it(`${linger} drops unsent messages after that time, and ends the connection`, async () => {
      const { push, pull, proxy } = await pair(linger)
      proxy.faults = { stalled: true }
      for (let number = 0; number < 50; number++) await push.send([String(number), Buffer.alloc(1_000_000)])
      push.close()
      clock.advance(linger)
      proxy.faults = {}
      let received = 0
      const receiving = (async () => {
        for await (const [number] of pull) expect(Number(number)).to.equal(received++)
      })()
      await nextEvent(pull, "disconnect")
      pull.close()
      await receiving
      expect(received).to.be.below(50)
    })
  }
})

describe("a peer that does not read", function () {
  this.timeout(30_000)
  const keep = closing()
  const BODY = Buffer.alloc(1000)

  async function bound<S extends Socket>(socket: S): Promise<S> {
    keep(socket)
    await socket.bind("tcp://127.0.0.1:*")
    return socket
  }

  it("costs a PUB or XPUB at most its high-water mark, and slows down no other peer", async () => {
    // Unlike a PUB, an XPUB reports subscriptions, so the test knows when both peers have subscribed.
    const publisher = await bound(new XPublisher({ sendHighWaterMark: 100, verbosity: "allSubs" }))
    const stuck = keep(await RawPeer.handshake(publisher.lastEndpoint!, "SUB"))
    stuck.write("0001 01".replace(" ", ""))
    await publisher.receive()
    const subscriber = keep(new Subscriber({ receiveHighWaterMark: 0 }))
    subscriber.connect(publisher.lastEndpoint!)
    subscriber.subscribe()
    await publisher.receive()
    // Far more data than the blocked peer and the buffers of the system can hold.
    const before = memory()
    const TOTAL = 50_000
    let received = 0
    let awaited = { count: Infinity, resolve: (): void => undefined }
    const reading = (async () => {
      while (received < TOTAL) {
        await subscriber.receive()
        if (++received >= awaited.count) awaited.resolve()
      }
    })()
    for (let sent = 0; sent < TOTAL; sent++) {
      await publisher.send(Buffer.from(BODY))
      if (sent % 20 !== 0 || received >= sent - 40) continue
      await new Promise<void>((resolve) => (awaited = { count: sent - 40, resolve }))
    }
    await reading
    expect(received).to.equal(TOTAL)
    expect(memory() - before).to.be.below((TOTAL * BODY.length) / 2)
  })

  it("blocks no other peer of a ROUTER", async () => {
    const router = await bound(new Router({ sendHighWaterMark: 10 }))
    const [stuck, good] = [
      keep(new Dealer({ routingId: "s", receiveHighWaterMark: 1 })),
      keep(new Dealer({ routingId: "g" })),
    ]
    for (const dealer of [stuck, good]) {
      dealer.connect(router.lastEndpoint!)
      await dealer.send("here")
      await router.receive()
    }
    for (let number = 0; number < 5000; number++) await router.send(["s", Buffer.alloc(10_000)])
    await router.send(["g", "through"])
    expect(await texts(good, 1)).to.deep.equal(["through"])
  })

  it("makes PUSH wait when both marks and the system buffers in between are full", async () => {
    const pull = await bound(new Pull({ receiveHighWaterMark: 5 }))
    const push = keep(new Push({ sendHighWaterMark: 5, sendTimeout: 200 }))
    push.connect(pull.lastEndpoint!)
    let sent = 0
    let refusal: unknown
    while (sent < 1000 && refusal === undefined) {
      await push.send([String(sent), Buffer.alloc(1_000_000)]).then(
        () => sent++,
        (error: unknown) => (refusal = error),
      )
    }
    expect(refusal).to.have.property("code", "EAGAIN")
    expect(sent).to.be.within(10, 200)
    for (let number = 0; number < sent; number++) expect(Number((await pull.receive())[0])).to.equal(number)
  })

  it("makes two sockets that forward messages apply backpressure per message: inproc queues the sum of both marks", async () => {
    const pull = keep(new Pull({ receiveHighWaterMark: 3 }))
    await pull.bind("inproc://marks")
    const push = keep(new Push({ sendHighWaterMark: 4, sendTimeout: 0 }))
    push.connect("inproc://marks")
    let sent = 0
    while (push.trySend("x")) sent++
    expect(sent).to.equal(7)
  })

  it("does not prevent PAIR, REQ, and REP from closing", async () => {
    for (const [socket, type] of [
      [new Pair({ linger: 0 }), "PAIR"],
      [new Request({ linger: 0 }), "REP"],
      [new Reply({ linger: 0 }), "REQ"],
    ] as const) {
      await bound(socket)
      const peer = keep(await RawPeer.handshake(socket.lastEndpoint!, type))
      socket.close()
      await peer.closed()
    }
  })
})

function memory(): number {
  collectGarbage()
  // The memory of buffers may be released only by a second collection.
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
