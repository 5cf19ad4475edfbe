import { expect } from "chai"
import { MessageChannel } from "node:worker_threads"
import { Radio } from "../../src/draft.js"
import {
  Context,
  curveKeyPair,
  Pair,
  Pull,
  Push,
  reply,
  Requester,
  Router,
  Stream,
  type MessageLike,
  type Socket,
} from "../../src/index.js"
import { joinContext } from "../../src/sockets/join-context.js"
import type { AnyPort } from "../../src/transports/ports/port-side.js"
import { createSocket } from "../../src/v5-compat.js"
import { RemoteProcess } from "../../interop/support/remote.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { freeInproc, freeTcp, freeWs, SocketFolder } from "../support/endpoints.js"
import { nextEvent } from "../support/events.js"
import { message } from "../support/messages.js"
import { RawPeer, type PeerType } from "../support/raw-peer.js"
import { Thread } from "../support/threads.js"

/** The error that `attempt` throws or rejects with; `undefined` if it succeeds. */
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

/** An array whose methods return other elements than those it contains. */
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

describe("incomplete messages", () => {
  const keep = closing()

  async function bound<S extends Socket>(socket: S, type: PeerType): Promise<[S, RawPeer]> {
    keep(socket)
    await socket.bind("tcp://127.0.0.1:*")
    const shaken = nextEvent(socket, "handshake")
    const peer = keep(await RawPeer.handshake(socket.lastEndpoint!, type))
    await shaken
    return [socket, peer]
  }

  /** The next frames of a peer, in hexadecimal, up to and including `last`. */
  async function framesUntil(peer: RawPeer, last: string): Promise<string[]> {
    const frames: string[] = []
    while (frames.at(-1) !== last) frames.push((await peer.readFrame()).toString("hex"))
    return frames
  }

  /** A message of one frame, in hexadecimal. */
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
    it(`are rejected as a whole by ${name}, without affecting the next one`, async () => {
      const [push, peer] = await bound(new Push(), "PULL")
      for (const message of [withHole("a", "c"), new Array<string>(3)]) {
        expect(await failureOf(() => attempt(push, message))).to.be.an.instanceOf(TypeError)
      }
      expect(String(await failureOf(() => attempt(push, withHole("a", "c"))))).to.match(/Frame 2 of 3 is missing/)
      await push.send("next")
      expect(await framesUntil(peer, single("next"))).to.deep.equal([single("next")])
    })
  }

  it("reject the promise of send, like other messages that only this library rejects", async () => {
    const push = keep(new Push())
    const error = (await push.send(withHole("a", "c")).catch((error: unknown) => error)) as Error
    expect(error).to.be.an.instanceOf(TypeError)
    expect(error.message).to.match(INCOMPLETE)
  })

  it("are not sent to another peer of a Router", async () => {
    const [router, peer] = await bound(new Router(), "DEALER")
    peer.write(hex("0001 61"))
    const [id] = await router.receive()
    const message: MessageLike[] = [id!, "secret of A"]
    message[3] = "x"
    expect(await failureOf(() => router.send(message))).to.be.an.instanceOf(TypeError)
    await router.send([id!, "for B"])
    expect(await framesUntil(peer, single("for B"))).to.deep.equal([single("for B")])
  })

  it("are rejected by a Requester, without leaving a request behind", async () => {
    const [router, peer] = await bound(new Router(), "DEALER")
    const requester = keep(new Requester(router.lastEndpoint!))
    expect(await failureOf(() => requester.request(withHole("a", "c")))).to.be.an.instanceOf(TypeError)
    expect(requester.pending).to.equal(0)
    peer.close()
  })

  it("do not reply to a request, and do not affect another one", async () => {
    const [router, peer] = await bound(new Router(), "REQ")
    const served = reply(router, ([question]) => (String(question) === "a" ? withHole("x", "y") : "fine"))
    peer.write(hex("0100 0001 61"))
    peer.write(hex("0100 0001 62"))
    expect(await framesUntil(peer, single("fine"))).to.deep.equal(["0100", single("fine")])
    expect(router.stats().dropped).to.equal(1)
    router.close()
    await served
  })

  it("are reported to the callback of zeromq.js 5", async () => {
    const push = keep(createSocket("push"))
    await new Promise((resolve) => push.bind("tcp://127.0.0.1:*", resolve))
    const peer = keep(await RawPeer.handshake(push["last_endpoint"] as string, "PULL"))
    const error = await new Promise<unknown>((resolve) => push.send(withHole("a", "c"), 0, resolve))
    expect(error).to.be.an.instanceOf(TypeError)
    push.send("next")
    expect(await framesUntil(peer, single("next"))).to.deep.equal([single("next")])
  })
})

describe("arrays with overridden methods", () => {
  const keep = closing()

  it("are sent by their contents", async () => {
    const push = keep(new Push())
    await push.bind("tcp://127.0.0.1:*")
    const peer = keep(await RawPeer.handshake(push.lastEndpoint!, "PULL"))
    await push.send(Padded.of("a", "b"))
    await push.with<string[]>({ encode: (value) => value, decode: () => [] }).send(Padded.of("c"))
    expect((await peer.read(9)).toString("hex")).to.equal("010161" + "000162" + "000163")
  })

  it("are sent by their contents by sockets with envelopes", async () => {
    const message = (): MessageLike => Padded.of("a") as unknown as MessageLike
    const radio = keep(new Radio())
    await radio.bind("tcp://127.0.0.1:*")
    const dish = keep(await RawPeer.handshake(radio.lastEndpoint!, "DISH"))
    dish.write(hex("0406 044a4f494e 67"))
    await dish.ping()
    await radio.send(message(), { group: "g" })
    expect((await dish.read(6)).toString("hex")).to.equal("010167" + "000161")
  })

  it("are sent by their contents by a Requester and by zeromq.js 5", async () => {
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

/** A resizable ArrayBuffer. The type declarations of Node 20 do not include it. */
type Resizable = ArrayBuffer & { readonly maxByteLength: number; resize(size: number): void }

function newMemory(size: number): Resizable {
  const Memory = ArrayBuffer as unknown as new (size: number, options: { maxByteLength: number }) => Resizable
  const memory = new Memory(size, { maxByteLength: 2 * size })
  new Uint8Array(memory).fill(1)
  return memory
}

const transfer = (memory: ArrayBuffer): ArrayBuffer =>
  (structuredClone as (value: ArrayBuffer, options: object) => ArrayBuffer)(memory, { transfer: [memory] })

/** Transferred memory, kept alive as its new owner would. */
const moved: ArrayBuffer[] = []

/** What an application may do to the memory of a frame after sending it. */
const CHANGES: Record<string, (memory: Resizable) => void> = {
  transferred: (memory) => {
    moved.push(transfer(memory))
  },
  shrunk: (memory) => {
    memory.resize(10)
  },
  "emptied and made larger": (memory) => {
    memory.resize(0)
    memory.resize(memory.maxByteLength)
  },
  grown: (memory) => {
    const { byteLength } = memory
    memory.resize(memory.maxByteLength)
    // Bytes of a valid message, in case the peer receives them.
    new Uint8Array(memory).set([0, 6, ...Buffer.from("forged")], byteLength)
  },
}

/** The types of frames that refer to memory that can change. */
const VIEWS: Record<string, (memory: ArrayBuffer) => MessageLike> = {
  "an ArrayBuffer": (memory) => memory,
  "a Uint8Array": (memory) => new Uint8Array(memory),
  "a Uint8Array of fixed length": (memory) => new Uint8Array(memory, 0, memory.byteLength),
  "a Buffer": (memory) => Buffer.from(memory),
  "a DataView": (memory) => new DataView(memory),
}

describe("memory that changes after it was sent", function () {
  this.timeout(30_000)
  const keep = closing()
  afterEach(() => void moved.splice(0))

  /** The frame lengths of the messages that `receive` returns before `next`. */
  async function lengthsUntilNext(receive: () => Promise<Uint8Array[]>): Promise<number[][]> {
    const lengths: number[][] = []
    for (let message = await receive(); Buffer.from(message[0]!).toString() !== "next"; message = await receive()) {
      lengths.push(message.map(({ length }) => length))
    }
    return lengths
  }

  describe("in the same turn", () => {
    const SIZE = 20_000
    const HEADER = SIZE.toString(16).padStart(16, "0")

    for (const [change, act] of Object.entries(CHANGES)) {
      for (const [what, view] of Object.entries(VIEWS)) {
        it(`does not affect other messages when ${change}: ${what}`, async () => {
          const push = keep(new Push())
          await push.bind("tcp://127.0.0.1:*")
          const peer = keep(await RawPeer.handshake(push.lastEndpoint!, "PULL"))
          while (!push.writable) await new Promise(setImmediate)
          const [one, other] = [newMemory(SIZE), newMemory(SIZE)]
          const sent = [push.send(view(one)), push.send(["a", view(other), "z"]), push.send("next")]
          for (const memory of [one, other]) act(memory)
          await Promise.all(sent)
          expect((await peer.read(9)).toString("hex")).to.equal(`02${HEADER}`)
          await peer.read(SIZE / 2)
          await peer.read(SIZE / 2)
          expect((await peer.read(12)).toString("hex")).to.equal(`01016103${HEADER}`)
          await peer.read(SIZE / 2)
          await peer.read(SIZE / 2)
          expect((await peer.read(9)).toString("hex")).to.equal("00017a" + "00046e657874")
          // The connection is still open, and not blocked.
          await push.send("later")
          expect((await peer.readFrame()).toString("hex")).to.equal("00056c61746572")
        })
      }
    }
  })

  for (const [change, act] of Object.entries(CHANGES)) {
    it(`does not affect other messages when ${change} while libzmq does not read`, async () => {
      const libzmq = await RemoteProcess.start("libzmq")
      const push = keep(new Push({ sendHighWaterMark: 0 }))
      await push.bind("tcp://127.0.0.1:*")
      const pull = await libzmq.socket("Pull", { receiveHighWaterMark: 1 })
      await pull.connect(push.lastEndpoint!)
      while (!push.writable) await new Promise(setImmediate)
      const memories = Array.from({ length: 400 }, () => newMemory(40_000))
      // Some messages are written, some wait in the buffer of the system, and some wait in the queue.
      const views = memories.map((memory) => Buffer.from(memory))
      for (const index of memories.keys()) {
        await push.send(["head", views[index]!])
        if (index % 20 === 0) await new Promise(setImmediate)
      }
      expect(push.stats().queued.out).to.be.greaterThan(0)
      for (const memory of memories) act(memory)
      await push.send("next")
      const lengths = await lengthsUntilNext(async () => message(...(await pull.receive())))
      expect(lengths).to.have.length(400)
      for (const [head, body] of lengths) {
        expect(head).to.equal(4)
        // Frames in flight keep the announced length. Frames that were still queued have the current length of their
        // memory if a Buffer tracks it (Node 24), or no bytes otherwise.
        expect(body).to.be.oneOf([40_000, views[0]!.length])
      }
      await libzmq.stop()
    })
  }

  describe("while no peer is connected", () => {
    const keys = curveKeyPair()
    const folder = new SocketFolder()
    after(() => folder.close())

    interface Way {
      readonly fresh: () => string | Promise<string>
      readonly sender?: object
      readonly receiver?: object
    }
    const ways: Record<string, () => Way> = {
      tcp: () => ({ fresh: freeTcp }),
      ipc: () => ({ fresh: () => `ipc://${folder.next()}` }),
      ws: () => ({ fresh: freeWs }),
      inproc: () => ({ fresh: freeInproc }),
      CURVE: () => ({
        fresh: freeTcp,
        sender: {
          curveServerKey: keys.publicKey,
          curvePublicKey: keys.publicKey,
          curveSecretKey: keys.secretKey,
        },
        receiver: { curveServer: true, curvePublicKey: keys.publicKey, curveSecretKey: keys.secretKey },
      }),
      ports: () => {
        const [here, there] = [new Context(), new Context()]
        const { port1, port2 } = new MessageChannel()
        keep(joinContext(here, port1 as unknown as AnyPort))
        keep(joinContext(there, port2 as unknown as AnyPort))
        return { fresh: freeInproc, sender: { context: here }, receiver: { context: there } }
      },
    }
    for (const [name, way] of Object.entries(ways)) {
      for (const [change, act] of Object.entries(CHANGES)) {
        it(`does not affect other messages when ${change}: ${name}`, async () => {
          const { fresh, sender, receiver } = way()
          const endpoint = await fresh()
          const push = keep(new Push({ reconnectInterval: 5, ...sender }))
          push.connect(endpoint)
          const memories = [newMemory(20_000), newMemory(200)]
          for (const memory of memories) await push.send(["head", new Uint8Array(memory), "tail"])
          await push.send("next")
          for (const memory of memories) act(memory)
          const pull = keep(new Pull(receiver))
          await pull.bind(endpoint)
          const lengths = await lengthsUntilNext(() => pull.receive())
          expect(lengths.map(([head, , tail]) => [head, tail])).to.deep.equal([
            [4, 4],
            [4, 4],
          ])
          for (const [index, size] of [20_000, 200].entries()) expect(lengths[index]![1]).to.be.oneOf([size, 0])
        })
      }
    }

    for (const conflate of [false, true]) {
      it(`does not affect other messages when transferred: threads${conflate ? ", only the newest" : ""}`, async () => {
        const endpoint = freeInproc()
        const push = keep(new Push({ conflate }))
        push.connect(endpoint)
        const memory = newMemory(20_000)
        await push.send(conflate ? new Uint8Array(memory) : ["head", new Uint8Array(memory)])
        moved.push(transfer(memory))
        const thread = keep(
          new Thread(
            `const pull = new zmq.Pull({ conflate: data.conflate })
             await pull.bind(data.endpoint)
             for (let message = [""]; String(message[0]) !== "next";) {
               message = await pull.receive()
               say(message.map(({ length }) => length))
             }`,
            { data: { endpoint, conflate } },
          ),
        )
        expect(await thread.said()).to.deep.equal(conflate ? [0] : [4, 0])
        await push.send("next")
        expect(await thread.said()).to.deep.equal([4])
      })
    }
  })

  for (const first of ["bind", "connect"]) {
    for (const from of ["bound", "connected"]) {
      for (const [change, act] of Object.entries(CHANGES)) {
        it(`does not count against the high-water mark forever when ${change}: ${from}, ${first} first`, async () => {
          const endpoint = freeInproc()
          const marks = { sendHighWaterBytes: 30_000, receiveHighWaterBytes: 30_000 }
          const [bound, connected] = [keep(new Pair(marks)), keep(new Pair(marks))]
          if (first === "connect") connected.connect(endpoint)
          await bound.bind(endpoint)
          if (first === "bind") connected.connect(endpoint)
          const [sender, receiver] = from === "bound" ? [bound, connected] : [connected, bound]
          for (let round = 0; round < 3; round++) {
            const memories: Resizable[] = []
            for (let memory = newMemory(20_000); sender.trySend(new Uint8Array(memory)); memory = newMemory(20_000)) {
              memories.push(memory)
            }
            expect(memories).to.have.length(3)
            for (const memory of memories) act(memory)
            receiver.tryReceive()
            expect(sender.writable).to.equal(false)
            // Half of the capacity is free.
            receiver.tryReceive()
            expect(sender.writable).to.equal(true)
            receiver.tryReceive()
          }
        })
      }
    }
  }

  it("does not count against the high-water mark of a port forever", async () => {
    const [here, there] = [new Context(), new Context()]
    const { port1, port2 } = new MessageChannel()
    keep(joinContext(here, port1 as unknown as AnyPort))
    keep(joinContext(there, port2 as unknown as AnyPort))
    const endpoint = freeInproc()
    const push = keep(new Push({ context: here, sendHighWaterMark: 1 }))
    const pull = keep(new Pull({ context: there, receiveHighWaterMark: 1 }))
    await pull.bind(endpoint)
    push.connect(endpoint)
    for (let count = 0; count < 10; count++) {
      const memory = newMemory(200)
      // Converting the second frame to text transfers the memory of the first one.
      const frame = { toString: () => String(moved.push(transfer(memory))) } as unknown as string
      await push.send([new Uint8Array(memory), frame])
      expect((await pull.receive())[0]).to.have.length(0)
    }
  })

  it("is rejected if it was transferred before sending, without affecting the next message", async () => {
    const push = keep(new Push())
    await push.bind("tcp://127.0.0.1:*")
    const peer = keep(await RawPeer.handshake(push.lastEndpoint!, "PULL"))
    while (!push.writable) await new Promise(setImmediate)
    for (const [what, view] of Object.entries({
      ...VIEWS,
      "an Int32Array": (memory: ArrayBuffer) => new Int32Array(memory),
      "a Uint8Array in the middle": (memory: ArrayBuffer) => new Uint8Array(memory, 100, 100),
    })) {
      for (const act of [CHANGES["transferred"]!, CHANGES["shrunk"]!]) {
        const memory = newMemory(200)
        const frame = view(memory)
        act(memory)
        // Views that track the length of their memory only become smaller.
        const follows = ["an ArrayBuffer", "a Uint8Array", "a DataView", "an Int32Array"].includes(what)
        // Buffers track it since Node 24.
        if (memory.byteLength > 0 && (follows || (what === "a Buffer" && frame.byteLength > 0))) continue
        for (const message of [frame, ["a", frame, "b"]]) {
          const error = await failureOf(() => push.send(message))
          expect(String(error), what).to.match(
            /^TypeError: Cannot send a frame whose buffer was transferred or resized/,
          )
        }
      }
    }
    for (const empty of [new Uint8Array(0), Buffer.alloc(0), new ArrayBuffer(0), new DataView(new ArrayBuffer(0))]) {
      await push.send(empty)
      expect((await peer.readFrame()).toString("hex")).to.equal("0000")
    }
  })

  it("is sent as an empty frame if reading a later frame of the message transfers it", async () => {
    for (const transport of ["tcp://127.0.0.1:*", "ws://127.0.0.1:*", freeInproc()]) {
      const [push, pull] = [keep(new Push()), keep(new Pull())]
      await pull.bind(transport)
      push.connect(pull.lastEndpoint!)
      await push.send("there")
      await pull.receive()
      for (const size of [100, 1000, 20_000]) {
        const memory = newMemory(size)
        const frame = { toString: () => String(moved.push(transfer(memory))) } as unknown as string
        await push.send(["a", new Uint8Array(memory), frame])
        expect((await pull.receive()).map(({ length }) => length)).to.deep.equal([1, 0, 1])
      }
    }
  })

  it("does not affect other messages of a peer with ZMTP 1.0, or without ZMTP", async () => {
    const push = keep(new Push())
    await push.bind("tcp://127.0.0.1:*")
    const old = keep(await RawPeer.connect(push.lastEndpoint!))
    old.write(hex("0100"))
    const stream = keep(new Stream())
    await stream.bind("tcp://127.0.0.1:*")
    const bare = keep(await RawPeer.connect(stream.lastEndpoint!))
    const [id] = await stream.receive()
    await old.read(10)
    while (!push.writable) await new Promise(setImmediate)
    for (const act of Object.values(CHANGES)) {
      const [one, other] = [newMemory(20_000), newMemory(20_000)]
      const sent = [push.send(new Uint8Array(one)), push.send("next")]
      sent.push(stream.send([id, new Uint8Array(other)]), stream.send([id, "next"]))
      for (const memory of [one, other]) act(memory)
      await Promise.all(sent)
      expect((await old.read(10)).toString("hex")).to.equal("ff0000000000004e2100")
      await old.read(10_000)
      await old.read(10_000)
      expect(String(await old.read(6))).to.equal("\x05\x00next")
      await bare.read(10_000)
      await bare.read(10_000)
      expect(String(await bare.read(4))).to.equal("next")
    }
  })
})
