import { expect } from "chai"
import { createServer, type AddressInfo } from "node:net"
import { once } from "node:events"
import { Dealer, Proxy, Pull, Push, Router, Subscriber, XPublisher, XSubscriber } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { nextEvent } from "../support/events.js"
import { RawListener, RawPeer } from "../support/raw-peer.js"

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("a peer that disconnects", () => {
  const use = closing()

  it("leaves the message that filled the queue, and frees its routing id", async () => {
    const router = use(new Router({ receiveHighWaterMark: 1, linger: 0 }))
    await router.bind("tcp://127.0.0.1:*")
    const peer = await RawPeer.handshake(router.lastEndpoint!, "DEALER")
    // The announced size of the third frame exceeds the limit, so the connection ends when its header is read.
    peer.write("00 05 68656c6c6f 00 01 78 02 ff00000000000000")
    for (const text of ["hello", "x"]) {
      const [id, body] = await router.receive()
      expect([id!.length, String(body)]).to.deep.equal([5, text])
    }
    peer.close()
  })

  it("wakes a publisher with `noDrop` that waits for it", async () => {
    const publisher = use(new XPublisher({ noDrop: true, sendHighWaterMark: 1, linger: 0 }))
    await publisher.bind("tcp://127.0.0.1:*")
    const peer = await RawPeer.handshake(publisher.lastEndpoint!, "SUB")
    peer.write("00 01 01")
    await publisher.receive()
    const body = Buffer.alloc(1 << 20)
    let sent = 0
    let waiting: Promise<void>
    for (let before = -1; ;) {
      waiting = publisher.send(body).then(() => {
        sent++
      })
      // If there is room for the message, it is accepted within these turns.
      for (let turns = 0; turns < 20 && sent === before + 1; turns++) await turn()
      if (sent === before + 1) break
      before = sent - 1
    }
    peer.close()
    await waiting
    await publisher.send("to nobody")
  })

  it("leaves its messages to be received when it is disconnected as silent", async () => {
    const pull = use(new Pull({ receiveHighWaterMark: 10, heartbeatInterval: 20, heartbeatTimeout: 20, linger: 0 }))
    await pull.bind("tcp://127.0.0.1:*")
    const peer = await RawPeer.handshake(pull.lastEndpoint!, "PUSH")
    const lost = nextEvent(pull, "disconnect")
    peer.write("00 01 78".repeat(100))
    // This side closes the connection while received messages are still queued.
    await peer.closed()
    for (let count = 0; count < 100; count++) await pull.receive()
    await lost
    peer.close()
  })

  it("is not considered silent while it reads the remaining data after `close`", async () => {
    /** A PUSH and a peer that counts as dead after 100 ms of silence. */
    const connectWithDeadline = async (): Promise<[Push, RawPeer]> => {
      const listener = use(await new RawListener().listen())
      const push = new Push({ reconnectInterval: -1 })
      push.connect(listener.endpoint)
      const peer = await listener.accept()
      await peer.shake("PULL")
      peer.write("0407 0450494e47 0001")
      await peer.readFrame()
      return [push, peer]
    }
    const [push, peer] = await connectWithDeadline()
    await push.send(Buffer.alloc(32 << 20))
    push.close()
    // This connection started later, so when its timeout expires, the first one has expired as well.
    const [other] = await connectWithDeadline()
    await nextEvent(use(other), "disconnect")
    let size = 0
    for await (const chunk of peer.socket) size += (chunk as Buffer).length
    expect(size).to.be.at.least((32 << 20) + 9)
  })

  it("reconnects if another peer has taken its routing id", async () => {
    const listener = use(await new RawListener().listen())
    const router = use(new Router({ immediate: true, reconnectInterval: 1, linger: 0 }))
    await router.bind("tcp://127.0.0.1:*")
    const bound = router.lastEndpoint!
    router.connect(listener.endpoint, { routingId: "A" })
    const first = await listener.accept()
    const holder = use(new Dealer({ routingId: "A", linger: 0 }))
    holder.connect(bound)
    await holder.send("mine")
    expect(String((await router.receive())[0])).to.equal("A")
    const lost = nextEvent(router, "disconnect")
    await first.shake("DEALER").catch(() => undefined)
    expect((await lost).error).to.include({ code: "EINVAL" })
    await listener.accept()
  })

  it("does not lose a subscription if the caller reuses the memory of the topic", async () => {
    const endpoint = freeInproc()
    const publisher = use(new XPublisher({ manual: true, linger: 0 }))
    await publisher.bind(endpoint)
    const subscriber = use(new Subscriber({ linger: 0 }))
    subscriber.connect(endpoint)
    subscriber.subscribe("a")
    await publisher.receive()
    const topic = Buffer.from("topic")
    publisher.subscribe(topic)
    topic.fill(0)
    await publisher.send("topic 1")
    subscriber.close()
    await publisher.send("topic 2")
  })

  it("is disconnected if it is a SOCKS proxy that does not answer", async () => {
    let open = 0
    const silent = createServer((socket) => {
      open++
      socket.on("error", () => undefined).resume()
      socket.on("close", () => open--)
    }).listen(0, "127.0.0.1")
    await once(silent, "listening")
    const { port } = silent.address() as AddressInfo
    const push = use(new Push({ socksProxy: `127.0.0.1:${port}`, connectTimeout: 20, reconnectInterval: 1, linger: 0 }))
    push.connect("tcp://127.0.0.1:9")
    for (let count = 0; count < 3; count++) await once(silent, "connection")
    push.close()
    while (open > 0) await turn()
    silent.close()
    await once(silent, "close")
  })
})

describe("a proxy to a publisher with `noDrop`", () => {
  const use = closing()

  it("keeps messages for which a peer behind it has no room", async () => {
    const [front, back] = [
      new XSubscriber({ linger: 0 }),
      new XPublisher({ noDrop: true, sendHighWaterMark: 5, linger: 0 }),
    ]
    const [input, output] = [freeInproc(), freeInproc()]
    await front.bind(input)
    await back.bind(output)
    const proxy = new Proxy(front, back)
    const running = proxy.run()
    const subscriber = use(new Subscriber({ receiveHighWaterMark: 5 }))
    subscriber.connect(output)
    subscriber.subscribe("")
    const publisher = use(new XPublisher({ noDrop: true, linger: 0 }))
    publisher.connect(input)
    await publisher.receive()
    for (let index = 0; index < 200; index++) await publisher.send(String(index))
    for (let turns = 0; turns < 50; turns++) await turn()
    for (let index = 0; index < 200; index++) expect(String(await subscriber.receive())).to.equal(String(index))
    proxy.terminate()
    await running
  })
})
