import { expect } from "chai"
import diagnostics from "node:diagnostics_channel"
import { once } from "node:events"
import { connect } from "node:net"
import { RemoteProcess } from "../../interop/support/remote.js"
import {
  Dealer,
  Publisher,
  Pull,
  Push,
  Request,
  Router,
  Subscriber,
  XPublisher,
  type ConnectionReport,
  type HandshakeReport,
  type MessageReport,
} from "../../src/index.js"
import { GREETING, RawPeer, READY } from "../support/raw-peer.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"

describe("socket.stats()", () => {
  const open = closing()
  const process = { libzmq: undefined as RemoteProcess | undefined }

  before(async () => {
    process.libzmq = await RemoteProcess.start("libzmq")
  })
  after(() => process.libzmq?.stop())

  it("counts messages exchanged with a libzmq peer, and every byte on the wire", async () => {
    const pull = open(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const push = await process.libzmq!.socket("Push")
    await push.connect(pull.lastEndpoint!)
    await push.send("hello")
    await pull.receive()
    const stats = pull.stats()
    expect(stats).to.include({ peers: 1, sent: 0, received: 1, dropped: 0, reconnects: 0, handshakeFailures: 0 })
    expect(stats.queued).to.deep.equal({ in: 0, out: 0 })
    // A greeting of 64 bytes, a READY of the PUSH with Identity and Socket-Type (RFC 37), then 2 + 5 bytes.
    const ready = (type: string, properties: number): number =>
      2 + 6 + (1 + 11 + 4 + type.length) + (properties > 1 ? 1 + 8 + 4 : 0)
    expect(stats.bytesIn).to.equal(64 + ready("PUSH", 1) + 7)
    expect(stats.bytesOut).to.equal(64 + ready("PULL", 1))
    await push.close()
  })

  it("reports messages queued for a peer and for the application", async () => {
    const endpoint = freeInproc()
    const push = open(new Push())
    push.connect(endpoint)
    await push.send("1")
    await push.send("2")
    expect(push.stats().queued).to.deep.equal({ in: 0, out: 2 })
    expect(push.stats().peers).to.equal(0)
    const pull = open(new Pull())
    await pull.bind(endpoint)
    expect(pull.stats().queued).to.deep.equal({ in: 2, out: 0 })
    expect(pull.stats().peers).to.equal(1)
  })

  it("counts each copy that a full subscriber misses as dropped", async () => {
    const endpoint = freeInproc()
    const publisher = open(new XPublisher({ sendHighWaterMark: 1 }))
    await publisher.bind(endpoint)
    const subscriber = open(new Subscriber({ receiveHighWaterMark: 1 }))
    subscriber.connect(endpoint)
    subscriber.subscribe()
    await publisher.receive()
    for (const text of ["1", "2", "3", "4", "5"]) await publisher.send(text)
    expect(publisher.stats()).to.include({ sent: 5, dropped: 3 })
    expect(publisher.stats().queued.out).to.equal(2)
  })

  it("counts a message to a peer that a Router does not know as dropped", async () => {
    const router = open(new Router())
    await router.bind("tcp://127.0.0.1:*")
    await router.send(["nobody", "hello"])
    expect(router.stats()).to.include({ sent: 1, dropped: 1 })
  })

  it("counts reconnects", async () => {
    const request = open(new Request({ reconnectInterval: 1 }))
    const first = open(new Router())
    await first.bind("tcp://127.0.0.1:*")
    const endpoint = first.lastEndpoint!
    const events = request.events
    const handshake = (): Promise<unknown> => new Promise((resolve) => events.on("handshake", resolve))
    const connected = handshake()
    request.connect(endpoint)
    await connected
    expect(request.stats().reconnects).to.equal(0)
    const again = handshake()
    await first.unbind(endpoint)
    await first.bind(endpoint)
    await again
    expect(request.stats().reconnects).to.equal(1)
  })

  it("counts failed handshakes", async () => {
    const pull = open(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const lost = new Promise((resolve) => pull.events.on("disconnect", resolve))
    const stranger = connect(Number(new URL(pull.lastEndpoint!).port), "127.0.0.1")
    stranger.resume()
    stranger.end("GET / HTTP/1.1\r\n\r\n")
    await lost
    expect(pull.stats().handshakeFailures).to.equal(1)
    if (!stranger.closed) await once(stranger, "close")
  })

  it("keeps its counters after the socket is closed", async () => {
    const endpoint = freeInproc()
    const push = open(new Push())
    await push.bind(endpoint)
    open(new Pull()).connect(endpoint)
    await push.send("1")
    push.close()
    expect(push.stats()).to.include({ peers: 0, sent: 1 })
  })
})

/** The reports published on `name`, until the end of the test. */
function listening<R>(name: string, stops: (() => void)[]): R[] {
  const reports: R[] = []
  const listener = (report: unknown): void => void reports.push(report as R)
  diagnostics.subscribe(name, listener)
  stops.push(() => diagnostics.unsubscribe(name, listener))
  return reports
}

describe("the diagnostics channels", () => {
  const open = closing()
  const stops: (() => void)[] = []
  afterEach(() => {
    for (const stop of stops.splice(0)) stop()
  })

  it("report sent and received messages, with the socket and the frames", async () => {
    const sent = listening<MessageReport>("zmtp:send", stops)
    const received = listening<MessageReport>("zmtp:receive", stops)
    const endpoint = freeInproc()
    const pull = open(new Pull())
    await pull.bind(endpoint)
    const push = open(new Push())
    push.connect(endpoint)
    await push.send(["a", "b"])
    await pull.receive()
    expect(sent.map(({ socketType, message }) => [socketType, message.map(String)])).to.deep.equal([
      ["PUSH", ["a", "b"]],
    ])
    expect(sent[0]!.socket).to.equal(push)
    expect(received.map(({ socketType, message }) => [socketType, message.map(String)])).to.deep.equal([
      ["PULL", ["a", "b"]],
    ])
    expect(received[0]!.socket).to.equal(pull)
  })

  it("report connections, handshakes, and disconnections", async () => {
    const connects = listening<ConnectionReport>("zmtp:connect", stops)
    const handshakes = listening<HandshakeReport>("zmtp:handshake", stops)
    const disconnects = listening<ConnectionReport>("zmtp:disconnect", stops)
    const router = open(new Router())
    await router.bind("tcp://127.0.0.1:*")
    const lost = new Promise((resolve) => router.events.on("disconnect", resolve))
    const dealer = open(new Dealer({ linger: 0, routingId: "d" }))
    dealer.connect(router.lastEndpoint!)
    await dealer.send("x")
    await router.receive()
    dealer.close()
    await lost
    const address = router.lastEndpoint!
    expect(connects.map(({ socketType, accepted }) => ({ socketType, accepted }))).to.have.deep.members([
      { socketType: "ROUTER", accepted: true },
      { socketType: "DEALER", accepted: false },
    ])
    expect(handshakes.map(({ socketType, address, error }) => [socketType, address, error])).to.have.deep.members([
      ["ROUTER", address, undefined],
      ["DEALER", address, undefined],
    ])
    expect(disconnects.map(({ socket }) => socket)).to.deep.equal([router])
    for (const peer of [disconnects[0]!.peer!, handshakes.find(({ socket }) => socket === router)!.peer!]) {
      expect(peer).to.include({ socketType: "DEALER", address: "127.0.0.1" })
      expect(String(peer.routingId)).to.equal("d")
    }
  })

  it("report a failed handshake, with its error", async () => {
    const handshakes = listening<HandshakeReport>("zmtp:handshake", stops)
    const push = open(new Push())
    await push.bind("tcp://127.0.0.1:*")
    const lost = new Promise((resolve) => push.events.on("disconnect", resolve))
    const other = open(new Push())
    other.connect(push.lastEndpoint!)
    await lost
    expect(handshakes.filter(({ socket }) => socket === push).map(({ error }) => error?.message)).to.deep.equal([
      'PUSH cannot talk to "PUSH"',
    ])
  })

  it("count messages queued for a departed peer as dropped", async () => {
    const push = open(new Push())
    await push.bind("tcp://127.0.0.1:*")
    const lost = new Promise((resolve) => push.events.on("disconnect", resolve))
    const peer = await RawPeer.connect(push.lastEndpoint!)
    peer.write(GREETING)
    peer.write(READY.PULL)
    await push.peersReady()
    // The peer does not read, so messages start to queue up.
    for (const body = Buffer.alloc(64 * 1024); push.stats().queued.out < 5;) {
      await push.send(body)
      await new Promise((resolve) => setImmediate(resolve))
    }
    peer.socket.destroy()
    await lost
    expect(push.stats().queued.out).to.equal(0)
    expect(push.stats().dropped).to.equal(5)
  })

  it("report each dropped message", async () => {
    const drops = listening<MessageReport>("zmtp:drop", stops)
    const router = open(new Router())
    await router.bind(freeInproc())
    await router.send(["nobody", "hello"])
    expect(drops.map(({ message }) => message.map(String))).to.deep.equal([["nobody", "hello"]])
    expect(drops[0]!.socket).to.equal(router)
  })

  it("do not count a message without subscribers as dropped", async () => {
    const drops = listening<MessageReport>("zmtp:drop", stops)
    const publisher = open(new Publisher())
    await publisher.bind(freeInproc())
    await publisher.send("news")
    expect(drops).to.be.empty
    expect(publisher.stats()).to.include({ sent: 1, dropped: 0 })
  })
})
