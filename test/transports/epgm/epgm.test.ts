import { expect } from "chai"
import { fork } from "node:child_process"
import { once } from "node:events"
import { networkInterfaces } from "node:os"
import {
  capability,
  Dealer,
  Publisher,
  Subscriber,
  XPublisher,
  XSubscriber,
  type EventOfType,
  type EventType,
  type Socket,
} from "../../../src/index.js"
import { epgm, epgmTransport } from "../../../src/transports/epgm/epgm.js"
import { nodePlatform } from "../../../src/platform/node/index.js"
import { Radio } from "../../../src/draft.js"
import { closing } from "../../support/closing.js"
import { freePort } from "../../support/endpoints.js"
import { lossyEpgm, lossyNetwork } from "../../support/lossy-network.js"
import { openCarrier } from "../../../src/transports/epgm/open-carrier.js"
import { hasMulticast } from "../../support/multicast.js"
import { text } from "../../support/messages.js"
import { TYPESCRIPT } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

let groups = 0

async function endpoint(through = "127.0.0.1"): Promise<string> {
  const id = ++groups
  return `epgm://${through};239.${(process.pid >> 8) & 255}.${process.pid & 255}.${id}:${await freePort()}`
}

/** Resolves with the first event of `type`. */
function event<E extends EventType>(socket: Socket, type: E): Promise<EventOfType<E>> {
  return new Promise((resolve) => socket.events.on(type, resolve))
}

const FAST = { rate: 1_000_000 }

describe("epgm:// between sockets of this library", function () {
  this.timeout(20_000)
  const closed = closing()

  before(async function () {
    if (!(await hasMulticast())) skip(this, "no multicast over loopback")
  })

  afterEach(() => {
    nodePlatform.transports.set("epgm", epgm)
  })

  async function subscriber(address: string, options: object = {}): Promise<Subscriber> {
    const socket = closed(new Subscriber({ ...FAST, ...options }))
    socket.subscribe()
    await socket.bind(address)
    return socket
  }

  it("is reported by capability, unlike pgm", () => {
    expect(capability["epgm"]).to.equal(true)
    expect(capability["pgm"]).to.not.equal(true)
    const socket = closed(new Publisher())
    expect(() => socket.connect("pgm://127.0.0.1;239.192.1.1:5555"))
      .to.throw()
      .with.property("code", "EPROTONOSUPPORT")
  })

  it("is supported only by PUB, XPUB, SUB, and XSUB", async () => {
    const address = await endpoint()
    for (const socket of [new Dealer(), new Radio()].map(closed)) {
      expect(() => socket.connect(address))
        .to.throw()
        .with.property("code", "ENOCOMPATPROTO")
      expect(await socket.bind(address).catch((error: unknown) => error)).to.have.property("code", "ENOCOMPATPROTO")
    }
  })

  it("transfers messages to all subscribers, whichever side binds or connects", async () => {
    const address = await endpoint()
    const [bound, connected] = [await subscriber(address), closed(new XSubscriber(FAST))]
    const opened = event(connected, "connect")
    connected.connect(address)
    expect((await opened).address).to.equal(address)
    for (const publisher of [new Publisher(FAST), new XPublisher(FAST)]) {
      closed(publisher).connect(address)
      // Messages wait until the UDP sockets are open.
      await publisher.send(["topic", "body"])
      for (const socket of [bound, connected]) expect(text(await socket.receive())).to.deep.equal(["topic", "body"])
    }
    expect([bound.lastEndpoint, bound.stats().peers]).to.deep.equal([address, 1])
  })

  it("binds synchronously, too", async () => {
    const address = await endpoint()
    const [sub, pub] = [closed(new Subscriber(FAST)), closed(new Publisher(FAST))]
    sub.subscribe()
    const opened = event(sub, "bind")
    sub.bindSync(address)
    await opened
    pub.bindSync(address)
    await pub.send("a")
    expect(text(await sub.receive())).to.deep.equal(["a"])
  })

  it("reports no subscriptions to an XPUB, because there are none", async () => {
    const address = await endpoint()
    const [sub, pub] = [await subscriber(address), closed(new XPublisher({ ...FAST, receiveTimeout: 0 }))]
    await pub.bind(address)
    await pub.send("a")
    await sub.receive()
    expect(await pub.receive().catch((error: unknown) => error)).to.have.property("code", "EAGAIN")
  })

  it("does not deliver messages to another group on the same port", async () => {
    const address = await endpoint()
    const other = address.replace(/;239\.(\d+)\./, (_, octet) => `;239.${(Number(octet) + 1) % 256}.`)
    const [here, there] = [await subscriber(address), await subscriber(other)]
    const [pub, far] = [closed(new Publisher(FAST)), closed(new Publisher(FAST))]
    await pub.bind(address)
    await far.bind(other)
    await far.send("there")
    await pub.send("here")
    expect(text(await here.receive())).to.deep.equal(["here"])
    expect(text(await there.receive())).to.deep.equal(["there"])
  })

  it("delivers all messages despite losses, from several publishers of one process at once", async () => {
    nodePlatform.transports.set("epgm", lossyEpgm({ loss: 0.1, duplication: 0.1, reordering: 0.1, seed: 3 }))
    const address = await endpoint()
    const sub = await subscriber(address, { receiveHighWaterMark: 0 })
    const publishers = [0, 1, 2].map(() => closed(new Publisher({ ...FAST, sendHighWaterMark: 0 })))
    for (const publisher of publishers) await publisher.bind(address)
    const heard = new Set<string>()
    while (heard.size < publishers.length) {
      for (const [name, publisher] of publishers.entries()) await publisher.send(["hello", String(name)])
      const message = await sub.receive()
      if (message[0]!.toString() === "hello") heard.add(message[1]!.toString())
    }
    for (let number = 0; number < 200; number++) {
      for (const [name, publisher] of publishers.entries())
        await publisher.send([String(name), String(number), "x".repeat(number * 10)])
    }
    const got: string[][] = publishers.map(() => [])
    while (got.some(({ length }) => length < 200)) {
      const [name, number] = text(await sub.receive())!
      if (name !== "hello") got[Number(name)]!.push(number!)
    }
    const expected = Array.from({ length: 200 }, (_, number) => String(number))
    expect(got).to.deep.equal([expected, expected, expected])
    expect(sub.stats().repaired).to.be.above(0)
    expect(sub.stats().dropped).to.equal(0)
  })

  it("repairs packets of a publisher in another process that receives no NAKs on its address", async () => {
    const address = await endpoint()
    const sub = await subscriber(address)
    const child = fork(new URL("epgm-publisher.ts", import.meta.url), [address], { execArgv: [...TYPESCRIPT] })
    const end = once(child, "exit")
    try {
      await sub.receive()
      // From now on, NAKs for the publisher are sent to this address.
      nodePlatform.transports.set("epgm", lossyEpgm({ loss: 0.2, seed: 1 }))
      const own = closed(new Publisher(FAST))
      await own.bind(address)
      const lossy = await subscriber(address)
      const numbers: number[] = []
      while (numbers.length < 60) {
        const [number] = text(await lossy.receive())!
        numbers.push(Number(number))
      }
      expect(numbers).to.deep.equal(Array.from({ length: 60 }, (_, index) => numbers[0]! + index))
      expect(lossy.stats().repaired).to.be.above(0)
    } finally {
      child.kill()
      await end
    }
  })

  it("queues a slow subscriber's messages, without losing any within the recovery interval", async () => {
    const address = await endpoint()
    const sub = await subscriber(address, { receiveHighWaterMark: 5 })
    const pub = closed(new Publisher({ ...FAST, sendHighWaterMark: 0 }))
    await pub.bind(address)
    for (let number = 0; number < 500; number++) await pub.send(String(number))
    for (let number = 0; number < 500; number++) expect(text(await sub.receive())).to.deep.equal([String(number)])
  })

  it("filters by topic in the receiver", async () => {
    const address = await endpoint()
    const sub = closed(new Subscriber(FAST))
    sub.subscribe("b")
    await sub.bind(address)
    const pub = closed(new Publisher(FAST))
    await pub.bind(address)
    for (const topic of ["a", "b1", "c", "b2"]) await pub.send(topic)
    expect([text(await sub.receive()), text(await sub.receive())]).to.deep.equal([["b1"], ["b2"]])
  })

  it("keeps packets within multicastMaxTransportDataUnit", async () => {
    const address = await endpoint()
    const sizes: number[] = []
    const network = lossyNetwork({ watch: (packet) => sizes.push(packet.length) })
    nodePlatform.transports.set(
      "epgm",
      epgmTransport(() => Promise.resolve({ openCarrier: (session) => openCarrier(session, network) })),
    )
    const sub = await subscriber(address)
    const pub = closed(new Publisher({ ...FAST, multicastMaxTransportDataUnit: 200 }))
    await pub.bind(address)
    await pub.send("x".repeat(1000))
    expect(text(await sub.receive())).to.deep.equal(["x".repeat(1000)])
    expect(Math.max(...sizes)).to.equal(200 - 28)
  })

  it("rejects a multicastMaxTransportDataUnit that is too small for a packet or too large for a datagram", async () => {
    for (const multicastMaxTransportDataUnit of [54, 65_536]) {
      const pub = closed(new Publisher({ multicastMaxTransportDataUnit }))
      const error = (await pub.bind(await endpoint()).catch((error: unknown) => error)) as Error
      expect(error).to.have.property("code", "EINVAL")
      expect(error.message).to.equal(
        `Invalid multicastMaxTransportDataUnit ${multicastMaxTransportDataUnit}: expected 55 to 65535 bytes`,
      )
      expect(pub.stats().peers).to.equal(0)
    }
  })

  it("keeps to its rate: messages above it are queued, and dropped past the high-water mark", async () => {
    const pub = closed(new Publisher({ rate: 8, sendHighWaterMark: 10 }))
    await pub.bind(await endpoint())
    for (let number = 0; number < 20; number++) await pub.send(Buffer.alloc(1000))
    const { queued, dropped, bytesOut } = pub.stats()
    expect([queued.out, dropped > 0, bytesOut < 3000]).to.deep.equal([10, true, true])
  })

  it("delivers messages sent before it closes", async () => {
    const address = await endpoint()
    const sub = await subscriber(address)
    const pub = new Publisher(FAST)
    pub.connect(address)
    for (let number = 0; number < 100; number++) await pub.send(String(number))
    pub.close()
    for (let number = 0; number < 100; number++) expect(text(await sub.receive())).to.deep.equal([String(number)])
  })

  it("stays available for repairs after unbinding, until none are requested anymore", async () => {
    nodePlatform.transports.set("epgm", lossyEpgm({ loss: 0.3, seed: 9 }))
    const address = await endpoint()
    const sub = await subscriber(address)
    const pub = closed(new Publisher(FAST))
    await pub.bind(address)
    await pub.send("hello")
    await sub.receive()
    for (let number = 0; number < 50; number++) await pub.send([String(number), "x".repeat(1400)])
    await pub.unbind(address)
    for (let number = 0; number < 50; number++) expect(text(await sub.receive())![0]).to.equal(String(number))
  })

  it("uses the interface with a name, or the system's choice", async () => {
    const [name] = Object.entries(networkInterfaces()).find(([, all = []]) =>
      all.some(({ address }) => address === "127.0.0.1"),
    )!
    const address = await endpoint(name)
    const sub = await subscriber(address)
    const pub = closed(new Publisher(FAST))
    await pub.bind(address)
    await pub.send("a")
    expect(text(await sub.receive())).to.deep.equal(["a"])
  })

  it("rejects an unknown interface: when bound, and as an event when connected", async () => {
    const address = await endpoint("no-such-interface")
    const sub = closed(new Subscriber())
    const error = (await sub.bind(address).catch((error: unknown) => error)) as Error
    expect(error).to.include({ code: "ENODEV", address })
    expect(error.message).to.equal('No network interface "no-such-interface" with an IPv4 address')
    const failed = event(sub, "bind:error")
    sub.connect(address)
    expect((await failed).error).to.have.property("code", "ENODEV")
    expect(() => sub.disconnect(address))
      .to.throw()
      .with.property("code", "ENOENT")
  })

  it("rejects a port that is in exclusive use", async () => {
    const address = await endpoint()
    const { createSocket } = await import("node:dgram")
    const alone = createSocket("udp4")
    alone.bind(Number(address.slice(address.lastIndexOf(":") + 1)), "127.0.0.1")
    await once(alone, "listening")
    try {
      const pub = closed(new Publisher())
      expect(await pub.bind(address).catch((error: unknown) => error)).to.include({ code: "EADDRINUSE", address })
    } finally {
      alone.close()
    }
  })

  it("ends immediately if it is closed while it opens", async () => {
    const address = await endpoint()
    for (const socket of [new Publisher(), new Subscriber()]) {
      socket.connect(address)
      socket.close()
    }
    const pub = closed(new Publisher({ linger: 0 }))
    pub.connect(address)
    pub.disconnect(address)
    expect(pub.stats().peers).to.equal(0)
  })
})
