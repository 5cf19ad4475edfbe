import { expect } from "chai"
import { once } from "node:events"
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  type Socket,
} from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { freeInproc } from "../../support/endpoints.js"
import { texts } from "../../support/receiving.js"
import { inV8 } from "../../support/runtime.js"

type Options = Record<string, unknown>
type SocketClass = new (options?: object) => Socket

const CLASSES: readonly SocketClass[] = [
  Pair,
  Publisher,
  Subscriber,
  Request,
  Reply,
  Dealer,
  Router,
  Pull,
  Push,
  XPublisher,
  XSubscriber,
]
const SENDERS: readonly SocketClass[] = CLASSES.filter((each) => each !== Subscriber && each !== Pull)
const RECEIVERS: readonly SocketClass[] = CLASSES.filter((each) => each !== Publisher && each !== Push)

interface Expectation {
  readonly name: string
  readonly on?: readonly SocketClass[]
  /** The initial value; `undefined` for options that cannot be read. */
  readonly initial: unknown
  readonly valid: readonly unknown[]
  /** Values out of range: EINVAL. */
  readonly invalid: readonly unknown[]
}

const LARGEST = 2_147_483_647

const NUMBERS: readonly Expectation[] = [
  { name: "reconnectInterval", initial: 100, valid: [-1, 0, LARGEST], invalid: [-2] },
  { name: "backlog", initial: 100, valid: [0, LARGEST], invalid: [-1] },
  { name: "reconnectMaxInterval", initial: 0, valid: [0, LARGEST], invalid: [-1] },
  {
    name: "maxMessageSize",
    initial: -1,
    valid: [-1, 0, 0xffff_ffff, 0xffff_ffff_ffff],
    invalid: [-2, -(2 ** 53), NaN, Infinity, -Infinity],
  },
  {
    name: "maxMultipartSize",
    initial: -1,
    valid: [-1, 0, 0xffff_ffff, 0xffff_ffff_ffff],
    invalid: [-2, -(2 ** 53), NaN, Infinity, -Infinity],
  },
  { name: "sendHighWaterMark", on: SENDERS, initial: 1000, valid: [0, LARGEST], invalid: [-1] },
  { name: "receiveHighWaterMark", on: RECEIVERS, initial: 1000, valid: [0, LARGEST], invalid: [-1] },
  { name: "receiveTimeout", on: RECEIVERS, initial: -1, valid: [-1, 0, LARGEST], invalid: [-2] },
  { name: "sendTimeout", on: SENDERS, initial: -1, valid: [-1, 0, LARGEST], invalid: [-2] },
  { name: "tcpKeepalive", initial: -1, valid: [-1, 0, 1], invalid: [-2, 2] },
  { name: "tcpKeepaliveIdle", initial: -1, valid: [-1, 1, LARGEST], invalid: [-2] },
  { name: "handshakeInterval", initial: 30_000, valid: [0, LARGEST], invalid: [-1] },
  { name: "heartbeatInterval", initial: 0, valid: [0, LARGEST], invalid: [-1] },
  { name: "heartbeatTimeToLive", initial: 0, valid: [0, 100, 6_553_500], invalid: [6_553_600] },
  { name: "heartbeatTimeout", initial: -1, valid: [0, LARGEST], invalid: [-1] },
  { name: "connectTimeout", initial: 0, valid: [0, LARGEST], invalid: [-1] },
]

const BOOLEANS: readonly Expectation[] = [
  { name: "immediate", initial: false, valid: [true, false], invalid: [] },
  { name: "ipv6", initial: false, valid: [true, false], invalid: [] },
  { name: "mandatory", on: [Router], initial: false, valid: [true, false], invalid: [] },
  { name: "handover", on: [Router], initial: undefined, valid: [true, false], invalid: [] },
  { name: "conflate", on: [Pull, Push, Subscriber, Publisher, Dealer], initial: undefined, valid: [true], invalid: [] },
]

const STRINGS: readonly Expectation[] = [
  {
    name: "routingId",
    on: [Request, Reply, Router, Dealer],
    initial: null,
    valid: ["x", "åbçdéfghïjk", "x".repeat(255)],
    invalid: ["", null, "x".repeat(256)],
  },
]

const WRONG_TYPES: readonly (readonly [readonly Expectation[], message: string, values: readonly unknown[]])[] = [
  [NUMBERS, "Option value must be a number", ["1", true, null, undefined, {}]],
  [BOOLEANS, "Option value must be a boolean", [1, "true", null, undefined]],
  [STRINGS, "Option value must be a string or buffer", [1, true, undefined, {}]],
]

describe("socket options", () => {
  const use = closing()

  for (const { name, on = CLASSES, initial, valid, invalid } of [...NUMBERS, ...BOOLEANS, ...STRINGS]) {
    describe(name, () => {
      for (const Type of CLASSES.filter((each) => on.includes(each))) {
        it(`is ${String(initial)} on a new ${Type.name}, and accepts its range and nothing else`, () => {
          const socket = use(new Type())
          const options = socket as unknown as Options
          expect(options[name]).to.equal(initial)
          for (const value of valid) {
            options[name] = value
            expect(options[name]).to.equal(initial === undefined ? undefined : value)
          }
          for (const value of invalid) {
            expect(() => (options[name] = value))
              .to.throw()
              .that.includes({ code: "EINVAL", errno: 22, message: "Invalid argument" })
          }
        })
      }

      for (const Type of CLASSES.filter((each) => !on.includes(each))) {
        it(`does not exist on ${Type.name}`, () => {
          const socket = use(new Type())
          expect(name in socket).to.equal(false)
          expect(() => Object.assign(socket, { [name]: valid[0] })).to.throw(
            TypeError,
            inV8(`Cannot add property ${name}, object is not extensible`),
          )
        })
      }
    })
  }

  for (const [expectations, message, values] of WRONG_TYPES) {
    for (const { name, on = CLASSES } of expectations) {
      it(`reject another type for ${name}: ${message}`, () => {
        const options = use(new on[0]!()) as unknown as Options
        const before = options[name]
        for (const value of values) expect(() => (options[name] = value)).to.throw(TypeError, message)
        expect(options[name]).to.equal(before)
      })
    }
  }

  it("linger without limit by default, except SUB and XSUB", () => {
    const lingers = CLASSES.map((Type) => [Type.name, use(new Type()).linger])
    expect(lingers.filter(([, linger]) => linger !== -1)).to.deep.equal([
      ["Subscriber", 0],
      ["XSubscriber", 0],
    ])
    const socket = use(new Pair())
    for (const linger of [-1, 0, LARGEST]) {
      socket.linger = linger
      expect(socket.linger).to.equal(linger)
    }
    expect(() => (socket.linger = -2))
      .to.throw()
      .that.includes({ code: "EINVAL" })
  })

  it("store numbers as integers, and a time to live in steps of 100 ms", () => {
    const socket = use(new Dealer({ backlog: 1.9 }))
    expect(socket.backlog).to.equal(1)
    socket.heartbeatTimeToLive = 255
    expect(socket.heartbeatTimeToLive).to.equal(200)
    socket.heartbeatTimeToLive = 99
    expect(socket.heartbeatTimeToLive).to.equal(0)
  })

  it("accept a routing id as a Buffer, and read it up to the first NUL", () => {
    const socket = use(new Dealer({ routingId: Buffer.from("ab\0c") as unknown as string }))
    expect(socket.routingId).to.equal("ab")
  })

  it("accept the verbosities of XPUB, ignore others, and are not readable", () => {
    const socket = use(new XPublisher())
    for (const value of ["allSubs", "allSubsUnsubs", null, "other" as never] as const) {
      socket.verbosity = value
      expect(socket.verbosity).to.equal(undefined)
    }
  })

  it("have read-only properties", () => {
    const socket = use(new Dealer())
    for (const name of ["type", "lastEndpoint", "closed", "readable", "writable", "context"]) {
      expect(() => Object.assign(socket, { [name]: 1 })).to.throw(
        TypeError,
        `Cannot set property ${name} of #<Socket> which has only a getter`,
      )
    }
  })

  it("are set by the constructor, which throws if the assignment throws", () => {
    const socket = use(new Dealer({ linger: 7, sendTimeout: 8, routingId: "x" }))
    expect([socket.linger, socket.sendTimeout, socket.routingId]).to.deep.equal([7, 8, "x"])
    expect(() => new Dealer({ linger: "7" as unknown as number })).to.throw(TypeError, "Option value must be a number")
    expect(() => new Dealer({ linger: -2 }))
      .to.throw()
      .that.includes({ code: "EINVAL" })
    expect(() => new Dealer({ doesNotExist: 1 } as object)).to.throw(
      TypeError,
      inV8("Cannot add property doesNotExist, object is not extensible"),
    )
  })

  it("are neither read nor set after the socket is closed: ENOTSOCK", () => {
    for (const Type of CLASSES) {
      const socket = new Type()
      socket.close()
      const expected = { code: "ENOTSOCK", errno: 88, message: "Socket operation on non-socket" }
      expect(() => socket.linger)
        .to.throw()
        .that.includes(expected)
      expect(() => (socket.linger = 0))
        .to.throw()
        .that.includes(expected)
    }
  })

  describe("on a socket with an endpoint", () => {
    const TEXT = "Socket option will not take effect until next connect/bind."

    for (const kind of ["bound", "connected"]) {
      it(`emit one warning for each that waits for the next endpoint, when ${kind}`, async () => {
        const socket = use(new Dealer())
        const endpoint = freeInproc()
        if (kind === "bound") await socket.bind(endpoint)
        else socket.connect(endpoint)
        const texts: string[] = []
        const listener = ({ message }: Error) => texts.push(message)
        process.on("warning", listener)
        try {
          socket.backlog = 5
          socket.immediate = true
          await new Promise(setImmediate)
        } finally {
          process.off("warning", listener)
        }
        expect(texts).to.deep.equal([TEXT, TEXT])
        expect([socket.backlog, socket.immediate]).to.deep.equal([5, true])
      })
    }

    it("do not emit a warning for those that take effect immediately", async () => {
      const router = use(new Router())
      await router.bind(freeInproc())
      const publisher = use(new XPublisher())
      await publisher.bind(freeInproc())
      const warning = once(process, "warning") as Promise<[Error]>
      Object.assign(router, { linger: 0, sendHighWaterMark: 1, receiveHighWaterMark: 1, sendTimeout: 1 })
      Object.assign(router, { receiveTimeout: 1, mandatory: true, handover: true })
      publisher.verbosity = "allSubs"
      process.emitWarning("the first one")
      expect((await warning)[0].message).to.equal("the first one")
    })
  })

  it("apply high-water marks to existing pipes", async () => {
    const endpoint = freeInproc()
    const [push, pull] = [use(new Push({ sendTimeout: 0 })), use(new Pull())]
    await pull.bind(endpoint)
    push.connect(endpoint)
    push.sendHighWaterMark = 1
    pull.receiveHighWaterMark = 1
    await push.send("1")
    await push.send("2")
    expect(push.writable).to.equal(false)
    push.sendHighWaterMark = 5
    await push.send("3")
    expect(await texts(pull, 3)).to.deep.equal(["1", "2", "3"])
  })

  it("keep only the newest message with `conflate`", async () => {
    const endpoint = freeInproc()
    const [push, pull] = [use(new Push({ conflate: true })), use(new Pull({ conflate: true }))]
    await pull.bind(endpoint)
    push.connect(endpoint)
    for (const number of "123") await push.send(number)
    expect(await texts(pull, 1)).to.deep.equal(["3"])
    expect(pull.readable).to.equal(false)
  })
})
