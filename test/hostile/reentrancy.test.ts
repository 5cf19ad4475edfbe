import { expect } from "chai"
import { spawn } from "node:child_process"
import diagnostics from "node:diagnostics_channel"
import { once } from "node:events"
import { text as textOf } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { Client, Server } from "../../src/draft.js"
import {
  Dealer,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  text,
  XPublisher,
  type Codec,
  type MessageReport,
} from "../../src/index.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { freeInproc } from "../support/endpoints.js"
import { RawPeer } from "../support/raw-peer.js"
import { caught, texts } from "../support/receiving.js"
import { moduleOf, TYPESCRIPT } from "../support/runtime.js"

const root = new URL("../../", import.meta.url)

/** Runs subscribers.ts in its own process. */
async function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] })
  const exit = once(child, "exit") as Promise<[code: number | null]>
  const [output, [code]] = await Promise.all([textOf(child.stdout), exit])
  return { code, output }
}

describe("application code that runs during a call", () => {
  const use = closing()
  const stops: (() => void)[] = []
  afterEach(() => {
    for (const stop of stops.splice(0)) stop()
  })

  /** Calls `action` at the first report on a channel whose message begins with the frame `first`. */
  function onReport(channel: string, first: string, action: () => void): void {
    let done = false
    const subscriber = (report: unknown): void => {
      if (done || String((report as MessageReport).message[0]) !== first) return
      done = true
      action()
    }
    diagnostics.subscribe(channel, subscriber)
    stops.push(() => diagnostics.unsubscribe(channel, subscriber))
  }

  /** Two sockets with room for three messages between them. */
  async function joined(): Promise<[Push, Pull]> {
    const endpoint = freeInproc()
    const [push, pull] = [
      use(new Push({ sendHighWaterMark: 2, linger: 0 })),
      use(new Pull({ receiveHighWaterMark: 1 })),
    ]
    await pull.bind(endpoint)
    push.connect(endpoint)
    return [push, pull]
  }

  it("finds every call settled without exceptions, whatever it does, for every pattern", async function () {
    this.timeout(240_000)
    const program = fileURLToPath(new URL("subscribers.ts", import.meta.url))
    expect(await run(...TYPESCRIPT, program)).to.deep.equal({ code: 0, output: "(end)\n" })
  })

  describe("subscribers of the channels", () => {
    it("lose no message by closing the socket that has just received it", async () => {
      const [push, pull] = await joined()
      const [first, second] = [texts(pull, 1), caught(pull.receive())]
      onReport("zmtp:receive", "a", () => {
        pull.close()
      })
      await push.send("a")
      expect(await first).to.deep.equal(["a"])
      expect(await second).to.include({ code: "EAGAIN" })
    })

    it("lose no message by aborting the call that has received it", async () => {
      const [push, pull] = await joined()
      const controller = new AbortController()
      const { signal } = controller
      const [first, second] = [pull.receive({ signal }), caught(pull.receive({ signal }))]
      const third = texts(pull, 1)
      onReport("zmtp:receive", "a", () => {
        controller.abort("enough")
      })
      await push.send("a")
      await push.send("b")
      expect(String(await first)).to.equal("a")
      expect(await second).to.equal("enough")
      expect(await third).to.deep.equal(["b"])
    })

    it("find a send resolved that they abort or close while the message is being sent", async () => {
      for (const action of ["abort", "close"]) {
        const [push, pull] = await joined()
        const controller = new AbortController()
        const { signal } = controller
        await push.sendMany(["1", "2", "3"])
        const [first, second] = [push.send("4", { signal }), caught(push.send("5", { signal }))]
        onReport("zmtp:send", "4", () => {
          if (action === "abort") controller.abort("enough")
          else push.close()
        })
        expect(await texts(pull, 4)).to.deep.equal(["1", "2", "3", "4"])
        await first
        if (action === "abort") expect(await second).to.equal("enough")
        else expect(await second).to.include({ code: "EAGAIN" })
      }
    })

    it("stop a batch at the message where they abort or close it", async () => {
      const [push, pull] = await joined()
      const controller = new AbortController()
      const { signal } = controller
      await push.sendMany(["1", "2", "3"])
      const sent = caught(push.sendMany(["4", "5", "6", "7", "8", "9"], { signal }))
      onReport("zmtp:send", "5", () => {
        controller.abort("enough")
      })
      // The send attempt during which they abort continues until the queue is full.
      expect((await texts(pull, 5)).slice(0, 5)).to.deep.equal(["1", "2", "3", "4", "5"])
      expect(await sent).to.equal("enough")
      onReport("zmtp:send", "8", () => {
        push.close()
      })
      expect(await caught(push.sendMany(["8", "9"]))).to.include({ code: "EAGAIN" })
      expect(await texts(pull, 1)).to.deep.equal(["8"])
      expect(pull.tryReceive()).to.equal(undefined)
    })

    it("end a pending call if they close its socket in the meantime", async () => {
      const reply = use(new Reply())
      await reply.bind("tcp://127.0.0.1:*")
      const peer = use(await RawPeer.handshake(reply.lastEndpoint!, "DEALER"))
      onReport("zmtp:drop", "no envelope", () => {
        reply.close()
      })
      const waiting = caught(reply.receive())
      peer.write(Buffer.concat([hex("000b"), Buffer.from("no envelope")]))
      expect(await waiting).to.include({ code: "EAGAIN" })
    })

    it("keep no message from other subscribers of a topic by publishing another", async () => {
      const endpoint = freeInproc()
      const publisher = use(new XPublisher())
      await publisher.bind(endpoint)
      const subscribers = [1, 2, 3].map(() => use(new Subscriber()))
      for (const subscriber of subscribers) {
        subscriber.connect(endpoint)
        // Both subscriptions match each message.
        subscriber.subscribe("", "news")
      }
      const received = subscribers.map((subscriber) => texts(subscriber, 2))
      onReport("zmtp:receive", "news 1", () => {
        publisher.trySend("news 2")
      })
      await publisher.send("news 1")
      for (const news of await Promise.all(received)) expect(news).to.have.members(["news 1", "news 2"])
    })

    it("find a Request waiting for a reply that they send immediately", async () => {
      for (const correlate of [false, true]) {
        const endpoint = freeInproc()
        const [router, request] = [use(new Router()), use(new Request({ correlate }))]
        await router.bind(endpoint)
        request.connect(endpoint)
        const received = router.receive()
        const subscriber = (report: unknown): void => {
          const { socket, message } = report as MessageReport
          if (socket === router) router.trySend([...message.slice(0, -1), "reply"])
        }
        diagnostics.subscribe("zmtp:receive", subscriber)
        stops.push(() => diagnostics.unsubscribe("zmtp:receive", subscriber))
        await request.send("request")
        await received
        expect(await texts(request, 1)).to.deep.equal(["reply"])
        await request.send("another")
      }
    })

    it("do not break a Router by disconnecting it from the sender of the current message", async () => {
      const endpoint = freeInproc()
      const dealer = use(new Dealer({ sendHighWaterMark: 1, linger: 0 }))
      await dealer.bind(endpoint)
      const router = use(new Router({ receiveHighWaterMark: 1 }))
      router.connect(endpoint)
      await dealer.sendMany(["1", "2"])
      const waiting = dealer.send("3")
      onReport("zmtp:send", "3", () => {
        router.disconnect(endpoint)
      })
      // Messages of a peer that has left are dropped, because they could not be answered.
      expect([router.tryReceive(), router.tryReceive(), router.tryReceive()]).to.deep.equal([
        undefined,
        undefined,
        undefined,
      ])
      await waiting
    })

    it("do not break a Server by disconnecting it from the sender of the current message", async () => {
      const endpoint = freeInproc()
      const client = use(new Client({ sendHighWaterMark: 1, linger: 0 }))
      await client.bind(endpoint)
      const server = use(new Server({ receiveHighWaterMark: 1 }))
      server.connect(endpoint)
      await client.sendMany(["1", "2"])
      const waiting = client.send("3")
      onReport("zmtp:send", "3", () => {
        server.disconnect(endpoint)
      })
      expect([server.tryReceive(), server.tryReceive()]).to.deep.equal([undefined, undefined])
      await waiting
    })

    it("do not break the count that keeps the process alive", async () => {
      const { code, output } = await run(
        ...moduleOf(
          `
          import diagnostics from "node:diagnostics_channel"
          import * as zmq from "./src/index.ts"
          const [push, pull] = [new zmq.Push(), new zmq.Pull()]
          await pull.bind("inproc://count")
          push.connect("inproc://count")
          diagnostics.subscribe("zmtp:receive", () => pull.close())
          const waiting = pull.receive()
          await push.send("x")
          console.log(String(await waiting))
          const other = new zmq.Pull()
          await other.receive({ timeout: 20 }).catch(({ code }) => console.log(code))
          `,
          { typescript: true },
        ),
      )
      expect({ code, output }).to.deep.equal({ code: 0, output: "x\nEAGAIN\n" })
    })
  })

  describe("conversion of a message", () => {
    const closers: Record<string, (push: Push, close: () => void) => Promise<unknown>> = {
      "its text": (push, close) => push.send({ toString: () => (close(), "x") } as unknown as string),
      "a getter": (push, close) =>
        push.send(Object.defineProperty(["a", "b"], 1, { get: () => (close(), "b"), enumerable: true })),
      "a generator": (push, close) =>
        push.sendMany(
          (function* () {
            yield "x"
            close()
            yield "y"
          })(),
        ),
      "a codec": async (push, close) => {
        const codec: Codec<string> = {
          encode: () => {
            close()
            return "x"
          },
          decode: () => "",
        }
        await push.with(codec).send("x")
      },
      "options with a getter": (push, close) =>
        push.send("x", {
          get timeout() {
            close()
            return -1
          },
        }),
    }
    for (const [what, call] of Object.entries(closers)) {
      it(`leaves no promise pending by closing the socket: ${what}`, async () => {
        for (const connected of [true, false]) {
          const push = use(new Push())
          const pull = use(new Pull())
          await pull.bind(freeInproc())
          if (connected) push.connect(pull.lastEndpoint!)
          const result = caught(
            call(push, () => {
              push.close()
            }),
          )
          expect(await result).to.include({ code: "EBADF", message: "Socket is closed" })
          expect(pull.tryReceive()).to.equal(undefined)
        }
      })
    }

    it("makes trySend fail if it closes the socket", () => {
      const push = use(new Push())
      expect(() =>
        push.trySend({
          toString: () => {
            push.close()
            return "x"
          },
        } as unknown as string),
      )
        .to.throw()
        .with.property("code", "EBADF")
    })

    it("ends the wait immediately if it aborts the call", async () => {
      const push = use(new Push())
      const controller = new AbortController()
      const { signal } = controller
      const aborts = { toString: () => (controller.abort("enough"), "x") } as unknown as string
      expect(await caught(push.send(aborts, { signal }))).to.equal("enough")
      expect(await caught(push.with(text).send(aborts, { signal }))).to.equal("enough")
    })
  })

  it("receives each reply and each request once if several calls wait on a Reply", async () => {
    const reply = use(new Reply())
    await reply.bind("tcp://127.0.0.1:*")
    const peers = [
      use(await RawPeer.handshake(reply.lastEndpoint!, "REQ")),
      use(await RawPeer.handshake(reply.lastEndpoint!, "REQ")),
    ]
    // Both requests arrive before the first call of `receive`.
    for (const [index, peer] of peers.entries()) peer.write(hex(`0100 0001 6${index + 1}`))
    while (reply.stats().queued.in < 2) await new Promise(setImmediate)
    const sent = reply.send("x")
    const requests = [await reply.receive(), await reply.receive()].map(String)
    expect(requests).to.have.members(["a", "b"])
    await sent
    const first = peers[requests[0] === "a" ? 0 : 1]!
    expect([await first.readFrame(), await first.readFrame()]).to.deep.equal([hex("0100"), hex("000178")])
  })

  it("is served in turn if a reply makes room for the next request", async () => {
    const endpoint = freeInproc()
    const dealer = use(new Dealer())
    dealer.connect(endpoint)
    // Both requests are queued before the socket binds.
    for (const request of ["a", "b"]) await dealer.send(["", request])
    const reply = use(new Reply())
    const received = [reply.receive(), reply.receive()]
    const sent = reply.send("x")
    await reply.bind(endpoint)
    expect((await Promise.all(received)).map(String)).to.deep.equal(["a", "b"])
    await sent
    expect((await dealer.receive()).map(String)).to.deep.equal(["", "x"])
  })
})

describe("callbacks that authenticate peers", () => {
  const use = closing()

  for (const later of [false, true]) {
    it(`do no harm by closing the socket: authenticate${later ? ", later" : ""}`, async () => {
      const publisher: Publisher = use(
        new Publisher({
          plainServer: true,
          authenticate: () => {
            publisher.close()
            return later ? Promise.resolve(true) : true
          },
        }),
      )
      await publisher.bind("tcp://127.0.0.1:*")
      const subscriber = use(new Subscriber({ plainUsername: "me", plainPassword: "pw", reconnectInterval: -1 }))
      const gone = new Promise((resolve) => subscriber.events.on("disconnect", resolve))
      subscriber.connect(publisher.lastEndpoint!)
      await gone
      expect(publisher.closed).to.equal(true)
    })
  }

  it("do no harm by closing the socket: webSocketOrigin", async () => {
    const publisher: Publisher = use(
      new Publisher({
        webSocketOrigin: () => {
          publisher.close()
          return true
        },
      }),
    )
    await publisher.bind("ws://127.0.0.1:*")
    const subscriber = use(new Subscriber({ reconnectInterval: -1 }))
    const gone = new Promise((resolve) => {
      subscriber.events.on("disconnect", resolve)
      subscriber.events.on("close", resolve)
    })
    subscriber.connect(publisher.lastEndpoint!)
    await gone
    expect(publisher.closed).to.equal(true)
  })
})
