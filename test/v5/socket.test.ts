import { expect } from "chai"
import { once } from "node:events"
import zmq, {
  createSocket,
  Socket,
  ZMQ_CURVE_PUBLICKEY,
  ZMQ_RCVTIMEO,
  ZMQ_ROUTER_MANDATORY,
} from "../../src/v5-compat.js"
import { closing } from "../support/closing.js"

describe("the API of zeromq.js 5", () => {
  const use = closing()

  /** A bound PULL, and a PUSH that is connected to it. */
  async function pair(): Promise<[push: Socket, pull: Socket]> {
    const pull = use(createSocket("pull"))
    const push = use(createSocket("push"))
    await new Promise((resolve) => pull.bind("tcp://127.0.0.1:*", resolve))
    push.connect(pull["last_endpoint"] as string)
    return [push, pull]
  }

  it("has everything in its default export", () => {
    expect(zmq.socket("pull").close()).to.be.instanceOf(Socket)
    expect(zmq.ZMQ_PULL).to.equal(7)
    expect(zmq.curveKeypair().secret).to.have.length(40)
  })

  it("sends messages queued during a bind after the bind", async () => {
    const [push, pull] = [use(createSocket("push")), use(createSocket("pull"))]
    const message = once(pull, "message")
    push.bind("inproc://v5-early")
    push.send("early")
    await once(push, "bind")
    pull.connect("inproc://v5-early")
    expect(String(await message)).to.equal("early")
  })

  it("calls no callback of a message that is still queued when it closes, as in zeromq.js", async () => {
    const router = createSocket("router", { linger: 0 })
    router.setsockopt(zmq.ZMQ_ROUTER_MANDATORY, 1)
    router.setsockopt(zmq.ZMQ_SNDTIMEO, 10)
    router.on("error", () => expect.fail("closing is no error"))
    const first = new Promise<Error | undefined>((resolve) => router.send(["nobody", "1"], null, resolve))
    router.send(["nobody", "2"], null, () => expect.fail("it is not called"))
    router.send(["nobody", "3"])
    router.close()
    expect(await first).to.include({ code: "EHOSTUNREACH", message: "Host unreachable" })
    await new Promise(setImmediate)
  })

  it("calls the callback with an error on a socket that cannot send, or is closed", async () => {
    const pull = use(createSocket("pull"))
    const refusal = await new Promise<Error | undefined>((resolve) => pull.send("back", 0, resolve))
    expect(refusal?.message).to.equal("Cannot send on this socket type.")
    const push = createSocket("push").close()
    const closed = await new Promise<Error | undefined>((resolve) => push.send("late", 0, resolve))
    expect(closed).to.include({ code: "EBADF", message: "Socket is closed" })
  })

  it("calls the callbacks of every part of a message, in order", async () => {
    const [push, pull] = await pair()
    const calls: string[] = []
    push.send("a", zmq.ZMQ_SNDMORE, () => calls.push("a"))
    push.send("b", 0, () => calls.push("b"))
    expect(String(await once(pull, "message"))).to.equal("a,b")
    expect(calls).to.deep.equal(["a", "b"])
  })

  it("continues sending after an invalid message, and after a callback that throws", async () => {
    const [push, pull] = await pair()
    const faults: unknown[] = []
    const listeners = process.listeners("uncaughtException")
    process.removeAllListeners("uncaughtException")
    process.on("uncaughtException", (fault) => faults.push(fault.message))
    try {
      push.send(Object.create(null) as never, 0, (error) => faults.push(error?.name))
      push.send("one", 0, () => {
        throw new Error("of a callback")
      })
      push.send("two")
      await once(pull, "message")
      expect(String(await once(pull, "message"))).to.equal("two")
    } finally {
      process.removeAllListeners("uncaughtException")
      for (const listener of listeners) process.on("uncaughtException", listener)
    }
    expect(faults).to.deep.equal(["TypeError", "of a callback"])
  })

  it("waits for messages without limit, regardless of ZMQ_RCVTIMEO", async () => {
    const [push, pull] = await pair()
    pull.setsockopt(ZMQ_RCVTIMEO, 0)
    pull.on("error", (error: Error) => expect.fail(error.message))
    for (const text of ["one", "two"]) {
      push.send(text)
      expect(String(await once(pull, "message"))).to.equal(text)
    }
  })

  it("delivers no message after close", async () => {
    const [push, pull] = await pair()
    push.send("one")
    push.send("two")
    await once(pull, "message")
    pull.on("message", () => expect.fail("closed"))
    pull.close()
    await new Promise(setImmediate)
  })

  it("monitors again after unmonitor", async () => {
    const pull = use(createSocket("pull"))
    const addresses: unknown[] = []
    pull.on("listen", (_value, address) => addresses.push(address))
    pull.monitor().bindSync("tcp://127.0.0.1:*")
    await once(pull, "listen")
    pull.unmonitor().bindSync("tcp://127.0.0.1:*")
    pull.monitor().monitor().bindSync("tcp://127.0.0.1:*")
    await once(pull, "listen")
    expect(addresses).to.have.length(2)
    expect(addresses[1]).to.equal(pull["last_endpoint"])
  })

  it("reads options that can be set: keys and `mandatory`", () => {
    const { public: key } = zmq.curveKeypair()
    const router = use(createSocket("router", { curve_publickey: key }))
    router.setsockopt(ZMQ_ROUTER_MANDATORY, true)
    expect(router.getsockopt(ZMQ_CURVE_PUBLICKEY)).to.equal(key)
    expect(router.getsockopt(ZMQ_ROUTER_MANDATORY)).to.equal(1)
  })

  it("accepts subscriptions by option only for a sub", () => {
    const xpub = use(createSocket("xpub"))
    expect(() => xpub.setsockopt("_subscribe", "a")).to.throw("Subscriber socket required")
  })
})
