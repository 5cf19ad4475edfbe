import { expect } from "chai"
import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { text } from "node:stream/consumers"
import type { Worker } from "node:worker_threads"
import {
  Context,
  curveKeyPair,
  Dealer,
  Pair,
  Proxy,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  type Socket,
} from "../../../src/index.js"
import { LimitError } from "../../../src/zmtp/protocol-error.js"
import { Channel, Client, Dish, Gather, Peer, Radio, Scatter, Server } from "../../../src/draft.js"
import { createContext } from "../../../src/sockets/context.js"
import { nodePlatform } from "../../../src/platform/node/index.js"
import { compute, computeUntilMade } from "../../support/busy.js"
import { closing } from "../../support/closing.js"
import { freeTcp, SocketFolder } from "../../support/endpoints.js"
import { nextEvent } from "../../support/events.js"
import { codeOf } from "../../support/messages.js"
import { RawPeer } from "../../support/raw-peer.js"
import { caught, texts } from "../../support/receiving.js"
import { moduleOf } from "../../support/runtime.js"
import { Thread } from "../../support/threads.js"

const LOCAL = "tcp://127.0.0.1:*"

describe("I/O threads", () => {
  const use = closing()
  const folder = new SocketFolder()
  const context = new Context({ dedicatedIoThreads: 1 })
  /** For sockets whose connections are in the thread of the tests. */
  const plain = new Context()
  after(() => folder.close())

  /** Runs `source` in its own process, with this library imported as `zmq`. */
  function program(source: string): ChildProcess {
    const module = `import { writeFileSync } from "node:fs"\nimport * as zmq from "./src/index.ts"\n${source}`
    const cwd = new URL("../../../", import.meta.url)
    const child = spawn(process.execPath, moduleOf(module, { typescript: true }), {
      cwd,
      stdio: ["pipe", "pipe", "inherit"],
    })
    use({ close: () => child.kill("SIGKILL") })
    return child
  }

  describe("the option dedicatedIoThreads of a context", () => {
    it("is 0 by default, and returns what was set", () => {
      const own = new Context()
      expect(own.dedicatedIoThreads).to.equal(0)
      own.dedicatedIoThreads = 2
      expect(own.dedicatedIoThreads).to.equal(2)
      own.dedicatedIoThreads = 0
      expect(own.dedicatedIoThreads).to.equal(0)
    })

    it("is at most 64", () => {
      for (const count of [-1, 65]) expect(codeOf(() => new Context({ dedicatedIoThreads: count }))).to.equal("EINVAL")
      expect(() => new Context({ dedicatedIoThreads: "1" as unknown as number })).to.throw(TypeError)
    })

    it("does not add a listener to the process for each context", () => {
      const before = process.listenerCount("exit")
      for (let count = 0; count < 3; count++) new Context({ dedicatedIoThreads: 1 })
      expect(process.listenerCount("exit")).to.equal(before)
    })

    it("accepts only 0 on a platform without threads: ENOTSUP", () => {
      const { createIoThreads, ...platform } = nodePlatform
      expect(createIoThreads).to.be.a("function")
      const own = createContext(platform)
      own.dedicatedIoThreads = 0
      expect(codeOf(() => (own.dedicatedIoThreads = 1))).to.equal("ENOTSUP")
    })

    it("is independent of ioThreads, which programs for zeromq.js set", () => {
      expect(new Context({ ioThreads: 4 }).dedicatedIoThreads).to.equal(0)
    })
  })

  for (const [scheme, endpoint] of [
    ["tcp", () => LOCAL],
    ["ipc", () => `ipc://${folder.next()}`],
    ["ws", () => "ws://127.0.0.1:*"],
  ] as const) {
    it(`transfer messages over ${scheme}, on one side or both`, async () => {
      for (const [ours, theirs] of [
        [context, plain],
        [plain, context],
        [context, context],
      ]) {
        const [pull, push] = [use(new Pull({ context: ours! })), use(new Push({ context: theirs! }))]
        await pull.bind(endpoint())
        push.connect(pull.lastEndpoint!)
        const large = Buffer.alloc(5 << 20, 7)
        await push.send("small")
        await push.send(["several", large, ""])
        expect(String(await pull.receive())).to.equal("small")
        const [first, body, last] = await pull.receive()
        expect([String(first), body!.equals(large), last!.length]).to.deep.equal(["several", true, 0])
      }
    })
  }

  it("leave the memory of a large frame to the sender, and give the receiver memory of its own", async () => {
    const [pull, push] = [use(new Pull({ context })), use(new Push({ context }))]
    await pull.bind(LOCAL)
    push.connect(pull.lastEndpoint!)
    const body = Buffer.alloc(100_000, 1)
    for (let number = 1; number <= 3; number++) {
      await push.send([body, String(number)])
      // The memory may change as soon as `send` has resolved.
      body.fill(number + 1)
    }
    for (let number = 1; number <= 3; number++) {
      const [received, last] = await pull.receive()
      expect(received!.equals(Buffer.alloc(100_000, number))).to.equal(true)
      expect(String(last)).to.equal(String(number))
      expect(received!.buffer).to.be.an.instanceOf(ArrayBuffer).with.property("byteLength", 100_000)
    }
    expect(body.length).to.equal(100_000)
  })

  it("bind synchronously with bindSync, which throws the error of the system", async () => {
    const [pull, other] = [use(new Pull({ context })), use(new Pull({ context }))]
    pull.bindSync(LOCAL)
    expect(codeOf(() => other.bindSync(pull.lastEndpoint!))).to.equal("EADDRINUSE")
    const push = use(new Push({ context: plain }))
    push.connect(pull.lastEndpoint!)
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  })

  it("reject endpoints that cannot be bound or connected, with the same errors as without threads", async () => {
    const pull = use(new Pull({ context }))
    await pull.bind(LOCAL)
    const other = use(new Pull({ context }))
    expect(await caught(other.bind(pull.lastEndpoint!))).to.include({ code: "EADDRINUSE", address: pull.lastEndpoint })
    expect(await caught(other.bind("tcp://127.0.0.1"))).to.include({ code: "EINVAL" })
    expect(codeOf(() => other.connect("tcp://127.0.0.1"))).to.equal("EINVAL")
    other.curveServerKey = curveKeyPair().publicKey
    expect(codeOf(() => other.connect("tcp://127.0.0.1:1"))).to.equal("EINVAL")
  })

  describe("while the application is busy", () => {
    it("accept a peer, answer its heartbeats, and queue its messages", async () => {
      const pull = use(new Pull({ context }))
      await pull.bind(LOCAL)
      const sent = folder.next()
      // The peer needs its own process, because this one is blocked.
      const child = program(`
        const push = new zmq.Push({ heartbeatInterval: 50, heartbeatTimeout: 1000 })
        push.events.on("disconnect", () => console.log("lost"))
        push.connect("${pull.lastEndpoint!}")
        // Spread over the time in which the application computes.
        for (let number = 0; number < 30; number++) {
          await push.send(String(number))
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
        writeFileSync("${sent}", "")
        process.stdin.on("data", () => process.exit(0))`)
      const said = text(child.stdout!)
      computeUntilMade(sent)
      expect(await texts(pull, 30)).to.deep.equal(Array.from({ length: 30 }, (_, number) => String(number)))
      child.stdin!.write("end\n")
      expect(await said).to.equal("")
    })

    it("answer PING, which a raw peer sees only from another thread", async () => {
      const [bound, connected] = [use(new Dealer({ context })), use(new Dealer({ context, heartbeatInterval: 20 }))]
      await bound.bind(LOCAL)
      const lost: unknown[] = []
      connected.events.on("disconnect", (event) => lost.push(event))
      connected.connect(bound.lastEndpoint!)
      await connected.peersReady()
      compute(300)
      await connected.send("still here")
      expect(await texts(bound, 1)).to.deep.equal(["still here"])
      expect(lost).to.deep.equal([])
    })
  })

  it("report events in the same order as without threads, and before the first message", async () => {
    const pull = use(new Pull({ context }))
    const types: string[] = []
    for (const type of ["bind", "accept", "handshake", "close"] as const) {
      pull.events.on(type, () => types.push(type))
    }
    await pull.bind(LOCAL)
    const push = use(new Push({ context: plain }))
    push.connect(pull.lastEndpoint!)
    await push.send("x")
    await pull.receive()
    expect(types).to.deep.equal(["bind", "accept", "handshake"])
    pull.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(types.slice(3)).to.deep.equal(["close"])
  })

  it("report errors with their class and their properties", async () => {
    const pull = use(new Pull({ context, maxMessageSize: 10 }))
    await pull.bind(LOCAL)
    const push = use(new Push({ context: plain, reconnectInterval: -1 }))
    const lost = nextEvent(pull, "disconnect")
    push.connect(pull.lastEndpoint!)
    await push.send("more than ten bytes")
    const { error, peer } = await lost
    expect(error).to.include({ limit: "maxMessageSize" })
    expect(error!.cause).to.be.an.instanceOf(LimitError).with.property("name", "ProtocolError")
    expect(peer).to.include({ socketType: "PUSH", address: "127.0.0.1", mechanism: "NULL" })
    expect(peer!.routingId).to.be.an.instanceOf(Buffer)
  })

  it("count their traffic in stats()", async () => {
    const [pull, push] = [use(new Pull({ context })), use(new Push({ context: plain }))]
    await pull.bind(LOCAL)
    push.connect(pull.lastEndpoint!)
    await push.send(Buffer.alloc(1000))
    await pull.receive()
    const [ours, theirs] = [pull.stats(), push.stats()]
    expect(ours.bytesIn).to.equal(theirs.bytesOut)
    expect(ours.bytesOut).to.equal(theirs.bytesIn)
    expect(ours).to.include({ peers: 1, received: 1 })
    expect(ours.queued).to.deep.equal({ in: 0, out: 0 })
  })

  describe("high-water marks", () => {
    it("limit the messages queued for an absent peer", async () => {
      const push = use(new Push({ context, sendHighWaterMark: 3, sendTimeout: 0 }))
      push.connect(await freeTcp())
      for (const number of "123") await push.send(number)
      expect(await caught(push.send("4"))).to.include({ code: "EAGAIN" })
      push.sendHighWaterMark = 6
      for (const number of "456") await push.send(number)
      expect(await caught(push.send("7"))).to.include({ code: "EAGAIN" })
    })

    it("limit bytes with sendHighWaterBytes", async () => {
      const push = use(new Push({ context, sendHighWaterBytes: 10_000, sendTimeout: 0 }))
      push.connect(await freeTcp())
      await push.send(Buffer.alloc(9000))
      await push.send(Buffer.alloc(9000))
      expect(await caught(push.send("x"))).to.include({ code: "EAGAIN" })
    })

    it("stop reading from a peer that has filled the queue, without losing messages", async () => {
      const pull = use(new Pull({ context, receiveHighWaterMark: 5 }))
      const push = use(new Push({ context: plain, sendHighWaterMark: 5 }))
      await pull.bind(LOCAL)
      push.connect(pull.lastEndpoint!)
      const body = Buffer.alloc(100_000)
      let sent = 0
      const sending = (async () => {
        for (; sent < 200; sent++) await push.send([String(sent), body])
      })()
      for (let number = 0; number < 200; number++) expect(String((await pull.receive())[0])).to.equal(String(number))
      await sending
    })

    it("block a sender whose peer does not read, without changing its messages", async () => {
      const push = use(new Push({ context, sendHighWaterMark: 20 }))
      const pull = use(new Pull({ context: plain, receiveHighWaterMark: 1 }))
      await push.bind(LOCAL)
      pull.connect(push.lastEndpoint!)
      // The data exceeds the buffers of the system many times.
      const count = 600
      const body = Buffer.alloc(60_000)
      const sending = (async () => {
        for (let number = 0; number < count; number++) await push.send(body.fill(number))
      })()
      // Stop reading from time to time, until the sender has to wait.
      for (let number = 0; number < count; number++) {
        if (number % 200 === 0) while (push.writable) await new Promise((resolve) => setImmediate(resolve))
        const [received] = await pull.receive()
        expect(received!.equals(Buffer.alloc(body.length, number))).to.equal(true)
      }
      await sending
    })

    it("keep only the newest message with conflate", async () => {
      const [pull, push] = [use(new Pull({ context, conflate: true })), use(new Push({ context, conflate: true }))]
      await pull.bind(LOCAL)
      push.connect(pull.lastEndpoint!)
      await push.peersReady()
      for (let number = 0; number <= 1000; number++) await push.send(String(number))
      let last = ""
      while (last !== "1000") last = String(await pull.receive())
    })
  })

  describe("routing ids", () => {
    it("are rejected within the handshake if another peer has them", async () => {
      const router = use(new Router({ context }))
      await router.bind(LOCAL)
      const [first, second] = [
        use(new Dealer({ routingId: "A" })),
        use(new Dealer({ routingId: "A", reconnectInterval: -1 })),
      ]
      first.connect(router.lastEndpoint!)
      await first.peersReady()
      const refused = nextEvent(router, "handshake:error:protocol")
      second.connect(router.lastEndpoint!)
      expect(((await refused).error.cause as Error).message).to.match(/^Routing id "A" is in use/)
    })

    it("are free again after the peer has left", async () => {
      const router = use(new Router({ context }))
      await router.bind(LOCAL)
      for (const round of ["1", "2", "3"]) {
        const dealer = new Dealer({ context: plain, routingId: "A" })
        dealer.connect(router.lastEndpoint!)
        await dealer.send(round)
        expect((await router.receive()).map(String)).to.deep.equal(["A", round])
        const left = nextEvent(router, "disconnect")
        dealer.close()
        await left
      }
    })

    it("are taken over with handover, also when that is set later", async () => {
      const router = use(new Router({ context }))
      await router.bind(LOCAL)
      router.handover = true
      const [first, second] = [use(new Dealer({ routingId: "A" })), use(new Dealer({ routingId: "A" }))]
      first.connect(router.lastEndpoint!)
      await first.send("1")
      await router.receive()
      second.connect(router.lastEndpoint!)
      await second.send("2")
      expect((await router.receive()).map(String)).to.deep.equal(["A", "2"])
      await router.send(["A", "for the second"])
      expect(await texts(second, 1)).to.deep.equal(["for the second"])
    })

    it("can be passed to connect, and are rejected immediately if another peer has them", async () => {
      const router = use(new Router({ context }))
      router.connect(await freeTcp(), { routingId: "A" })
      expect(codeOf(() => router.connect("tcp://127.0.0.1:1", { routingId: "A" }))).to.equal("EINVAL")
      await router.send(["A", "waits"])
    })

    it("are updated when another peer answers at the same endpoint", async () => {
      const router = use(new Router({ context, reconnectInterval: 1 }))
      const endpoint = await freeTcp()
      router.connect(endpoint)
      for (const routingId of ["A", "B", "C"]) {
        const dealer = new Dealer({ context: plain, routingId, linger: 0 })
        await dealer.bind(endpoint)
        await dealer.send(`from ${routingId}`)
        expect((await router.receive()).map(String)).to.deep.equal([routingId, `from ${routingId}`])
        await router.send([routingId, "back"])
        expect(await texts(dealer, 1)).to.deep.equal(["back"])
        const left = nextEvent(router, "disconnect")
        dealer.close()
        await left
      }
    })
  })

  it("transfer requests, subscriptions, and the notifications of XPUB", async () => {
    const [reply, request] = [use(new Reply({ context })), use(new Request({ context }))]
    await reply.bind(LOCAL)
    request.connect(reply.lastEndpoint!)
    await request.send("?")
    expect(await texts(reply, 1)).to.deep.equal(["?"])
    await reply.send("!")
    expect(await texts(request, 1)).to.deep.equal(["!"])

    const [publisher, subscriber] = [
      use(new XPublisher({ context })),
      use(new Subscriber({ context, reconnectInterval: 1 })),
    ]
    await publisher.bind(LOCAL)
    const endpoint = publisher.lastEndpoint!
    subscriber.subscribe("A")
    subscriber.connect(endpoint)
    expect(await texts(publisher, 1)).to.deep.equal(["\x01A"])
    await publisher.send("B")
    await publisher.send("A!")
    expect(await texts(subscriber, 1)).to.deep.equal(["A!"])
    publisher.close()
    // The next publisher receives the current subscriptions only, without those that were canceled in the meantime.
    subscriber.unsubscribe("A")
    subscriber.subscribe("C")
    const next = use(new XPublisher({ context }))
    await next.bind(endpoint)
    expect(await texts(next, 1)).to.deep.equal(["\x01C"])
  })

  it("allow a PAIR only one peer", async () => {
    const [pair, first, second] = [
      use(new Pair({ context })),
      use(new Pair({ context: plain })),
      use(new Pair({ context: plain })),
    ]
    await pair.bind(LOCAL)
    first.connect(pair.lastEndpoint!)
    await pair.peersReady()
    const turnedAway = nextEvent(second, "disconnect")
    second.connect(pair.lastEndpoint!)
    await turnedAway
    await first.send("the first")
    expect(await texts(pair, 1)).to.deep.equal(["the first"])
  })

  it("identify the senders of messages with tracePeers", async () => {
    const [pull, push] = [use(new Pull({ context, tracePeers: true })), use(new Push({ context: plain }))]
    await pull.bind(LOCAL)
    push.connect(pull.lastEndpoint!)
    await push.send("x")
    expect(pull.peerOf(await pull.receive())).to.include({ socketType: "PUSH", address: "127.0.0.1" })
  })

  it("identify the senders of messages when one peer follows another at the same endpoint", async () => {
    const dealer = use(new Dealer({ context, tracePeers: true, reconnectInterval: 1 }))
    const endpoint = await freeTcp()
    dealer.connect(endpoint)
    for (const routingId of ["first", "second"]) {
      const peer = new Dealer({ context: plain, routingId })
      await peer.bind(endpoint)
      for (const number of "12") await peer.send(number)
      const left = nextEvent(dealer, "disconnect")
      peer.close()
      await left
    }
    const received: string[] = []
    for (let count = 0; count < 4; count++) {
      const message = await dealer.receive()
      received.push(`${String(dealer.peerOf(message)!.routingId)} ${String(message)}`)
    }
    expect(received).to.deep.equal(["first 1", "first 2", "second 1", "second 2"])
  })

  it("support a proxy", async () => {
    const [front, back] = [use(new Pull({ context })), use(new Push({ context }))]
    const [push, pull] = [use(new Push({ context: plain })), use(new Pull({ context: plain }))]
    await front.bind(LOCAL)
    await back.bind(LOCAL)
    const proxy = new Proxy(front, back)
    const running = proxy.run()
    push.connect(front.lastEndpoint!)
    pull.connect(back.lastEndpoint!)
    for (let number = 0; number < 1000; number++) await push.send(String(number))
    expect((await texts(pull, 1000)).at(-1)).to.equal("999")
    proxy.terminate()
    await running
  })

  describe("authentication", () => {
    const server = curveKeyPair()
    const client = curveKeyPair()
    const CLIENT = {
      curveServerKey: server.publicKey,
      curvePublicKey: client.publicKey,
      curveSecretKey: client.secretKey,
    }
    const SERVER = { curveServer: true, curveSecretKey: server.secretKey }

    it("is performed by the application in its own thread, and its verdict is applied", async () => {
      const pull = use(new Pull({ context, ...SERVER, zapDomain: "test" }))
      const asked: unknown[] = []
      pull.authenticate = ({ signal, publicKey, ...request }) => {
        asked.push({ ...request, publicKey: Buffer.from(publicKey!).toString("hex"), aborted: signal.aborted })
        return { status: asked.length > 1, userId: "somebody", metadata: { group: "good" } }
      }
      await pull.bind(LOCAL)
      const push = use(new Push({ ...CLIENT, context: plain, reconnectInterval: 1 }))
      const refused = nextEvent(pull, "handshake:error:auth")
      push.connect(pull.lastEndpoint!)
      await refused
      const { peer } = await nextEvent(pull, "handshake")
      expect(peer).to.include({ userId: "somebody", mechanism: "CURVE" })
      expect(String(peer.metadata.get("group"))).to.equal("good")
      await push.send("welcome")
      expect(await texts(pull, 1)).to.deep.equal(["welcome"])
      expect(asked[0]).to.deep.include({ mechanism: "CURVE", domain: "test", address: "127.0.0.1", aborted: false })
    })

    it("aborts the signal when the peer leaves before the verdict", async () => {
      const pull = use(new Pull({ context, plainServer: true, zapDomain: "test" }))
      let judging!: (signal: AbortSignal) => void
      const signal = new Promise<AbortSignal>((resolve) => (judging = resolve))
      pull.authenticate = (request) => {
        judging(request.signal)
        return new Promise(() => undefined)
      }
      await pull.bind(LOCAL)
      const push = new Push({ context: plain, plainUsername: "a", plainPassword: "b", linger: 0 })
      push.connect(pull.lastEndpoint!)
      const given = await signal
      const aborted = once(given, "abort")
      push.close()
      await aborted
      expect((given.reason as Error).name).to.equal("AbortError")
    })

    it("is performed by a ZAP handler that is bound after the endpoint", async () => {
      const own = new Context({ dedicatedIoThreads: 1 })
      const pull = use(new Pull({ context: own, ...SERVER }))
      await pull.bind(LOCAL)
      const handler = use(new Reply({ context: own }))
      await handler.bind("inproc://zeromq.zap.01")
      const refused = nextEvent(pull, "handshake:error:auth")
      const push = use(new Push({ ...CLIENT, context: plain, reconnectInterval: -1 }))
      push.connect(pull.lastEndpoint!)
      const [version, id] = await handler.receive()
      await handler.send([version!, id!, "400", "no", "", ""])
      await refused
    })

    it("completes CURVE handshakes while the application is busy", async () => {
      const pull = use(new Pull({ context, ...SERVER }))
      await pull.bind(LOCAL)
      const ready = folder.next()
      const child = program(`
        const push = new zmq.Push(${JSON.stringify(CLIENT)})
        push.connect("${pull.lastEndpoint!}")
        await push.peersReady()
        writeFileSync("${ready}", "")
        push.close()`)
      computeUntilMade(ready)
      await once(child, "exit")
    })
  })

  describe("draft sockets", () => {
    const bound = async <T extends Socket>(socket: T): Promise<T> => {
      await use(socket).bind(LOCAL)
      return socket
    }
    const connected = async <T extends Socket>(socket: T, to: Socket): Promise<T> => {
      use(socket).connect(to.lastEndpoint!)
      await socket.peersReady()
      return socket
    }

    it("are SERVER and CLIENT", async () => {
      const server = await bound(new Server({ context }))
      const client = await connected(new Client({ context }), server)
      await client.send("?")
      const [body, { routingId }] = await server.receive()
      expect(String(body)).to.equal("?")
      await server.send("!", { routingId })
      expect(String((await client.receive())[0])).to.equal("!")
    })

    it("are RADIO and DISH, whose groups reach the other side", async () => {
      const radio = await bound(new Radio({ context }))
      const dish = use(new Dish({ context }))
      dish.join("movies")
      dish.connect(radio.lastEndpoint!)
      await radio.peersReady(1, { topic: "movies" })
      await radio.send("missed", { group: "music" })
      await radio.send("seen", { group: "movies" })
      const [body, { group }] = await dish.receive()
      expect([String(body), String(group)]).to.deep.equal(["seen", "movies"])
    })

    it("are GATHER and SCATTER, and CHANNEL", async () => {
      const gather = await bound(new Gather({ context }))
      const scatter = await connected(new Scatter({ context }), gather)
      await scatter.send("x")
      expect(String((await gather.receive())[0])).to.equal("x")
      const channel = await bound(new Channel({ context }))
      const other = await connected(new Channel({ context }), channel)
      await other.send("y")
      expect(String((await channel.receive())[0])).to.equal("y")
    })

    it("are PEERs, which choose whom they send to", async () => {
      const one = await bound(new Peer({ context }))
      const other = use(new Peer({ context }))
      const routingId = other.connectPeer(one.lastEndpoint!)
      await other.send("hello", { routingId })
      const [body, from] = await one.receive()
      await one.send("back", { routingId: from.routingId })
      expect([String(body), String((await other.receive())[0])]).to.deep.equal(["hello", "back"])
    })
  })

  describe("a worker thread of the application", () => {
    /** Starts a worker thread with its own context, which ends by executing `ends`. */
    const worker = async (ends: string): Promise<void> => {
      const pull = use(new Pull({ context: plain }))
      await pull.bind(LOCAL)
      const thread = use(
        new Thread(
          `
          const context = new zmq.Context({ dedicatedIoThreads: 1 })
          const push = new zmq.Push({ context })
          const pull = new zmq.Pull({ context })
          await pull.bind("tcp://127.0.0.1:*")
          push.connect(data)
          await push.send("hello")
          say(pull.lastEndpoint)
          await told()
          ${ends}`,
          { data: pull.lastEndpoint },
        ),
      )
      const endpoint = String(await thread.said())
      expect(await texts(pull, 1)).to.deep.equal(["hello"])
      const lost = nextEvent(pull, "disconnect")
      thread.tell("end")
      if (ends === "") await thread.close()
      // Rejects with the error of a failed thread.
      await Promise.allSettled([thread.exit])
      await lost
      // The addresses of the thread are free as well.
      const next = use(new Pull({ context: plain }))
      await next.bind(endpoint)
    }

    it("releases its connections and addresses when it exits", () => worker("process.exit()"))

    it("releases its connections and addresses when it fails", () => worker("setImmediate(() => null.x)"))

    it("releases its connections and addresses when it is terminated", () => worker(""))
  })

  describe("a thread that ends", () => {
    /** A context with an I/O thread, and a promise for its worker. */
    const withWorker = () => {
      const own = new Context({ dedicatedIoThreads: 1 })
      const started = new Promise<Worker>((resolve) => process.once("worker", resolve))
      return { own, started }
    }

    it("ends its connections with an event that reports the reason, and is replaced", async () => {
      const { own, started } = withWorker()
      const pull = use(new Pull({ context: own }))
      const push = use(new Push({ context: plain, reconnectInterval: 10 }))
      await pull.bind(LOCAL)
      const worker = await started
      push.connect(pull.lastEndpoint!)
      await push.send("before")
      expect(await texts(pull, 1)).to.deep.equal(["before"])
      const lost = nextEvent(pull, "disconnect")
      await worker.terminate()
      const { error, peer, address } = await lost
      expect(address).to.equal(pull.lastEndpoint)
      const cause = error!.cause as Error
      expect(cause).to.include({ code: "ECONNABORTED" })
      expect((cause.cause as Error).message).to.match(/^The I\/O thread has ended/)
      expect(peer).to.include({ socketType: "PUSH" })
      await nextEvent(push, "handshake")
      await push.send("after")
      expect(await texts(pull, 1)).to.deep.equal(["after"])
    })

    it("is replaced by one that reconnects its endpoints", async () => {
      const { own, started } = withWorker()
      const pull = use(new Pull({ context: plain }))
      const push = use(new Push({ context: own }))
      await pull.bind(LOCAL)
      push.connect(pull.lastEndpoint!)
      await push.send("before")
      expect(await texts(pull, 1)).to.deep.equal(["before"])
      const back = nextEvent(pull, "disconnect")
      const retry = nextEvent(push, "connect:retry")
      await (await started).terminate()
      expect((await retry).error.cause).to.include({ code: "ECONNABORTED" })
      await back
      await nextEvent(pull, "handshake")
      await push.send("after")
      expect(await texts(pull, 1)).to.deep.equal(["after"])
    })

    it("rejects the calls that wait for it", async () => {
      const { own, started } = withWorker()
      const pull = use(new Pull({ context: own }))
      void started.then((worker) => worker.terminate())
      expect(await caught(pull.bind(LOCAL))).to.include({ code: "ECONNABORTED" })
    })
  })

  describe("the end of a process", () => {
    const run = async (source: string): Promise<void> => {
      const [code] = (await once(program(`zmq.context.dedicatedIoThreads = 1\n${source}`), "exit")) as [number]
      expect(code).to.equal(0)
    }

    it("is not delayed by open sockets", async () => {
      await run(`
        const [push, pull] = [new zmq.Push(), new zmq.Pull()]
        await pull.bind("tcp://127.0.0.1:*")
        push.connect(pull.lastEndpoint)
        await push.send("x")
        await pull.receive()`)
    })

    it("waits until all sent messages are written, however large they are", async () => {
      const pull = use(new Pull({ context: plain }))
      await pull.bind(LOCAL)
      const ended = run(`
        const push = new zmq.Push()
        push.connect("${pull.lastEndpoint!}")
        for (let number = 0; number < 100; number++) await push.send([String(number), Buffer.alloc(100_000)])`)
      for (let number = 0; number < 100; number++) expect(String((await pull.receive())[0])).to.equal(String(number))
      await ended
    })

    it("waits for a peer that connects late, while the socket lingers", async () => {
      const endpoint = await freeTcp()
      const child = program(`
        zmq.context.dedicatedIoThreads = 1
        const push = new zmq.Push({ reconnectInterval: 10 })
        push.connect("${endpoint}")
        await push.send("late")
        push.close()
        console.log("closed")`)
      const exit = once(child, "exit")
      await once(child.stdout!, "data")
      const pull = use(new Pull({ context: plain }))
      await pull.bind(endpoint)
      expect(await texts(pull, 1)).to.deep.equal(["late"])
      expect((await exit)[0]).to.equal(0)
    })

    it("leaves no file of an ipc endpoint behind", async () => {
      const path = folder.next()
      await run(`
        const pull = new zmq.Pull()
        await pull.bind("ipc://${path}")`)
      expect(existsSync(path)).to.equal(false)
    })

    it("does not wait for dropped messages", async () => {
      await run(`
        const push = new zmq.Push({ linger: 0 })
        push.connect("tcp://127.0.0.1:1")
        await push.send("never")`)
    })
  })

  describe("the thread of the socket", () => {
    it("keeps WebSocket endpoints with a function that checks origins", async () => {
      const asked: unknown[] = []
      const pull = use(new Pull({ context }))
      pull.webSocketOrigin = (origin) => {
        asked.push(origin)
        return true
      }
      await pull.bind("ws://127.0.0.1:*")
      const push = use(new Push({ context }))
      push.connect(pull.lastEndpoint!)
      await push.send("x")
      expect(await texts(pull, 1)).to.deep.equal(["x"])
      expect(asked).to.deep.equal([undefined])
    })
  })

  it("reject peers that violate the protocol", async () => {
    const pull = use(new Pull({ context }))
    await pull.bind(LOCAL)
    const failed = nextEvent(pull, "handshake:error:protocol")
    const peer = await RawPeer.connect(pull.lastEndpoint!)
    peer.write("ff00000000000000017f 04 00")
    peer.write("47 45 54 20 2f 20 48 54 54 50".repeat(20))
    await failed
    peer.close()
  })

  it("share the endpoints of a context that has several", async () => {
    const own = new Context({ dedicatedIoThreads: 2 })
    const workers: Worker[] = []
    const started = (worker: Worker): number => workers.push(worker)
    process.on("worker", started)
    const pulls = [use(new Pull({ context: own })), use(new Pull({ context: own })), use(new Pull({ context: own }))]
    for (const pull of pulls) await pull.bind(LOCAL)
    process.off("worker", started)
    expect(workers).to.have.length(2)
    const publisher = use(new Publisher({ context: own }))
    await publisher.bind(LOCAL)
    for (const pull of pulls) {
      const push = use(new Push({ context: own }))
      push.connect(pull.lastEndpoint!)
      await push.send("x")
      await pull.receive()
    }
  })
})
