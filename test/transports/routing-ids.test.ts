import { expect } from "chai"
import { curveKeyPair, Dealer, Router, type Socket } from "../../src/index.js"
import type { NetworkPeer } from "../../src/zmtp/peer.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { DialBench } from "../support/dialing.js"
import { freeTcp } from "../support/endpoints.js"
import { nextEvent } from "../support/events.js"
import { GREETING, RawPeer, READY } from "../support/raw-peer.js"
import { caught, texts } from "../support/receiving.js"
import { settle } from "../support/settle.js"
import { GREETING_3_1, READY_DEALER_AB } from "../support/vectors.js"

/** READY of a ROUTER with a routing id of two characters. */
const readyRouter = (id: string): Buffer =>
  Buffer.concat([
    hex("042b0552454144590b536f636b65742d5479706500000006524f55544552084964656e7469747900000002"),
    Buffer.from(id),
  ])

const keys = curveKeyPair()
const clientKeys = curveKeyPair()
const SECURITIES: readonly [name: string, server: object, client: object][] = [
  ["NULL", {}, {}],
  ["PLAIN", { plainServer: true, authenticate: () => true }, { plainUsername: "a", plainPassword: "b" }],
  [
    "CURVE",
    { curveServer: true, curveSecretKey: keys.secretKey, curvePublicKey: keys.publicKey },
    {
      curveServerKey: keys.publicKey,
      curvePublicKey: clientKeys.publicKey,
      curveSecretKey: clientKeys.secretKey,
    },
  ],
]

describe("routing ids", () => {
  const use = closing()

  async function bound(options: object = {}): Promise<Router> {
    const router = use(new Router(options))
    await router.bind("tcp://127.0.0.1:*")
    return router
  }

  describe("of a bound ROUTER", () => {
    it("are received before the handshake is completed", async () => {
      const router = await bound()
      const peer = use(await RawPeer.connect(router.lastEndpoint!))
      peer.write(GREETING)
      await peer.read(GREETING.length)
      // The ROUTER answers in order, so this READY is the first data that it has sent after the greeting.
      peer.write(READY_DEALER_AB)
      expect((await peer.readFrame()).subarray(2, 8).toString("latin1")).to.equal("\x05READY")
      expect(await peer.ping()).to.match(/504f4e47/)
    })

    it("are sent by a DEALER first: its READY comes before that of the ROUTER", async () => {
      const router = await bound()
      const [silent, speaking] = [
        use(await RawPeer.connect(router.lastEndpoint!)),
        use(await RawPeer.connect(router.lastEndpoint!)),
      ]
      for (const peer of [silent, speaking]) {
        peer.write(GREETING)
        await peer.read(GREETING.length)
      }
      speaking.write(READY.DEALER)
      await speaking.readFrame()
      expect(silent.socket.readableLength).to.equal(0)
    })

    for (const [name, server, client] of SECURITIES) {
      it(`are unique: a second peer is rejected in the handshake, and loses no message (${name})`, async () => {
        const router = await bound(server)
        const first = use(new Dealer({ ...client, routingId: "same" }))
        first.connect(router.lastEndpoint!)
        await first.send("1")
        expect((await router.receive()).map(String)).to.deep.equal(["same", "1"])
        const rejected = nextEvent(router, "handshake:error:protocol")
        const second = use(new Dealer({ ...client, routingId: "same", reconnectInterval: 1 }))
        const told: string[] = []
        for (const type of ["handshake", "handshake:error:other"] as const)
          second.events.on(type, () => told.push(type))
        second.connect(router.lastEndpoint!)
        await second.send("2")
        const { error, ...event } = await rejected
        expect(error.code).to.equal("ERR_ZMTP_INVALID_METADATA")
        expect((error.cause as Error).message).to.equal('Routing id "same" is in use by another peer')
        expect(event.address).to.equal(router.lastEndpoint)
        const { peer } = (await Promise.resolve(event)) as { peer?: NetworkPeer }
        expect(peer, "enumerable").to.equal(undefined)
        // When the first peer leaves, the second one is accepted, and its queued message arrives.
        first.linger = 0
        first.close()
        expect((await router.receive()).map(String)).to.deep.equal(["same", "2"])
        expect(told[0]).to.equal("handshake:error:other")
      })
    }

    it("are reported with the address and the socket type of the rejected peer", async () => {
      const router = await bound()
      const first = use(await RawPeer.connect(router.lastEndpoint!))
      first.write(Buffer.concat([GREETING, READY_DEALER_AB]))
      await first.read(GREETING.length)
      await first.readFrame()
      const rejected = nextEvent(router, "handshake:error:protocol")
      const second = use(await RawPeer.connect(router.lastEndpoint!))
      second.write(Buffer.concat([GREETING, READY_DEALER_AB]))
      const { peer } = (await rejected) as { peer?: NetworkPeer }
      expect(peer?.address).to.equal("127.0.0.1")
      expect(peer?.socketType).to.equal("DEALER")
      expect(String(peer?.routingId)).to.equal("ab")
      await second.closed()
      expect(second.socket.bytesRead).to.be.at.most(GREETING.length)
    })

    it("are free after their owner has left, even if its messages are queued", async () => {
      const router = await bound()
      const gone = use(new Dealer({ routingId: "same" }))
      gone.connect(router.lastEndpoint!)
      await gone.send("1")
      const left = nextEvent(router, "disconnect")
      while (!router.readable) await settle()
      gone.close()
      await left
      const next = use(new Dealer({ routingId: "same" }))
      next.connect(router.lastEndpoint!)
      await next.send("2")
      await nextEvent(router, "handshake")
      const received = [await router.receive(), await router.receive()].map((message) => message.map(String).join(" "))
      expect(received.sort()).to.deep.equal(["same 1", "same 2"])
      await router.send(["same", "hello"])
      expect(await texts(next, 1)).to.deep.equal(["hello"])
    })

    it("are accepted from a connecting ROUTER, which does not wait", async () => {
      const router = await bound({ routingId: "server" })
      const client = use(new Router({ routingId: "client" }))
      client.connect(router.lastEndpoint!)
      await nextEvent(client, "handshake")
      await client.send(["server", "hello"])
      expect((await router.receive()).map(String)).to.deep.equal(["client", "hello"])
    })
  })

  describe("of the peers of a connecting ROUTER", () => {
    async function connected(bench: DialBench, options: object = {}): Promise<Router> {
      const router = use(new Router({ context: bench.context, ...options }))
      router.connect("dial://server")
      const stream = bench.last.accept()
      stream.say(GREETING_3_1, readyRouter("aa"))
      await settle()
      return router
    }

    /** The peer restarts with another routing id. */
    async function restart(bench: DialBench, id: string): Promise<ReturnType<DialBench["last"]["accept"]>> {
      bench.streams.at(-1)!.owner!.closed(undefined)
      bench.clock.advance(1000)
      const stream = bench.last.accept()
      stream.say(GREETING_3_1, readyRouter(id))
      await settle()
      stream.take()
      return stream
    }

    it("are updated when the peer restarts with another one", async () => {
      const bench = new DialBench()
      const router = await connected(bench, { mandatory: true })
      bench.streams.at(-1)!.say(hex("00036f6c64"))
      const stream = await restart(bench, "bb")
      stream.say(hex("00036e6577"))
      expect((await router.receive()).map(String)).to.deep.equal(["aa", "old"])
      expect((await router.receive()).map(String)).to.deep.equal(["bb", "new"])
      await router.send(["bb", "hello"])
      await settle()
      expect(stream.take()).to.deep.equal(hex("000568656c6c6f"))
      expect((await caught(router.send(["aa", "lost"]))).code).to.equal("EHOSTUNREACH")
    })

    it("do not receive messages for the peer of another id", async () => {
      const bench = new DialBench()
      const router = await connected(bench)
      bench.streams.at(-1)!.owner!.closed(undefined)
      await router.send(["aa", "for the other one"])
      bench.clock.advance(1000)
      const stream = bench.last.accept()
      stream.say(GREETING_3_1, readyRouter("bb"))
      await settle()
      expect(stream.take().includes("for the other one")).to.equal(false)
      expect(router.stats().dropped).to.equal(1)
    })

    it("do not change when the peer restarts with the same one, or if the application has assigned them", async () => {
      for (const [options, id] of [
        [undefined, "aa"],
        [{ routingId: "chosen" }, "bb"],
      ] as const) {
        const bench = new DialBench()
        const router = use(new Router({ context: bench.context }))
        router.connect("dial://server", options)
        bench.last.accept().say(GREETING_3_1, readyRouter("aa"))
        await settle()
        bench.streams.at(-1)!.owner!.closed(undefined)
        await router.send([options?.routingId ?? "aa", "meanwhile"])
        bench.clock.advance(1000)
        const stream = bench.last.accept()
        stream.say(GREETING_3_1, readyRouter(id))
        await settle()
        expect(stream.take().includes("meanwhile")).to.equal(true)
      }
    })
  })

  it("connect a ROUTER that connects before the other side binds", async () => {
    const endpoint = await freeTcp()
    const client: Socket = use(new Router({ routingId: "client", reconnectInterval: 1 }))
    client.connect(endpoint)
    await nextEvent(client, "connect:retry")
    const server = use(new Router({ routingId: "server" }))
    await server.bind(endpoint)
    await nextEvent(client, "handshake")
  })
})
