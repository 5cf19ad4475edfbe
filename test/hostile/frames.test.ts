import { expect } from "chai"
import { Radio } from "../../src/draft.js"
import { Push, reply, Requester, Router, type MessageLike, type Socket } from "../../src/index.js"
import { createSocket } from "../../src/v5-compat.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { nextEvent } from "../support/events.js"
import { RawPeer, type PeerType } from "../support/raw-peer.js"

/** What `attempt` throws or rejects with; `undefined` if it succeeds. */
async function failureOf(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
    return undefined
  } catch (error) {
    return error
  }
}

/** `[first, , last]` */
function withHole(first: string, last: string): string[] {
  const frames = new Array<string>(3)
  frames[0] = first
  frames[2] = last
  return frames
}

/** An array whose methods give other elements than it has. */
class Padded extends Array<string> {
  override map<U>(callback: (value: string, index: number, array: string[]) => U): U[] {
    return ["added", ...super.map(String), "added"].map(callback)
  }

  override unshift(...items: string[]): number {
    return super.unshift("added", ...items)
  }

  override slice(): string[] {
    return ["added"]
  }

  override *[Symbol.iterator](): ArrayIterator<string> {
    yield* ["added", "added"][Symbol.iterator]()
  }
}

const INCOMPLETE = /^Frame 2 of 3 is missing: the array has a hole$/

describe("messages that are incomplete", () => {
  const keep = closing()

  async function bound<S extends Socket>(socket: S, type: PeerType): Promise<[S, RawPeer]> {
    keep(socket)
    await socket.bind("tcp://127.0.0.1:*")
    const shaken = nextEvent(socket, "handshake")
    const peer = keep(await RawPeer.handshake(socket.lastEndpoint!, type))
    await shaken
    return [socket, peer]
  }

  /** The next frames of a peer, in hexadecimal, up to and with `last`. */
  async function framesUntil(peer: RawPeer, last: string): Promise<string[]> {
    const frames: string[] = []
    while (frames.at(-1) !== last) frames.push((await peer.readFrame()).toString("hex"))
    return frames
  }

  /** As one frame, in hexadecimal. */
  const single = (text: string): string =>
    Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]).toString("hex")

  const attempts: Record<string, (push: Push, message: string[]) => unknown> = {
    send: (push, message) => push.send(message),
    sendMany: (push, message) => push.sendMany([message]),
    trySend: (push, message) => push.trySend(message),
    "a codec": (push, message) => push.with<string[]>({ encode: (value) => value, decode: () => [] }).send(message),
    writableStream: (push, message) => push.writableStream().getWriter().write(message),
  }
  for (const [name, attempt] of Object.entries(attempts)) {
    it(`SHALL be refused as a whole by ${name}, and add nothing to the next one`, async () => {
      const [push, peer] = await bound(new Push(), "PULL")
      for (const message of [withHole("a", "c"), new Array<string>(3)]) {
        expect(await failureOf(() => attempt(push, message))).to.be.an.instanceOf(TypeError)
      }
      expect(String(await failureOf(() => attempt(push, withHole("a", "c"))))).to.match(/Frame 2 of 3 is missing/)
      await push.send("next")
      expect(await framesUntil(peer, single("next"))).to.deep.equal([single("next")])
    })
  }

  it("SHALL be a rejection of send, like what else it refuses that zeromq.js would send", async () => {
    const push = keep(new Push())
    const error = (await push.send(withHole("a", "c")).catch((error: unknown) => error)) as Error
    expect(error).to.be.an.instanceOf(TypeError)
    expect(error.message).to.match(INCOMPLETE)
  })

  it("SHALL reach no other peer of a Router", async () => {
    const [router, peer] = await bound(new Router(), "DEALER")
    peer.write(hex("0001 61"))
    const [id] = await router.receive()
    const message: MessageLike[] = [id!, "secret of A"]
    message[3] = "x"
    expect(await failureOf(() => router.send(message))).to.be.an.instanceOf(TypeError)
    await router.send([id!, "for B"])
    expect(await framesUntil(peer, single("for B"))).to.deep.equal([single("for B")])
  })

  it("SHALL be refused by a Requester, and leave nothing behind", async () => {
    const [router, peer] = await bound(new Router(), "DEALER")
    const requester = keep(new Requester(router.lastEndpoint!))
    expect(await failureOf(() => requester.request(withHole("a", "c")))).to.be.an.instanceOf(TypeError)
    expect(requester.pending).to.equal(0)
    peer.close()
  })

  it("SHALL be no answer to a request, and spoil no other", async () => {
    const [router, peer] = await bound(new Router(), "REQ")
    const served = reply(router, ([question]) => (String(question) === "a" ? withHole("x", "y") : "fine"))
    peer.write(hex("0100 0001 61"))
    peer.write(hex("0100 0001 62"))
    expect(await framesUntil(peer, single("fine"))).to.deep.equal(["0100", single("fine")])
    expect(router.stats().dropped).to.equal(1)
    router.close()
    await served
  })

  it("SHALL be told to the callback of zeromq.js 5", async () => {
    const push = keep(createSocket("push"))
    await new Promise((resolve) => push.bind("tcp://127.0.0.1:*", resolve))
    const peer = keep(await RawPeer.handshake(push["last_endpoint"] as string, "PULL"))
    const error = await new Promise<unknown>((resolve) => push.send(withHole("a", "c"), 0, resolve))
    expect(error).to.be.an.instanceOf(TypeError)
    push.send("next")
    expect(await framesUntil(peer, single("next"))).to.deep.equal([single("next")])
  })
})

describe("arrays with methods of their own", () => {
  const keep = closing()

  it("SHALL be sent as what they hold", async () => {
    const push = keep(new Push())
    await push.bind("tcp://127.0.0.1:*")
    const peer = keep(await RawPeer.handshake(push.lastEndpoint!, "PULL"))
    await push.send(Padded.of("a", "b"))
    await push.with<string[]>({ encode: (value) => value, decode: () => [] }).send(Padded.of("c"))
    expect((await peer.read(9)).toString("hex")).to.equal("010161" + "000162" + "000163")
  })

  it("SHALL be sent as what they hold by sockets with envelopes", async () => {
    const message = (): MessageLike => Padded.of("a") as unknown as MessageLike
    const radio = keep(new Radio())
    await radio.bind("tcp://127.0.0.1:*")
    const dish = keep(await RawPeer.handshake(radio.lastEndpoint!, "DISH"))
    dish.write(hex("0406 044a4f494e 67"))
    await dish.ping()
    await radio.send(message(), { group: "g" })
    expect((await dish.read(6)).toString("hex")).to.equal("010167" + "000161")
  })

  it("SHALL be sent as what they hold by a Requester and by zeromq.js 5", async () => {
    const router = keep(new Router())
    await router.bind("tcp://127.0.0.1:*")
    const requester = keep(new Requester(router.lastEndpoint!))
    const answer = requester.request(Padded.of("a", "b"))
    const request = await router.receive()
    expect(request.slice(3).map(String)).to.deep.equal(["a", "b"])
    await router.send(request)
    expect((await answer).map(String)).to.deep.equal(["a", "b"])

    const push = keep(createSocket("push"))
    await new Promise((resolve) => push.bind("tcp://127.0.0.1:*", resolve))
    const peer = keep(await RawPeer.handshake(push["last_endpoint"] as string, "PULL"))
    push.send(Padded.of("a", "b"))
    expect((await peer.read(6)).toString("hex")).to.equal("010161" + "000162")
  })
})
