import { expect } from "chai"
import { once } from "node:events"
import { inherits } from "node:util"
import zmq, { createSocket, Socket, ZMQ_SNDMORE } from "../../src/v5-compat.js"
import { closing } from "../support/closing.js"

/** Constructors as they were used before `class`: called without `new`, and inherited through prototypes. */
type Callable = typeof Socket & ((type: string) => Socket) & { call(target: object, type: string): void }

describe("v5-compat, for programs of zeromq 4, zeromq 5, and zmq", () => {
  const use = closing()

  it("creates a socket without `new`", () => {
    const socket = use((Socket as Callable)("push"))
    expect(socket).to.be.instanceOf(Socket)
    expect(socket.constructor).to.equal(zmq.Socket)
  })

  it("turns the object into a socket for which a constructor calls it", async () => {
    interface Older extends Socket {
      key: string
    }
    function Older(this: Older, type: string, key: string) {
      ;(Socket as Callable).call(this, type)
      this.key = key
    }
    inherits(Older, Socket)
    const make = Older as unknown as new (type: string, key: string) => Older
    const [push, pull] = [use(new make("push", "k")), use(new make("pull", "l"))]
    expect(push).to.be.instanceOf(Older).and.instanceOf(Socket)
    const message = once(pull, "message")
    await new Promise((resolve) => pull.bind("inproc://older", resolve))
    push.connect("inproc://older")
    push.send(["a", "b"])
    expect([push.key, pull.key, ...(await message).map(String)]).to.deep.equal(["k", "l", "a", "b"])
  })

  it("supports subclasses that only call super", () => {
    class Newer extends Socket {}
    expect(use(new Newer("pull")))
      .to.be.instanceOf(Newer)
      .and.include({ type: "pull", closed: false })
  })

  for (const type of [
    "pub",
    "sub",
    "req",
    "rep",
    "push",
    "pull",
    "xpub",
    "xsub",
    "pair",
    "dealer",
    "router",
  ] as const) {
    it(`keeps the identity of a ${type}: 1 to 255 bytes, text or a buffer`, () => {
      const socket = use(createSocket(type))
      socket["identity"] = "text"
      expect(String(socket["identity"])).to.equal("text")
      socket.setsockopt(zmq.ZMQ_IDENTITY, Buffer.from("bytes"))
      expect(String(socket.getsockopt("identity"))).to.equal("bytes")
      expect(() => (socket["identity"] = "x".repeat(256))).to.throw()
      expect(() => (socket["identity"] = "")).to.throw()
      expect(String(socket["identity"])).to.equal("bytes")
    })
  }

  it("returns its state: ready until it is closed", () => {
    const socket = createSocket("req")
    expect(socket._zmq.state).to.equal(zmq.STATE_READY)
    socket.close()
    expect(socket._zmq.state).to.equal(zmq.STATE_CLOSED)
  })

  it("bypasses the queue while there is room, and notifies when there is room again", async () => {
    const dealer = use(createSocket("dealer"))
    expect(dealer._zmq.sendv(["early", 0])).to.equal(false)
    const ready = new Promise<void>((resolve) => (dealer._zmq.onSendReady = resolve))
    dealer._zmq.pending = true
    const peer = use(createSocket("dealer"))
    const message = once(peer, "message")
    await new Promise((resolve) => peer.bind("tcp://127.0.0.1:*", resolve))
    dealer.connect(peer["last_endpoint"] as string)
    await ready
    expect(dealer._zmq.pending).to.equal(false)
    expect(dealer._zmq.sendv([Buffer.from("a"), ZMQ_SNDMORE, "b", 0])).to.equal(true)
    expect((await message).map(String)).to.deep.equal(["a", "b"])
  })

  it("does not notify of room if nothing waits for it anymore", async () => {
    const dealer = use(createSocket("dealer"))
    let told = 0
    dealer._zmq.onSendReady = () => told++
    dealer._zmq.pending = true
    dealer._zmq.pending = false
    const peer = use(createSocket("dealer"))
    await new Promise((resolve) => peer.bind("inproc://no-more", resolve))
    dealer.connect("inproc://no-more")
    const ready = new Promise<void>((resolve) => (peer._zmq.onSendReady = resolve))
    peer._zmq.pending = true
    await ready
    expect(told).to.equal(0)
  })

  it("rejects content whose flags leave the message unfinished, and socket types that only receive", () => {
    const dealer = use(createSocket("dealer"))
    expect(() => dealer._zmq.sendv(["a", ZMQ_SNDMORE])).to.throw("ZMQ_SNDMORE")
    expect(() => dealer._zmq.sendv(["a", 0, "b", 0])).to.throw("ZMQ_SNDMORE")
    expect(() => use(createSocket("pull"))._zmq.sendv(["a", 0])).to.throw("Cannot send")
    expect(() => createSocket("push").close()._zmq.sendv(["a", 0])).to.throw("closed")
  })

  it("delivers messages to programs that read them in `_flushRead`, one after another, none while paused", async () => {
    class Frames extends Socket {
      override _flushRead(): boolean {
        const frames = this._zmq.readv()
        if (frames === undefined) return false
        this.emit("frames", frames)
        return !this._paused
      }
    }
    const [pull, push] = [use(new Frames("pull")), use(createSocket("push"))]
    await new Promise((resolve) => pull.bind("inproc://frames", resolve))
    push.connect("inproc://frames")
    pull.pause()
    for (const text of ["1", "2", "3"]) push.send([text, "!"])
    const heard: string[] = []
    pull.on("frames", (frames: Buffer[]) => heard.push(frames.join("")))
    // Send another message in the meantime, to show that messages get through.
    const [other, sender] = [use(createSocket("pull")), use(createSocket("push"))]
    await new Promise((resolve) => other.bind("inproc://meanwhile", resolve))
    sender.connect("inproc://meanwhile")
    sender.send("through")
    await once(other, "message")
    expect(heard).to.deep.equal([])
    pull.resume()
    while (heard.length < 3) await once(pull, "frames")
    expect(heard).to.deep.equal(["1!", "2!", "3!"])
  })

  it("keeps a message that `_flushRead` does not read, and continues when it is read", async () => {
    class Late extends Socket {
      override _flushRead(): boolean {
        this.emit("waiting")
        return false
      }
    }
    const [pull, push] = [use(new Late("pull")), use(createSocket("push"))]
    await new Promise((resolve) => pull.bind("inproc://late", resolve))
    push.connect("inproc://late")
    const heard: string[] = []
    for (const text of ["1", "2"]) push.send(text)
    while (heard.length < 2) {
      await once(pull, "waiting")
      heard.push(String(pull._zmq.readv()))
    }
    expect(heard).to.deep.equal(["1", "2"])
  })
})
