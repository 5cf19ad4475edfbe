import { expect } from "chai"
import diagnostics from "node:diagnostics_channel"
import { MessageChannel } from "node:worker_threads"
import { libzmqPeers } from "../../interop/support/remote.js"
import {
  Context,
  Reply,
  Requester,
  Router,
  type MessageReport,
  type RequesterOptions,
  type ZmqError,
} from "../../src/index.js"
import { joinContext } from "../../src/sockets/join-context.js"
import type { AnyPort } from "../../src/transports/ports/port-side.js"
import { closing } from "../support/closing.js"
import { freeInproc, freeTcp } from "../support/endpoints.js"
import { RawListener, type RawPeer } from "../support/raw-peer.js"
import { caught } from "../support/receiving.js"

/** The error code of a failed request, or the error if it has no code. */
async function codeOf(request: Promise<unknown>): Promise<unknown> {
  try {
    await request
    return undefined
  } catch (error) {
    return (error as Partial<ZmqError>).code ?? error
  }
}

/** Timeout for requests that the test expects to expire, in ms. */
const SHORT = 30

describe("Requester", () => {
  const open = closing()

  async function router(): Promise<Router> {
    const router = open(new Router())
    await router.bind("tcp://127.0.0.1:*")
    return router
  }

  describe("with libzmq peers", () => {
    const libzmq = libzmqPeers()

    it("gets replies from a REP", async () => {
      const peer = await libzmq.socket("Reply")
      const requester = open(new Requester(await peer.bind("tcp://127.0.0.1:*"), { timeout: -1 }))
      const answer = requester.request(["4 + 5", "="])
      expect(await peer.receive()).to.deep.equal(["4 + 5", "="])
      await peer.send("9")
      expect((await answer).map(String)).to.deep.equal(["9"])
    })

    it("gets replies from a ROUTER that returns the envelope, in any order", async () => {
      const peer = await libzmq.socket("Router")
      const requester = open(new Requester(await peer.bind("tcp://127.0.0.1:*"), { timeout: -1 }))
      const answers = ["a", "b"].map((question) => requester.request(question))
      const questions = [await peer.receive(), await peer.receive()]
      expect(questions.map((frames) => frames.at(-1))).to.deep.equal(["a", "b"])
      for (const question of questions.reverse()) {
        const envelope = question.slice(0, 3).map((frame) => Buffer.from(frame, "latin1"))
        await peer.send(...envelope, `re: ${question[3]!}`)
      }
      expect((await Promise.all(answers)).map(String)).to.deep.equal(["re: a", "re: b"])
    })

    it("gets replies from a DEALER", async () => {
      const peer = await libzmq.socket("Dealer")
      const requester = open(new Requester(await peer.bind("tcp://127.0.0.1:*"), { timeout: -1 }))
      const answer = requester.request("hello")
      const [id, empty, body] = await peer.receive()
      expect([empty, body]).to.deep.equal(["", "hello"])
      await peer.send(Buffer.from(id!, "latin1"), "", "world")
      expect(String(await answer)).to.equal("world")
    })

    it("sends requests as a REQ does without `correlate`", async () => {
      const peer = await libzmq.socket("Router")
      const requester = open(new Requester(await peer.bind("tcp://127.0.0.1:*"), { timeout: -1, correlate: false }))
      const answers = ["a", "b"].map((question) => requester.request(question))
      for (const expected of ["a", "b"]) {
        const [id, empty, body] = await peer.receive()
        expect([empty, body]).to.deep.equal(["", expected])
        await peer.send(Buffer.from(id!, "latin1"), "", `re: ${body!}`)
      }
      expect((await Promise.all(answers)).map(String)).to.deep.equal(["re: a", "re: b"])
    })
  })

  it("retries if there is no reply in time", async () => {
    const server = await router()
    const requester = open(new Requester(server.lastEndpoint!, { timeout: SHORT, retries: 1000 }))
    const answer = requester.request("?")
    await server.receive()
    const second = await server.receive()
    await server.send([...second.slice(0, 3), "!"])
    expect(String(await answer)).to.equal("!")
  })

  it("accepts the reply to an earlier attempt", async () => {
    const server = await router()
    const requester = open(new Requester(server.lastEndpoint!, { timeout: SHORT, retries: 1000 }))
    const answer = requester.request("?")
    const first = await server.receive()
    await server.receive()
    await server.send([...first.slice(0, 3), "late"])
    expect(String(await answer)).to.equal("late")
  })

  it("rejects with ETIMEDOUT after its retries", async () => {
    const server = await router()
    const requester = open(new Requester(server.lastEndpoint!))
    const answer = requester.request("?", { timeout: SHORT, retries: 1 })
    expect(await codeOf(answer)).to.equal("ETIMEDOUT")
    expect(requester.pending).to.equal(0)
  })

  it("also rejects with ETIMEDOUT if there is no server", async () => {
    const requester = open(new Requester(await freeTcp(), { timeout: SHORT, retries: 1 }))
    expect(await codeOf(requester.request("?"))).to.equal("ETIMEDOUT")
  })

  it("drops the reply to an abandoned request", async () => {
    const server = await router()
    const requester = open(new Requester(server.lastEndpoint!, { timeout: SHORT, retries: 0 }))
    await new Promise((resolve) => requester.socket.events.on("handshake", resolve))
    expect(await codeOf(requester.request("old"))).to.equal("ETIMEDOUT")
    const answer = requester.request("new", { timeout: -1 })
    const questions = [await server.receive(), await server.receive()]
    for (const question of questions) await server.send([...question.slice(0, 3), `re: ${String(question[3])}`])
    expect(String(await answer)).to.equal("re: new")
    expect(requester.socket.stats().dropped).to.equal(1)
  })

  it("never accepts a late reply for another request without `correlate`", async () => {
    const server = await router()
    const requester = open(new Requester(server.lastEndpoint!, { correlate: false }))
    expect(await codeOf(requester.request("old", { timeout: SHORT, retries: 0 }))).to.equal("ETIMEDOUT")
    const answer = requester.request("new", { timeout: -1 })
    const questions: Buffer[][] = []
    while (String(questions.at(-1)?.[2]) !== "new") questions.push(await server.receive())
    for (const [peer, , body] of questions) await server.send([peer!, "", `re: ${String(body)}`])
    expect(String(await answer)).to.equal("re: new")
  })

  it("reconnects to a restarted server", async () => {
    const first = open(new Reply())
    await first.bind("tcp://127.0.0.1:*")
    const endpoint = first.lastEndpoint!
    const requester = open(new Requester(endpoint, { timeout: SHORT, retries: 1000, reconnectInterval: 1 }))
    const [one] = await Promise.all([requester.request("1"), first.receive().then(() => first.send("one"))])
    expect(String(one)).to.equal("one")
    await first.unbind(endpoint)
    const second = open(new Reply())
    await second.bind(endpoint)
    const answer = requester.request("2")
    await second.receive()
    await second.send("two")
    expect(String(await answer)).to.equal("two")
  })

  describe("replies from the wrong peer", () => {
    const listeners: RawListener[] = []
    afterEach(async () => {
      for (const listener of listeners.splice(0)) await listener.close()
    })

    /** Starts a server that sends and receives raw bytes. */
    async function listen(): Promise<RawListener> {
      const listener = await new RawListener().listen()
      listeners.push(listener)
      return listener
    }

    /** A requester that is connected to two servers. The first request goes to the first one. */
    async function connected(options: RequesterOptions = {}): Promise<[Requester, asked: RawPeer, other: RawPeer]> {
      const [first, second] = [await listen(), await listen()]
      const requester = open(new Requester([], { timeout: -1, ...options }))
      const peers: RawPeer[] = []
      for (const listener of [first, second]) {
        const handshake = new Promise((resolve) => requester.socket.events.on("handshake", resolve))
        const accepted = listener.accept()
        requester.socket.connect(listener.endpoint)
        const peer = await accepted
        await peer.shake("ROUTER")
        await handshake
        peers.push(peer)
      }
      return [requester, peers[0]!, peers[1]!]
    }

    /** The bytes of the next request's envelope. */
    async function envelopeOf(peer: RawPeer, parts = 2): Promise<Buffer> {
      const envelope: Buffer[] = []
      while (envelope.length < parts) envelope.push(await peer.readFrame())
      await peer.readFrame()
      return Buffer.concat(envelope)
    }

    const frame = (text: string): Buffer => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)])

    for (const correlate of [true, false]) {
      it(`are dropped, even if it knows the request's id${correlate ? "" : "; without `correlate` too"}`, async () => {
        const [requester, asked, other] = await connected({ correlate })
        const answer = requester.request("?")
        const envelope = await envelopeOf(asked, correlate ? 2 : 1)
        other.write(Buffer.concat([envelope, frame("forged")]))
        await other.ping()
        asked.write(Buffer.concat([envelope, frame("genuine")]))
        expect(String(await answer)).to.equal("genuine")
        expect(requester.socket.stats().dropped).to.equal(1)
      })
    }

    it("are accepted from any peer that one of the attempts was sent to", async () => {
      const [requester, first, second] = await connected({ timeout: SHORT, retries: 1000 })
      const answer = requester.request("?")
      const envelope = await envelopeOf(first)
      await envelopeOf(second)
      first.write(Buffer.concat([envelope, frame("late")]))
      expect(String(await answer)).to.equal("late")
    })

    it("are accepted from the same peer after it has reconnected", async () => {
      const [requester, asked] = await connected({ reconnectInterval: 1 })
      const answer = requester.request("?")
      const envelope = await envelopeOf(asked)
      const again = listeners[0]!.accept()
      asked.close()
      const peer = await again
      await peer.shake("ROUTER")
      peer.write(Buffer.concat([envelope, frame("later")]))
      expect(String(await answer)).to.equal("later")
    })

    it("cannot use ids derived from those of earlier requests", async () => {
      const [requester, asked] = await connected()
      requester.socket.disconnect(listeners[1]!.endpoint)
      const secrets = new Set<string>()
      for (let count = 0; count < 8; count++) {
        const answer = requester.request("?")
        const envelope = await envelopeOf(asked)
        // After the 2-byte header of the frame, the last 4 of its 8 bytes are random.
        const secret = envelope.readUInt32LE(6)
        secrets.add(String(secret))
        const guess = Buffer.from(envelope)
        guess.writeUInt32LE((secret + 1) >>> 0, 6)
        asked.write(Buffer.concat([guess, frame("guessed"), envelope, frame("known")]))
        expect(String(await answer)).to.equal("known")
      }
      expect(secrets.size).to.equal(8)
    })

    it("are dropped while the request is passed on over inproc, and replies from the right peer are accepted", async () => {
      const [asked, other] = [open(new Router()), open(new Router())]
      const requester = open(new Requester([], { timeout: -1, routingId: "me" }))
      for (const router of [asked, other]) {
        await router.bind(freeInproc())
        requester.socket.connect(router.lastEndpoint!)
      }
      // First exchange a message with each router, so that both know the requester.
      for (const [router, text] of [
        [asked, "1"],
        [other, "2"],
      ] as const) {
        const answer = requester.request(text)
        const question = await router.receive()
        await router.send([...question.slice(0, 3), text])
        expect(String(await answer)).to.equal(text)
      }
      const report = ({ socket, message }: MessageReport): void => {
        if (socket !== asked) return
        const [peer, id, empty] = message.slice(0, 3)
        for (const router of [other, asked]) {
          void router.send([peer!, id!, empty!, router === other ? "forged" : "genuine"])
        }
      }
      open({ close: () => diagnostics.unsubscribe("zmtp:receive", report as never) })
      diagnostics.subscribe("zmtp:receive", report as never)
      const waiting = asked.receive()
      const answer = requester.request("?")
      await waiting
      expect(String(await answer)).to.equal("genuine")
    })

    it("are accepted over inproc if the name was bound after the request, through a port", async () => {
      const [here, there] = [new Context(), new Context()]
      const { port1, port2 } = new MessageChannel()
      open(joinContext(here, port1 as unknown as AnyPort))
      open(joinContext(there, port2 as unknown as AnyPort))
      const endpoint = freeInproc()
      const requester = open(new Requester(endpoint, { context: here, timeout: -1 }))
      const answer = requester.request("?")
      const server = open(new Reply({ context: there }))
      await server.bind(endpoint)
      await server.receive()
      await server.send("!")
      expect(String(await answer)).to.equal("!")
    })
  })

  it("sends the request to the next server if one is silent", async () => {
    const silent = await router()
    const lively = await router()
    const requester = open(
      new Requester([silent.lastEndpoint!, lively.lastEndpoint!], { timeout: SHORT, retries: 1000 }),
    )
    const answers = Promise.all([requester.request("a"), requester.request("b")])
    void (async () => {
      for await (const [peer, id, empty, body] of lively) await lively.send([peer!, id!, empty!, body!])
    })()
    expect((await answers).map(String)).to.deep.equal(["a", "b"])
  })

  it("has at most `concurrency` requests in flight", async () => {
    const server = await router()
    const requester = open(new Requester(server.lastEndpoint!, { concurrency: 2, timeout: -1 }))
    const answers = ["a", "b", "c"].map((question) => requester.request(question))
    const first = await server.receive()
    await server.receive()
    expect(requester.pending).to.equal(3)
    expect(requester.socket.stats().sent).to.equal(2)
    await server.send([...first.slice(0, 3), "1"])
    const third = await server.receive()
    expect(String(third[3])).to.equal("c")
    requester.close()
    expect(await codeOf(answers[1]!)).to.equal("EBADF")
    expect(await codeOf(answers[2]!)).to.equal("EBADF")
  })

  it("cancels a request when its signal aborts", async () => {
    const server = await router()
    const requester = open(new Requester(server.lastEndpoint!))
    const controller = new AbortController()
    const answer = requester.request("?", { signal: controller.signal, timeout: -1 })
    await server.receive()
    controller.abort("enough")
    expect(await codeOf(answer)).to.equal("enough")
    expect(await codeOf(requester.request("?", { signal: controller.signal }))).to.equal("enough")
    expect(requester.pending).to.equal(0)
  })

  it("rejects pending and later requests after it was closed", async () => {
    const requester = open(new Requester(freeInproc()))
    const answer = requester.request("?")
    requester.close()
    expect(requester.closed).to.equal(true)
    expect(await codeOf(answer)).to.equal("EBADF")
    expect(await codeOf(requester.request("?"))).to.equal("EBADF")
  })

  it("rejects with EBUSY above `maxQueued`, and accepts requests again when there is room", async () => {
    const server = await router()
    const requester = open(new Requester(server.lastEndpoint!, { concurrency: 1, maxQueued: 2, timeout: -1 }))
    const controller = new AbortController()
    const answers = [1, 2].map((number) => requester.request(String(number)))
    const queued = requester.request("3", { signal: controller.signal })
    const refusal = await caught(requester.request("refused"))
    expect(refusal).to.include({ code: "EBUSY", message: "Requester is busy: maxQueued (2) requests are waiting" })
    expect(requester.pending).to.equal(3)
    controller.abort("enough")
    expect(await codeOf(queued)).to.equal("enough")
    answers.push(requester.request("4"))
    const seen: string[] = []
    for (const answer of answers) {
      const [peer, id, empty, body] = await server.receive()
      seen.push(String(body))
      await server.send([peer!, id!, empty!, body!])
      await answer
    }
    expect(seen).to.deep.equal(["1", "2", "4"])
  })

  it("queues nothing with `maxQueued` 0, and 100,000 requests by default", async function () {
    this.timeout(40_000)
    const strict = open(new Requester(freeInproc(), { concurrency: 1, maxQueued: 0 }))
    const only = codeOf(strict.request("1"))
    expect(await codeOf(strict.request("2"))).to.equal("EBUSY")
    strict.close()
    expect(await only).to.equal("EBADF")
    const requester = open(new Requester(freeInproc(), { concurrency: 1 }))
    const codes: Promise<unknown>[] = []
    for (let count = 0; count <= 100_000; count++) codes.push(codeOf(requester.request("?")))
    expect(await codeOf(requester.request("?"))).to.equal("EBUSY")
    requester.close()
    expect(new Set(await Promise.all(codes))).to.deep.equal(new Set(["EBADF"]))
  })

  for (const concurrency of [1000, 100_000]) {
    // If the time were quadratic in the number of requests, the test would time out.
    it(`cancels 80,000 requests at once, at most ${concurrency} of them in flight`, async () => {
      const requester = open(new Requester(freeInproc(), { timeout: -1, concurrency }))
      const controller = new AbortController()
      const { signal } = controller
      const codes = Array.from({ length: 80_000 }, () => codeOf(requester.request("?", { signal })))
      expect(requester.pending).to.equal(80_000)
      controller.abort("enough")
      expect(new Set(await Promise.all(codes))).to.deep.equal(new Set(["enough"]))
      expect(requester.pending).to.equal(0)
    }).timeout(40_000)
  }

  it("rejects a request whose message closes the requester while it is read", async () => {
    const requester = open(new Requester(freeInproc()))
    const closes = {
      toString() {
        requester.close()
        return "?"
      },
    }
    expect(await codeOf(requester.request(closes as unknown as string))).to.equal("EBADF")
    expect(requester.pending).to.equal(0)
  })

  it("rejects invalid counts", async () => {
    const requester = open(new Requester(freeInproc()))
    for (const retries of [NaN, -1, "1"] as number[]) {
      expect((await caught(requester.request("?", { retries }))).message).to.match(/^Invalid retries/)
      expect(() => new Requester(freeInproc(), { retries })).to.throw(/^Invalid retries/)
    }
    for (const maxQueued of [NaN, -1, "1"] as number[]) {
      expect(() => new Requester(freeInproc(), { maxQueued })).to.throw(/^Invalid maxQueued/)
    }
    expect(requester.pending).to.equal(0)
  })

  it("rejects an empty request, a concurrency of 0, and an invalid endpoint", async () => {
    const requester = open(new Requester(freeInproc()))
    expect(await requester.request([]).catch((error: unknown) => error)).to.be.an.instanceOf(TypeError)
    expect(() => new Requester(freeInproc(), { concurrency: 0 }))
      .to.throw()
      .with.property("code", "EINVAL")
    expect(() => new Requester("nowhere"))
      .to.throw()
      .with.property("code", "EINVAL")
  })
})
