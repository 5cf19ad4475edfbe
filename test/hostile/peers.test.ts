import { expect } from "chai"
import { once } from "node:events"
import { Pull, Push, Reply, Request, Router, XPublisher, Subscriber, type Socket } from "../../src/index.js"
import { randomOf } from "../../src/testing/random.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { nextEvent } from "../support/events.js"
import { GREETING, RawPeer, READY } from "../support/raw-peer.js"

const SESSION = Buffer.concat([GREETING, READY.PUSH, hex("000161 0100 0101 62 0000")])

describe("hostile peers", function () {
  this.timeout(30_000)
  const keep = closing()

  async function bound<S extends Socket>(socket: S): Promise<S> {
    keep(socket)
    await socket.bind("tcp://127.0.0.1:*")
    socket.events
    return socket
  }

  async function raw(socket: Socket): Promise<RawPeer> {
    return keep(await RawPeer.connect(socket.lastEndpoint!))
  }

  /** Checks that the socket serves a well-behaved peer. */
  async function works(pull: Pull): Promise<void> {
    const push = keep(new Push())
    push.connect(pull.lastEndpoint!)
    await push.send("fine")
    // Garbage can be a valid message of a ZMTP 1.0 peer, since those do not send a signature.
    while (String(await pull.receive()) !== "fine");
  }

  for (const seed of [1, 2, 3, 4, 5]) {
    it(`are disconnected for garbage, while others are served (seed ${seed})`, async () => {
      const pull = await bound(new Pull({ handshakeInterval: 200 }))
      const random = randomOf(seed)
      const peer = await raw(pull)
      // If the first byte is 0xff, the data looks like a greeting; otherwise, like a frame of ZMTP 1.0.
      peer.write(Uint8Array.from({ length: 5000 }, (_, index) => (index === 0 && seed % 2 ? 0xff : random() * 256)))
      await peer.closed()
      await works(pull)
    })
  }

  it("are understood if every byte arrives separately", async () => {
    const pull = await bound(new Pull())
    const peer = await raw(pull)
    peer.socket.setNoDelay(true).resume()
    for (const byte of SESSION.subarray(0, -1)) {
      peer.write(Uint8Array.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    peer.write(SESSION.subarray(-1))
    expect((await pull.receive()).map(String)).to.deep.equal(["a"])
    expect((await pull.receive()).map(String)).to.deep.equal(["", "b", ""])
  })

  it("are disconnected when the handshake takes too long, even if it makes progress", async () => {
    const pull = await bound(new Pull({ handshakeInterval: 300 }))
    const peer = await raw(pull)
    let at = 0
    const drip = setInterval(() => peer.write(GREETING.subarray(at, ++at)), 20)
    try {
      const { error } = await nextEvent(pull, "handshake:error:other")
      expect(error.code).to.equal("ETIMEDOUT")
      await peer.closed()
    } finally {
      clearInterval(drip)
    }
    await works(pull)
  })

  const steps = [0, 1, 9, 10, 11, 12, 33, 63, 64, 65, 66, 80, SESSION.length - 5, SESSION.length - 1, SESSION.length]
  for (const [how, leave] of [
    ["reset", (peer: RawPeer) => peer.socket.resetAndDestroy()],
    ["half-close", (peer: RawPeer) => peer.socket.end()],
    ["vanish", (peer: RawPeer) => peer.socket.destroy()],
  ] as const) {
    it(`that ${how} after any number of bytes are disconnected`, async () => {
      const pull = await bound(new Pull())
      for (const step of steps) {
        const peer = await raw(pull)
        // If the connection is reset earlier, it has no address, and another event reports its rejection.
        await nextEvent(pull, "accept")
        if (step > 0)
          await new Promise<void>((resolve) => peer.socket.write(SESSION.subarray(0, step), () => resolve()))
        leave(peer)
        await nextEvent(pull, "disconnect")
        await peer.closed()
      }
      const whole: string[] = []
      for (let message = pull.tryReceive(); message !== undefined; message = pull.tryReceive()) {
        whole.push(message.join("|"))
      }
      // Complete messages may have been received, but never parts of messages.
      for (const message of whole) expect(["a", "|b|"]).to.include(message)
      await works(pull)
    })
  }

  it("do not make a flood of PINGs cost more than the answers that are read", async () => {
    const pull = await bound(new Pull())
    const peer = keep(await RawPeer.handshake(pull.lastEndpoint!, "PUSH"))
    const flood = Buffer.alloc(11 * 10_000, hex("0409 0450494e47 0000 6162"))
    for (let round = 0; round < 20; round++) {
      if (!peer.socket.write(flood)) await once(peer.socket, "drain")
    }
    peer.write("0409 0450494e47 0000 7878")
    // One PONG answers all PINGs since the last write. The last PING is answered, and only a few before it.
    let pongs = 0
    for (;;) {
      const frame = await peer.readFrame()
      pongs++
      if (frame.subarray(-2).toString() === "xx") break
    }
    expect(pongs).to.be.below(20_000)
    await works(pull)
  })

  it("do not make a publisher grow by subscribing to one topic repeatedly", async () => {
    const publisher = await bound(new XPublisher())
    const peer = keep(await RawPeer.handshake(publisher.lastEndpoint!, "SUB"))
    const flood = Buffer.alloc(13 * 10_000, hex("040b 0953554253435249424541".replace(" ", "")))
    for (let round = 0; round < 20; round++) {
      if (!peer.socket.write(flood)) await once(peer.socket, "drain")
    }
    const subscriber = keep(new Subscriber())
    subscriber.connect(publisher.lastEndpoint!)
    subscriber.subscribe("B")
    expect(String(await publisher.receive())).to.equal("\x01A")
    expect(String(await publisher.receive())).to.equal("\x01B")
    expect(publisher.readable).to.equal(false)
    await publisher.send("B")
    expect(String(await subscriber.receive())).to.equal("B")
  })

  it("cannot keep others out by reconnecting repeatedly", async () => {
    // A backlog with room for all connections, so that none is delayed until the system retries it.
    const pull = await bound(new Pull({ backlog: 1000 }))
    for (let round = 0; round < 10; round++) {
      const peers = await Promise.all(Array.from({ length: 50 }, () => RawPeer.connect(pull.lastEndpoint!)))
      if (round === 2) await works(pull)
      for (const peer of peers) peer.socket.resetAndDestroy()
    }
    await works(pull)
  })

  it("do not deliver an incomplete message to the application", async () => {
    const pull = await bound(new Pull({ maxMultipartSize: 1_000_000 }))
    const peer = keep(await RawPeer.handshake(pull.lastEndpoint!, "PUSH"))
    peer.write(Buffer.alloc(1_100_000, Buffer.concat([hex("0164"), Buffer.alloc(100)])))
    expect((await nextEvent(pull, "disconnect")).error).to.have.property("limit", "maxMultipartSize")
    expect(pull.tryReceive()).to.equal(undefined)
    await works(pull)
  })

  it("do not block a REP with malformed requests", async () => {
    const reply = await bound(new Reply())
    const peer = keep(await RawPeer.handshake(reply.lastEndpoint!, "DEALER"))
    peer.write("0000 0001 61 0101 61 0000 0100 0001 62".replace(/ /g, ""))
    expect(String(await reply.receive())).to.equal("b")
    await reply.send("answer")
    const request = keep(new Request())
    request.connect(reply.lastEndpoint!)
    await request.send("mine")
    expect(String(await reply.receive())).to.equal("mine")
    await reply.send("yours")
    expect(String(await request.receive())).to.equal("yours")
  })

  it("cannot take the routing id of another peer", async () => {
    const router = await bound(new Router())
    const ready = Buffer.from(READY.DEALER)
    const named = Buffer.concat([ready.subarray(0, -4), hex("00000001 78")])
    named[1]! += 1
    const first = await raw(router)
    first.write(Buffer.concat([GREETING, named, hex("000131")]))
    expect((await router.receive()).map(String)).to.deep.equal(["x", "1"])
    const second = await raw(router)
    second.write(Buffer.concat([GREETING, named, hex("000132")]))
    await second.closed()
    first.write("000133")
    expect((await router.receive()).map(String)).to.deep.equal(["x", "3"])
  })
})
