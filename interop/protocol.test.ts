import { expect } from "chai"
import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import {
  createEngine,
  decodeZ85,
  encodeZ85,
  loadCurve,
  type Engine,
  type EngineInit,
  type Security,
} from "../src/protocol.js"
import { runExample } from "../test/support/example.js"
import { Conversation } from "./support/conversation.js"
import { RemoteProcess, type RemoteSocket } from "./support/remote.js"

const bytes = (...frames: string[]): Buffer[] => frames.map((frame) => Buffer.from(frame, "latin1"))
const text = (frames: readonly Uint8Array[]): string[] => frames.map((frame) => Buffer.from(frame).toString("latin1"))

/** Sizes around the limit of short frames, and one that needs several reads. */
const SIZES = [0, 1, 255, 256, 8193, 1_000_000].map((size) => "\xa5".repeat(size))

describe("zmtp/protocol over its own connection to libzmq", function () {
  this.timeout(30_000)
  let libzmq: RemoteProcess
  let stream: Socket | undefined
  let server: Server | undefined

  before(async () => {
    libzmq = await RemoteProcess.start("libzmq")
  })
  after(() => libzmq.stop())
  afterEach(async () => {
    stream?.destroy()
    server?.close()
    server = undefined
    await libzmq.closeAll()
  })

  /** Connects a new engine and `remote`, in either direction. */
  async function join(remote: RemoteSocket, init: EngineInit, connects: boolean): Promise<[Conversation, Engine]> {
    const engine = createEngine(init)
    if (connects) {
      const { hostname, port } = new URL(await remote.bind("tcp://127.0.0.1:*"))
      stream = connect(Number(port), hostname)
    } else {
      server = createServer().listen(0, "127.0.0.1")
      await once(server, "listening")
      const accepted = once(server, "connection") as Promise<[Socket]>
      await remote.connect(`tcp://127.0.0.1:${(server.address() as { port: number }).port}`)
      stream = (await accepted)[0]
    }
    return [new Conversation(stream, engine), engine]
  }

  async function next(conversation: AsyncIterator<Uint8Array[]>): Promise<string[]> {
    const result = await conversation.next()
    if (result.done === true) throw new Error("libzmq has closed the connection")
    return text(result.value)
  }

  for (const connects of [true, false]) {
    const how = connects ? "connecting" : "accepting"

    it(`exchanges messages of any size with a ROUTER, ${how}`, async () => {
      const router = await libzmq.socket("Router")
      const [dealer, engine] = await join(router, { socketType: "DEALER", routingId: Buffer.from("me") }, connects)
      dealer.send(...bytes(...SIZES))
      const reading = dealer[Symbol.asyncIterator]()
      const echo = next(reading)
      const received = await router.receive()
      expect(received).to.deep.equal(["me", ...SIZES])
      await router.send(...bytes(...received))
      expect(await echo).to.deep.equal(SIZES)
      expect([engine.version, engine.peer.socketType]).to.deep.equal(["3.1", "ROUTER"])
    })

    it(`subscribes to a publisher, ${how}`, async () => {
      const publisher = await libzmq.socket("XPublisher")
      const [sub] = await join(publisher, { socketType: "SUB" }, connects)
      sub.send(...bytes("\x01news"))
      const reading = sub[Symbol.asyncIterator]()
      const news = next(reading)
      expect(await publisher.receive()).to.deep.equal(["\x01news"])
      await publisher.send("other")
      await publisher.send("news!", "body")
      expect(await news).to.deep.equal(["news!", "body"])
    })
  }

  it("answers PING, so that libzmq keeps the connection", async () => {
    const pair = await libzmq.socket("Pair", { heartbeatInterval: 20, heartbeatTimeout: 10_000 })
    const [conversation, engine] = await join(pair, { socketType: "PAIR" }, true)
    let answers = 0
    const pinged = new Promise<void>((resolve) => {
      const { heartbeats } = engine
      const answer = heartbeats!.answer.bind(heartbeats)
      heartbeats!.answer = () => {
        if (heartbeats!.answerDue && ++answers === 3) resolve()
        answer()
      }
    })
    const reading = next(conversation[Symbol.asyncIterator]())
    await pinged
    await pair.send("still here")
    expect(await reading).to.deep.equal(["still here"])
  })

  describe("with a security mechanism", () => {
    const keys = new Map<string, { publicKey: Uint8Array; secretKey: Uint8Array }>()
    let crypto: Awaited<ReturnType<typeof loadCurve>>

    before(async () => {
      crypto = await loadCurve()
      for (const name of ["server", "client"]) keys.set(name, crypto.keyPair())
    })

    /** Options of both sides, those of the server of the mechanism first. */
    function security(mechanism: "PLAIN" | "CURVE"): { ours: [Security, Security]; theirs: [object, object] } {
      if (mechanism === "PLAIN") {
        const [username, password] = bytes("admin", "secret")
        return {
          ours: [
            { mechanism, asServer: true },
            { mechanism, asServer: false, username: username!, password: password! },
          ],
          theirs: [{ plainServer: true }, { plainUsername: "admin", plainPassword: "secret" }],
        }
      }
      const [server, client] = [keys.get("server")!, keys.get("client")!]
      const z85 = { server: encodeZ85(server.publicKey), public: encodeZ85(client.publicKey) }
      return {
        ours: [
          { mechanism, asServer: true, secretKey: server.secretKey, authenticates: true, crypto },
          { mechanism, asServer: false, ...client, serverKey: decodeZ85(z85.server), crypto },
        ],
        theirs: [
          { curveServer: true, curveSecretKey: encodeZ85(server.secretKey) },
          {
            curveServerKey: z85.server,
            curvePublicKey: z85.public,
            curveSecretKey: encodeZ85(client.secretKey),
          },
        ],
      }
    }

    for (const mechanism of ["PLAIN", "CURVE"] as const) {
      it(`is the ${mechanism} server of a libzmq client, and authenticates it`, async () => {
        const { ours, theirs } = security(mechanism)
        const push = await libzmq.socket("Push", theirs[1])
        const engine = createEngine({ socketType: "PULL", security: ours[0] })
        server = createServer().listen(0, "127.0.0.1")
        await once(server, "listening")
        const accepted = once(server, "connection") as Promise<[Socket]>
        await push.connect(`tcp://127.0.0.1:${(server.address() as { port: number }).port}`)
        stream = (await accepted)[0]
        const flush = (): void => {
          for (const piece of engine.drain()) stream!.write(piece)
        }
        engine.start()
        flush()
        const sent = push.send("a", "b".repeat(70_000))
        const judged: string[] = []
        const messages: string[][] = []
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          engine.push(chunk)
          if (engine.state !== "traffic" && !engine.handshake() && engine.verdictRequest !== undefined) {
            judged.push(...text(engine.verdictRequest.credentials))
            engine.verdictRequest.resolve({ status: 200, userId: "", metadata: new Map() })
            engine.handshake()
          }
          flush()
          if (engine.state !== "traffic") continue
          for (let read = engine.read(); read !== undefined; read = engine.read()) messages.push(text(read))
          if (messages.length > 0) break
        }
        await sent
        expect(messages).to.deep.equal([["a", "b".repeat(70_000)]])
        const credentials = mechanism === "PLAIN" ? ["admin", "secret"] : text([keys.get("client")!.publicKey])
        expect(judged).to.deep.equal(credentials)
        engine.close()
      })
    }

    it("is the CURVE client of a libzmq server", async () => {
      const { ours, theirs } = security("CURVE")
      const pair = await libzmq.socket("Pair", theirs[0])
      const [conversation, engine] = await join(pair, { socketType: "PAIR", security: ours[1] }, true)
      conversation.send(...bytes("question", "x".repeat(70_000)))
      const reading = next(conversation[Symbol.asyncIterator]())
      expect(await pair.receive()).to.deep.equal(["question", "x".repeat(70_000)])
      await pair.send("answer", "y".repeat(70_000))
      expect(await reading).to.deep.equal(["answer", "y".repeat(70_000)])
      expect(engine.peer.mechanism).to.equal("CURVE")
    })
  })

  it("sends a request to a REP as examples/any-stream does", async () => {
    const reply = await libzmq.socket("Reply")
    const { hostname, port } = new URL(await reply.bind("tcp://127.0.0.1:*"))
    const asking = runExample("any-stream", hostname, port)
    expect(await reply.receive()).to.deep.equal(["hello"])
    await reply.send("world")
    expect(await asking).to.deep.equal(["world"])
  }).timeout(60_000)
})
