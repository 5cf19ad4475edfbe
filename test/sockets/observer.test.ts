import { expect } from "chai"
import { once } from "node:events"
import { Observer, Pair, type Event } from "../../src/index.js"
import { coreOf } from "../../src/sockets/socket.js"
import { ProtocolError, RefusedError } from "../../src/zmtp/protocol-error.js"
import { closing } from "../support/closing.js"
import { codeOf } from "../support/messages.js"
import { caught } from "../support/receiving.js"

const address = "tcp://host:1"

describe("Observer", () => {
  const use = closing()

  function observed(): { pair: Pair; observer: Observer; emit: ReturnType<typeof coreOf>["emit"] } {
    const pair = use(new Pair())
    const core = coreOf(pair)
    return {
      pair,
      observer: use(new Observer(pair)),
      emit: (event) => {
        core.emit(event)
      },
    }
  }

  it("queues events until they are received, in order, and ends with the socket", async () => {
    const { pair, observer, emit } = observed()
    emit({ type: "connect:delay", address })
    emit({ type: "connect", address })
    pair.close()
    const received = [await observer.receive(), await observer.receive(), await observer.receive()]
    expect(received).to.deep.equal([{ type: "connect:delay", address }, { type: "connect", address }, { type: "end" }])
    expect(observer.closed).to.equal(true)
    expect(codeOf(() => observer.receive())).to.equal("EBADF")
  })

  it("passes the next event to a waiting call, and rejects a second concurrent call: EBUSY", async () => {
    const { observer, emit } = observed()
    const waiting = observer.receive()
    expect(codeOf(() => observer.receive())).to.equal("EBUSY")
    emit({ type: "accept", address })
    expect(await waiting).to.deep.equal({ type: "accept", address })
  })

  it("rejects a waiting call when it is closed, and leaves the socket open", async () => {
    const { pair, observer } = observed()
    const waiting = caught(observer.receive())
    observer.close()
    observer.close()
    expect([(await waiting).code, pair.closed, observer.closed]).to.deep.equal(["ENOTSOCK", false, true])
    expect(coreOf(pair).observer).to.equal(undefined)
  })

  it("rejects a closed socket (ENOTSOCK), and anything that is not a socket", () => {
    const pair = new Pair()
    pair.close()
    expect(codeOf(() => new Observer(pair))).to.equal("ENOTSOCK")
    expect(codeOf(() => pair.events)).to.equal("ENOTSOCK")
    expect(codeOf(() => new Observer(Object.create(null) as Pair))).to.equal("EINVAL")
    expect(() => new Observer("socket" as unknown as Pair)).to.throw(TypeError, "Socket must be a socket object")
  })

  it("calls listeners with events of their type, including queued ones, but not before `on` returns", async () => {
    const { observer, emit } = observed()
    emit({ type: "connect", address })
    const told: unknown[] = []
    observer.on("connect", (event) => told.push(event)).on("disconnect", (event) => told.push(event))
    expect(told).to.deep.equal([])
    emit({ type: "accept", address })
    emit({ type: "disconnect", address })
    await Promise.resolve()
    expect(told).to.deep.equal([
      { type: "connect", address },
      { type: "disconnect", address },
    ])
    expect(() => observer.receive()).to.throw(Error, "event emitter mode")
  })

  it("calls a listener as often as it was added and not removed", async () => {
    const { observer, emit } = observed()
    let calls = 0
    const listener = (): void => {
      calls++
    }
    observer.on("connect", listener).on("connect", listener).off("connect", listener).off("accept", listener)
    emit({ type: "connect", address })
    await Promise.resolve()
    expect(calls).to.equal(1)
  })

  it("reports an exception of a listener as uncaught, and calls the other listeners", async () => {
    const { observer, emit } = observed()
    const told: string[] = []
    const fault = new Error("listener")
    observer.on("connect", () => {
      throw fault
    })
    observer.on("connect", () => told.push("second"))
    const others = process.listeners("uncaughtException")
    process.removeAllListeners("uncaughtException")
    const uncaught = once(process, "uncaughtException") as Promise<[Error]>
    try {
      emit({ type: "connect", address })
      expect([(await uncaught)[0], told]).to.deep.equal([fault, ["second"]])
    } finally {
      for (const listener of others) process.on("uncaughtException", listener)
    }
  })

  it("iterates until the socket closes, and continues with later events after a loop is left", async () => {
    const { pair, observer, emit } = observed()
    for (const type of ["connect", "accept", "disconnect"] as const) emit({ type, address })
    const seen: string[] = []
    for await (const { type } of observer) {
      seen.push(type)
      break
    }
    pair.close()
    for await (const { type } of observer) seen.push(type)
    expect(seen).to.deep.equal(["connect", "accept", "disconnect", "end"])
  })

  it("keeps the next event for others when an iterator returns while it waits", async () => {
    const { observer, emit } = observed()
    const iterator = observer[Symbol.asyncIterator]()
    const next = iterator.next()
    await iterator.return!()
    expect(await next).to.deep.equal({ done: true })
    emit({ type: "connect", address })
    expect(await observer.receive()).to.deep.equal({ type: "connect", address })
  })

  it("drops the oldest events if none are received", async () => {
    const { observer, emit } = observed()
    for (let number = 0; number < 20_000; number++) emit({ type: "connect:retry", address, interval: number })
    const first = (await observer.receive()) as Event & { interval: number }
    expect(first.interval).to.be.above(0)
    let last = first
    for (let left = 20_000 - 1 - first.interval; left > 0; left--) last = (await observer.receive()) as typeof first
    expect(last.interval).to.equal(19_999)
  })

  it("translates errors to those of zeromq.js, with the original as the cause", async () => {
    const { observer, emit } = observed()
    for (const [type, error, expected] of [
      [
        "handshake:error:protocol",
        new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "noise"),
        { message: "ZMTP protocol error", code: "ERR_ZMTP_UNEXPECTED_COMMAND" },
      ],
      ["handshake:error:auth", new RefusedError("400"), { message: "Authentication failure", status: 400 }],
      ["handshake:error:auth", new RefusedError("300"), { message: "Temporary error", status: 300 }],
      ["handshake:error:auth", new RefusedError("what"), { message: "Unknown error", status: 500 }],
      ["handshake:error:other", new RangeError("Array buffer allocation failed"), { code: "ENOMEM" }],
      ["handshake:error:other", new TypeError("x is undefined"), { code: "ENOTRECOVERABLE" }],
      ["handshake:error:other", undefined, { code: "EPIPE" }],
    ] as const) {
      emit({ type, address, ...(error === undefined ? {} : { error }) })
      const event = (await observer.receive()) as Event & { error: Error }
      expect(event.error).to.include(expected)
      if (error !== undefined) expect(event.error.cause).to.equal(error)
    }
  })

  it("hides properties that zeromq.js does not have from comparisons", async () => {
    const { observer, emit } = observed()
    const peer = { address: "10.0.0.1" } as never
    emit({ type: "disconnect", address, peer, error: Object.assign(new Error("reset"), { code: "ECONNRESET" }) })
    const event = (await observer.receive()) as Event & { error: Error; peer: unknown }
    expect(Object.keys(event)).to.deep.equal(["type", "address"])
    expect([event.error.message, event.peer]).to.deep.equal(["Connection reset by peer", peer])
  })
})

describe("Socket.events", () => {
  const use = closing()

  it("returns the same observer each time, one for each socket", () => {
    const [one, other] = [use(new Pair()), use(new Pair())]
    expect(one.events).to.equal(one.events)
    expect(one.events).to.not.equal(other.events)
    expect(one.events).to.be.instanceOf(Observer)
  })
})
