import { expect } from "chai"
import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Socket as NetSocket } from "node:net"
import { PassThrough, type Duplex } from "node:stream"
import { MessageChannel } from "node:worker_threads"
import { libzmqPeers } from "../../../interop/support/remote.js"
import {
  curveKeyPair,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Request,
  Reply,
  Router,
  Stream,
  Subscriber,
  type Event,
  type Socket,
} from "../../../src/index.js"
import type { AnyStream, Attachment } from "../../../src/transport.js"
import { closing } from "../../support/closing.js"
import { duplexPair, webPair } from "../../support/duplex-pair.js"
import { caught, texts } from "../../support/receiving.js"
import { RUNTIME } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

/** Kinds of streams, and how to create two connected ends. */
const CARRIERS: Readonly<Record<string, () => Promise<[AnyStream, AnyStream]> | [AnyStream, AnyStream]>> = {
  "a Duplex": duplexPair,
  "a pair of Node streams"() {
    const [there, back] = [new PassThrough(), new PassThrough()]
    return [
      { readable: back, writable: there },
      { readable: there, writable: back },
    ]
  },
  "a net.Socket": tcpPair,
  "a pair of Web streams": webPair,
  "a message channel"() {
    const { port1, port2 } = new MessageChannel()
    return [port1, port2]
  },
  "a message channel that transfers nothing, as in workerd"() {
    const { port1, port2 } = new MessageChannel()
    for (const port of [port1, port2]) {
      const post = port.postMessage.bind(port)
      port.postMessage = (message, transfer) => {
        if (transfer !== undefined) throw new Error("Transfer list is not supported")
        post(message)
      }
    }
    return [port1, port2]
  },
}

async function tcpPair(): Promise<[NetSocket, NetSocket]> {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const accepted = once(server, "connection") as Promise<[NetSocket]>
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1")
  const [far] = await accepted
  server.close()
  return [near, far]
}

/** The greeting of a peer that speaks PLAIN. */
const WRONG_MECHANISM = Buffer.from(`ff00000000000000017f0301504c41494e${"00".repeat(47)}`, "hex")

/** The events of `socket`, in order. */
function recorded(socket: Socket): Event[] {
  const events: Event[] = []
  void (async () => {
    for await (const event of socket.events) events.push(event)
  })()
  return events
}

describe("Socket.attach", () => {
  const use = closing()

  for (const [name, open] of Object.entries(CARRIERS)) {
    describe(name, () => {
      /** Two sockets that are connected by a stream. */
      async function joined<A extends Socket, B extends Socket>(a: A, b: B): Promise<[A, B, Attachment, Attachment]> {
        const [near, far] = await open()
        const ends = await Promise.all([use(a).attach(near), use(b).attach(far, { role: "accept" })])
        return [a, b, ...ends]
      }

      it("transfers messages in both directions, and describes the peer at both ends", async () => {
        const [request, reply, there, back] = await joined(new Request({ routingId: "asker" }), new Reply())
        await request.send("question")
        expect(await texts(reply, 1)).to.deep.equal(["question"])
        await reply.send("answer")
        expect(await texts(request, 1)).to.deep.equal(["answer"])
        expect(there.peer).to.include({ socketType: "REP", mechanism: "NULL" })
        expect(String(back.peer!.routingId)).to.equal("asker")
        expect(request.stats()).to.include({ peers: 1, sent: 1, received: 1 })
        expect(request.stats().bytesOut).to.equal(reply.stats().bytesIn)
      })

      it("accepts messages before the handshake, for a socket that connects", async () => {
        const [near, far] = await open()
        const [push, pull] = [use(new Push()), use(new Pull())]
        const attaching = push.attach(near)
        await push.send("early")
        await pull.attach(far, { role: "accept" })
        await attaching
        expect(await texts(pull, 1)).to.deep.equal(["early"])
      })

      it("reports that the peer has closed, and that this side has", async () => {
        const [, , there, back] = await joined(new Push(), new Pull())
        there.close()
        expect(await there.closed).to.deep.equal({ reason: "local" })
        const end = await back.closed
        expect(end.reason === "peer" || end.error !== undefined, JSON.stringify(end)).to.equal(true)
        expect(there.peer).to.equal(undefined)
      })

      it("delivers all messages sent before close", async () => {
        const [push, pull] = await joined(new Push(), new Pull({ receiveHighWaterMark: 1 }))
        const bodies = Array.from({ length: 50 }, (_, index) => Buffer.alloc(100_000, index))
        for (const body of bodies) await push.send(body)
        push.close()
        for (const body of bodies) expect((await pull.receive())[0]!.equals(body)).to.equal(true)
      })

      it("stops the sender while the receiver does not receive, without losing messages", async () => {
        const [push, pull] = await joined(
          new Push({ sendHighWaterMark: 2, sendTimeout: 0 }),
          new Pull({ receiveHighWaterMark: 2 }),
        )
        const body = Buffer.alloc(1_000_000)
        let sent = 0
        // Exceeds the buffers of a stream, with an upper bound in case the sender is not stopped.
        for (let idle = 0; idle < 20 && sent < 200;) {
          try {
            await push.send([String(sent), body])
            sent++
            idle = 0
          } catch {
            idle++
            await new Promise((resolve) => setImmediate(resolve))
          }
        }
        expect(sent).to.be.within(1, 199)
        for (let count = 0; count < sent; count++) {
          const [number, received] = await pull.receive()
          expect([String(number), received!.length]).to.deep.equal([String(count), body.length])
        }
      })

      it("delivers messages in memory of their own", async () => {
        const [push, pull] = await joined(new Push(), new Pull())
        const body = Buffer.alloc(50_000, "a")
        await push.send(body)
        const [received] = await pull.receive()
        body.fill("b")
        expect(received!.equals(Buffer.alloc(50_000, "a"))).to.equal(true)
      })

      it("transfers subscriptions to a publisher", async () => {
        const [subscriber, publisher] = [use(new Subscriber()), use(new Publisher())]
        subscriber.subscribe("news")
        const [near, far] = await open()
        await Promise.all([subscriber.attach(near), publisher.attach(far, { role: "accept" })])
        while (subscriber.stats().received === 0) {
          await publisher.send("other")
          await publisher.send("news 1")
          await new Promise((resolve) => setImmediate(resolve))
          if (subscriber.readable) break
        }
        expect(await texts(subscriber, 1)).to.deep.equal(["news 1"])
      })

      it("supports CURVE", async () => {
        const [server, client] = [curveKeyPair(), curveKeyPair()]
        const [pull, push, back] = await joined(
          new Pull({ curveServer: true, curveSecretKey: server.secretKey }),
          new Push({
            curveServerKey: server.publicKey,
            curvePublicKey: client.publicKey,
            curveSecretKey: client.secretKey,
          }),
        )
        await push.send(["secret", Buffer.alloc(100_000, "s")])
        const [first, second] = await pull.receive()
        expect([String(first), second!.length]).to.deep.equal(["secret", 100_000])
        expect(back.peer!.mechanism).to.equal("CURVE")
      })

      it("detects a silent peer by heartbeats", async () => {
        const [near, far] = await open()
        const silent = use(new Stream())
        const pair = use(new Pair({ heartbeatInterval: 10, heartbeatTimeout: 50 }))
        const attaching = pair.attach(near)
        // A peer of ZMTP 3.1 that never answers a PING.
        await silent.attach(far, { role: "accept" })
        const [id] = (await silent.receive()) as [Buffer, Buffer]
        const greeting = Buffer.from(`ff00000000000000017f03014e554c4c${"00".repeat(48)}`, "hex")
        const ready = Buffer.from("\x04\x1a\x05READY\x0bSocket-Type\x00\x00\x00\x04PAIR", "latin1")
        await silent.send([id, Buffer.concat([greeting, ready])])
        const { closed } = await attaching
        expect((await closed).error).to.include({ code: "ETIMEDOUT" })
      })
    })
  }

  it("rejects when the peer closes before the handshake", async () => {
    const [near, far] = duplexPair()
    const attaching = caught(use(new Push()).attach(near, { endpoint: "serial:///dev/ttyS0" }))
    far.resume().end()
    expect(await attaching).to.include({ code: "ECONNRESET", address: "serial:///dev/ttyS0" })
    expect(near.destroyed).to.equal(true)
  })

  it("rejects with the error of the stream", async () => {
    const [near] = duplexPair()
    const attaching = caught(use(new Push()).attach(near))
    near.destroy(new Error("unplugged"))
    expect(await attaching).to.have.property("message", "unplugged")
  })

  it("rejects with the peer's protocol violation", async () => {
    const [near, far] = duplexPair()
    const attaching = caught(use(new Push()).attach(near))
    far.resume().write(WRONG_MECHANISM)
    expect((await attaching).name).to.equal("ProtocolError")
  })

  it("rejects incompatible peers", async () => {
    const [near, far] = duplexPair()
    const [one, other] = [caught(use(new Push()).attach(near)), caught(use(new Request()).attach(far))]
    expect([(await one).name, (await other).name]).to.include("ProtocolError")
  })

  it("stops when the signal aborts, and rejects immediately if it already has", async () => {
    const [near] = duplexPair()
    const controller = new AbortController()
    const attaching = caught(use(new Push()).attach(near, { signal: controller.signal }))
    controller.abort(new Error("too late"))
    expect((await attaching).message).to.equal("too late")
    expect(near.destroyed).to.equal(true)
    const [fresh] = duplexPair()
    expect((await caught(use(new Push()).attach(fresh, { signal: controller.signal }))).message).to.equal("too late")
    expect(fresh.destroyed).to.equal(false)
  })

  it("ends the handshake after handshakeInterval", async () => {
    const [near, far] = duplexPair()
    far.resume()
    expect(await caught(use(new Push({ handshakeInterval: 20 })).attach(near))).to.include({ code: "ETIMEDOUT" })
  })

  it("rejects what is not a stream of bytes", async () => {
    const push = use(new Push())
    for (const value of [null, undefined, 1, {}, { readable: new PassThrough() }, new Map()]) {
      const error = await caught(push.attach(value as unknown as Duplex))
      expect(error).to.include({ code: "EINVAL" })
      expect(error.message).to.match(/^Invalid stream: /)
    }
    const ended = new PassThrough()
    ended.destroy()
    expect(await caught(push.attach(ended))).to.include({ code: "EINVAL", message: "The stream has already ended" })
    const objects = new PassThrough({ objectMode: true })
    expect(await caught(push.attach(objects))).to.include({ code: "EINVAL" })
    const [locked] = webPair()
    locked.readable.getReader()
    expect(await caught(push.attach(locked))).to.include({ code: "EINVAL" })
    const [near] = duplexPair()
    expect(await caught(push.attach(near, { role: "listen" as "accept" }))).to.include({ code: "EINVAL" })
    expect(await caught(push.attach(() => near, { role: "accept" }))).to.include({ code: "EINVAL" })
  })

  it("rejects streams that emit text", async () => {
    const [near, far] = duplexPair()
    near.setEncoding("latin1")
    const attaching = caught(use(new Push()).attach(near))
    far.write("text")
    expect(await attaching).to.include({ code: "EINVAL" })
  })

  for (const [what, garbage] of Object.entries({
    "a text": "text",
    "a fraction of a byte": 1.5,
    "a negative number": -1,
    "more than was written": 1_000_000_000,
    "an event with text": { data: "text" },
    nothing: undefined,
    "a boolean": true,
  })) {
    it(`ends a message channel that posts ${what}: EINVAL`, async function () {
      if (RUNTIME === "Deno" && garbage === undefined) skip(this, "in Deno, it arrives as null, which ends the stream")
      const { port1, port2 } = new MessageChannel()
      const attaching = caught(use(new Push()).attach(port1))
      port2.postMessage(garbage)
      expect(await attaching).to.include({ code: "EINVAL" })
      port2.close()
    })
  }

  it("ends a Web stream that emits text: EINVAL", async () => {
    const readable = new ReadableStream({
      start: (controller) => {
        controller.enqueue("text")
      },
    })
    expect(await caught(use(new Push()).attach({ readable, writable: new WritableStream() }))).to.include({
      code: "EINVAL",
    })
  })

  it("rejects names that are not text", async () => {
    const [near] = duplexPair()
    for (const options of [{ endpoint: 5 }, { peerAddress: {} }]) {
      expect(await caught(use(new Push()).attach(near, options as object))).to.be.an.instanceOf(TypeError)
    }
    expect(near.destroyed).to.equal(false)
  })

  it("rejects a second peer of a PAIR, and does not affect the first one", async () => {
    const [pair, other] = [use(new Pair()), use(new Pair())]
    const [near, far] = duplexPair()
    await Promise.all([pair.attach(near), other.attach(far)])
    const [second] = duplexPair()
    expect(await caught(pair.attach(second))).to.include({ code: "EBUSY" })
    await other.send("still here")
    expect(await texts(pair, 1)).to.deep.equal(["still here"])
  })

  it("accepts no more than maxConnections", async () => {
    const pull = use(new Pull({ maxConnections: 1 }))
    const [near, far] = duplexPair()
    const [attachment] = await Promise.all([pull.attach(near, { role: "accept" }), use(new Push()).attach(far)])
    const [second] = duplexPair()
    expect(await caught(pull.attach(second, { role: "accept" }))).to.include({ code: "EMFILE" })
    attachment.close()
    await attachment.closed
    const [third, peer] = duplexPair()
    await Promise.all([pull.attach(third, { role: "accept" }), use(new Push()).attach(peer)])
  })

  it("emits events with the name of the endpoint", async () => {
    const [pull, push] = [use(new Pull()), use(new Push())]
    const [told, heard] = [recorded(pull), recorded(push)]
    const [near, far] = duplexPair()
    const [back, there] = await Promise.all([
      pull.attach(near, { role: "accept", endpoint: "serial:///dev/ttyS0", peerAddress: "10.0.0.7" }),
      push.attach(far),
    ])
    expect(back.peer!.address).to.equal("10.0.0.7")
    expect(there.endpoint).to.equal("stream://1")
    push.disconnect("stream://1")
    await back.closed
    await new Promise((resolve) => setImmediate(resolve))
    expect(told.map(({ type }) => type)).to.deep.equal(["accept", "handshake", "disconnect"])
    expect(told.map((event) => (event as { address?: string }).address)).to.deep.equal(
      Array.from({ length: 3 }, () => "serial:///dev/ttyS0"),
    )
    expect(heard.map(({ type }) => type)).to.deep.equal(["connect", "handshake"])
  })

  it("ends when the socket closes", async () => {
    const [push, pull] = [new Push(), use(new Pull())]
    const [near, far] = duplexPair()
    const [there] = await Promise.all([push.attach(near), pull.attach(far)])
    push.close()
    expect(await there.closed).to.deep.equal({ reason: "local" })
    expect(() => push.attach(near)).to.throw("Socket is closed")
  })

  describe("a function that opens streams", () => {
    it("opens another stream whenever one is lost, and keeps messages sent in the meantime", async () => {
      const push = use(new Push({ reconnectInterval: 1 }))
      const opened: Duplex[] = []
      let attempts = 0
      const attaching = push.attach((): Promise<Duplex> => {
        if (++attempts % 2 === 1) return Promise.reject(new Error("not yet"))
        const [near, far] = duplexPair()
        opened.push(far)
        arrive?.(far)
        return Promise.resolve(near)
      })
      let arrive: ((far: Duplex) => void) | undefined
      const arrival = (): Promise<Duplex> => new Promise((resolve) => (arrive = resolve))
      for (const round of ["1", "2", "3"]) {
        const far = await arrival()
        const pull = use(new Pull())
        await pull.attach(far, { role: "accept" })
        if (round === "1") await attaching
        await push.send(round)
        expect(await texts(pull, 1)).to.deep.equal([round])
        pull.close()
      }
      expect(push.stats().reconnects).to.be.at.least(2)
      const attachment = await attaching
      attachment.close()
      expect(await attachment.closed).to.deep.equal({ reason: "local" })
    })

    it("aborts the signal of an attempt that is no longer needed", async () => {
      const push = use(new Push())
      let given: AbortSignal | undefined
      const started = new Promise<void>((resolve) => {
        void caught(
          push.attach((signal) => {
            given = signal
            resolve()
            return new Promise(() => undefined)
          }),
        )
      })
      await started
      expect(given!.aborted).to.equal(false)
      push.disconnect("stream://1")
      expect(given!.aborted).to.equal(true)
    })

    it("rejects if the result is not a stream, without retrying", async () => {
      const error = await caught(use(new Push()).attach(() => new Date() as unknown as Duplex))
      expect(error).to.include({ code: "EINVAL" })
      expect(error.message).to.include("got Date")
    })

    it("stops according to reconnectStop, and rejects with the reason", async () => {
      const [near, far] = duplexPair()
      far.resume().write(WRONG_MECHANISM)
      const push = use(new Push({ reconnectStop: "protocolError" }))
      expect((await caught(push.attach(() => near))).name).to.equal("ProtocolError")
    })
  })

  it("rejects a routing id that is in use within the handshake, on the side that accepts", async () => {
    const router = use(new Router())
    const events = recorded(router)
    const attachBoth = async (): Promise<PromiseSettledResult<Attachment>[]> => {
      const [near, far] = duplexPair()
      const dealer = use(new Dealer({ routingId: "same" }))
      return Promise.allSettled([dealer.attach(near), router.attach(far, { role: "accept" })])
    }
    expect((await attachBoth()).map(({ status }) => status)).to.deep.equal(["fulfilled", "fulfilled"])
    const [dealer, accepted] = await attachBoth()
    expect(dealer).to.have.nested.property("reason.code", "ECONNRESET")
    expect(accepted).to.have.nested.property("reason.message").that.includes("in use by another peer")
    expect(events.map(({ type }) => type).slice(0, 4)).to.deep.equal([
      "accept",
      "handshake",
      "accept",
      "handshake:error:protocol",
    ])
  })

  describe("with libzmq", () => {
    const libzmq = libzmqPeers()

    it("connects to a libzmq peer over a connection that the application has opened", async () => {
      const remote = await libzmq.socket("Router")
      const { port } = new URL((await remote.bind("tcp://127.0.0.1:*")).replace("tcp:", "http:"))
      const dealer = use(new Dealer({ routingId: "D" }))
      const attachment = await dealer.attach(connect(Number(port), "127.0.0.1"))
      expect(attachment.peer).to.include({ socketType: "ROUTER", address: "127.0.0.1" })
      await dealer.send("hello")
      expect(await remote.receive()).to.deep.equal(["D", "hello"])
    })

    it("accepts a libzmq peer that a server of the application has accepted", async () => {
      const router = use(new Router())
      const server = createServer((stream) => void router.attach(stream, { role: "accept" })).listen(0, "127.0.0.1")
      use(server)
      await once(server, "listening")
      const remote = await libzmq.socket("Dealer", { routingId: "L" })
      await remote.connect(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`)
      await remote.send("hello")
      expect((await router.receive()).map(String)).to.deep.equal(["L", "hello"])
      await router.send(["L", "hi"])
      expect(await remote.receive()).to.deep.equal(["hi"])
    })
  })
})
