import { expect } from "chai"
import {
  Dealer,
  Pair,
  Proxy,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Socket,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "../../src/index.js"
import { closing } from "../support/closing.js"
import { connected } from "../support/connected.js"
import { freeInproc } from "../support/endpoints.js"
import { caught, texts } from "../support/receiving.js"
import { inV8, NOT_HERE } from "../support/runtime.js"

const CLASSES = [Pair, Publisher, Subscriber, Request, Reply, Dealer, Router, Pull, Push, XPublisher, XSubscriber]
const BLOCKED = { code: "EBUSY", errno: 16, message: "Socket is blocked by a bind or unbind operation" }
const TIMED_OUT = { code: "EAGAIN", errno: 11, message: "Operation was not possible or timed out" }

describe("Socket", () => {
  const use = closing()

  const joined = (): Promise<[near: Pair, far: Pair]> => connected(use(new Pair()), use(new Pair()))

  describe("construction", () => {
    for (const [number, Type] of CLASSES.entries()) {
      it(`creates a ${Type.name} of type ${number}, open, sealed, without enumerable properties`, () => {
        const socket = use(new Type())
        expect([socket.type, socket.closed, Object.isSealed(socket)]).to.deep.equal([number, false, true])
        expect(Object.keys(socket)).to.deep.equal([])
        expect(socket).to.be.instanceOf(Socket)
      })
    }

    it("supports subclasses of the application", () => {
      class Mine extends Socket {
        constructor() {
          super(8)
        }
      }
      const mine = use(new Mine())
      expect([mine.type, mine.closed]).to.deep.equal([8, false])
    })

    const Bare = Socket as unknown as new (...given: unknown[]) => Socket

    it("rejects an invalid socket type", () => {
      for (const type of [undefined, "1", null, {}]) {
        expect(() => new Bare(type)).to.throw(TypeError, /^Socket type must be a number$/)
      }
      for (const type of [-1, 37, 4591, 1.5, NaN]) {
        expect(() => new Bare(type))
          .to.throw()
          .that.includes({ code: "EINVAL", message: "Invalid argument" })
      }
    })

    it("rejects options that are not an object", () => {
      for (const options of [null, 1, "x"]) {
        expect(() => new Bare(5, options)).to.throw(TypeError, /^Options must be an object$/)
      }
    })

    it("rejects an invalid context", () => {
      for (const context of [null, {}, 1]) {
        expect(() => new Bare(5, { context })).to.throw("Invalid argument")
      }
    })

    it("does not modify the given options", () => {
      const { context } = use(new Dealer())
      const options = { context, linger: 0 }
      use(new Dealer(options))
      expect(options).to.deep.equal({ context, linger: 0 })
    })

    it("requires `new`", () => {
      for (const Type of CLASSES) {
        expect(() => (Type as unknown as () => void)()).to.throw(
          TypeError,
          inV8(`Class constructor ${Type.name} cannot be invoked without 'new'`),
        )
      }
    })
  })

  describe("arguments", () => {
    for (const operation of ["bind", "unbind", "connect", "disconnect"] as const) {
      it(`are rejected synchronously by ${operation} unless a string`, () => {
        const socket = use(new Dealer())
        for (const address of [undefined, null, 5, {}]) {
          expect(() => socket[operation](address as never)).to.throw(TypeError, /^Address must be a string$/)
        }
      })

      for (const [address, code] of [
        ["foo-bar", "EINVAL"],
        ["", "EINVAL"],
        ["://x", "EINVAL"],
        ["tcp:/x", "EINVAL"],
        ["tcp://", "EINVAL"],
        ["ipc://", "EINVAL"],
        ["inproc://", "EINVAL"],
        ["foo://bar", "EPROTONOSUPPORT"],
        ["TCP://127.0.0.1:5555", "EPROTONOSUPPORT"],
        ["pgm://127.0.0.1:5555", "EPROTONOSUPPORT"],
      ] as const) {
        it(`are rejected by ${operation} when "${address}": ${code}`, async () => {
          const socket = use(new Dealer())
          // The async function turns exceptions of connect and disconnect into rejections.
          const error = await caught((async () => await socket[operation](address))())
          expect(error).to.include({ code, address })
        })
      }
    }

    it("of send include a message", () => {
      const pair = use(new Pair())
      expect(() => pair.send(undefined as never)).to.throw(TypeError, /^Message must be present$/)
    })

    it("of subscribe and unsubscribe are text or bytes", () => {
      const subscriber = use(new Subscriber())
      for (const topic of [1, undefined, {}]) {
        expect(() => subscriber.subscribe(topic as never)).to.throw(
          TypeError,
          "Option value must be a string or buffer",
        )
        expect(() => subscriber.unsubscribe(topic as never)).to.throw(
          TypeError,
          "Option value must be a string or buffer",
        )
      }
    })
  })

  describe("when closed", () => {
    it("reports it, and closes only once", () => {
      const socket = use(new Dealer())
      socket.close()
      socket.close()
      expect([socket.closed, socket.readable, socket.writable, socket.context]).to.deep.equal([
        true,
        false,
        false,
        undefined,
      ])
    })

    it("rejects every operation synchronously: EBADF", () => {
      const socket = use(new Dealer())
      socket.close()
      const operations: (() => unknown)[] = [
        () => socket.bind("inproc://x"),
        () => socket.unbind("inproc://x"),
        () => socket.connect("inproc://x"),
        () => socket.disconnect("inproc://x"),
        () => socket.send("x"),
        () => socket.receive(),
      ]
      for (const operation of operations) {
        expect(operation).to.throw().that.includes({ code: "EBADF", errno: 9, message: "Socket is closed" })
      }
    })

    for (const Type of [Subscriber, Router] as const) {
      it(`rejects setting an option of a ${Type.name}: ENOTSOCK`, () => {
        const socket = use(new Type())
        socket.close()
        const operation = () =>
          socket instanceof Subscriber ? socket.subscribe("x") : socket.connect("inproc://x", { routingId: "x" })
        expect(operation).to.throw().that.includes({ code: "ENOTSOCK" })
      })
    }

    it("rejects pending operations with EAGAIN", async () => {
      const pair = use(new Pair())
      const waiting = [pair.send("1"), pair.send("2"), pair.receive(), pair.receive()].map(caught)
      pair.close()
      for (const error of await Promise.all(waiting)) expect(error).to.include(TIMED_OUT)
    })

    it("rejects pending operations with their specific error", async () => {
      const [request, reply] = [use(new Request()), use(new Reply())]
      const router = use(new Router({ mandatory: true }))
      const waiting: [Promise<unknown>, string][] = [
        [request.receive(), "EFSM"],
        [reply.send("x"), "EFSM"],
        [router.send(["nobody", "x"]), "EHOSTUNREACH"],
      ]
      const errors = waiting.map(async ([promise, code]) => expect(await caught(promise)).to.include({ code }))
      for (const socket of [request, reply, router]) socket.close()
      await Promise.all(errors)
    })

    it("is the state after `Symbol.dispose` and `Symbol.asyncDispose`", async () => {
      const [first, second] = [use(new Dealer()), use(new Dealer())]
      first[Symbol.dispose]()
      await second[Symbol.asyncDispose]()
      expect([first.closed, second.closed]).to.deep.equal([true, true])
    })
  })

  describe("while it binds or unbinds", () => {
    for (const operation of ["bind", "unbind"] as const) {
      it(`rejects another bind or unbind during ${operation}: EBUSY, thrown`, async () => {
        const socket = use(new Dealer())
        await socket.bind("tcp://127.0.0.1:*")
        const done = operation === "bind" ? socket.bind("tcp://127.0.0.1:*") : socket.unbind(socket.lastEndpoint!)
        const operations: (() => unknown)[] = [
          () => socket.bind("inproc://x"),
          () => socket.unbind("inproc://x"),
          () => {
            socket.bindSync("inproc://x")
          },
          () => {
            socket.unbindSync("inproc://x")
          },
        ]
        for (const each of operations) expect(each).to.throw().that.includes(BLOCKED)
        await done
        await socket.bind(freeInproc())
      })

      it(`connects, sends, receives, iterates, and disconnects during ${operation}`, async () => {
        const [endpoint, peer] = [freeInproc(), use(new Dealer())]
        await peer.bind(endpoint)
        const socket = use(new Dealer())
        await socket.bind("tcp://127.0.0.1:*")
        const target = operation === "bind" ? "tcp://127.0.0.1:*" : socket.lastEndpoint!
        const done = socket[operation](target)
        socket.connect(endpoint)
        await socket.send("hello")
        expect(String(await peer.receive())).to.equal("hello")
        await peer.send("receive")
        expect(String(await socket.receive())).to.equal("receive")
        await peer.send("iterate")
        expect(String((await socket[Symbol.asyncIterator]().next()).value)).to.equal("iterate")
        socket.disconnect(endpoint)
        await done
      })
    }

    it("changes `lastEndpoint` once the endpoint is bound", async () => {
      const socket = use(new Dealer())
      await socket.bind("tcp://127.0.0.1:*")
      const first = socket.lastEndpoint!
      const binding = socket.bind("tcp://127.0.0.1:*")
      expect(socket.lastEndpoint).to.equal(first)
      await binding
      expect(socket.lastEndpoint).to.match(/^tcp:/).and.not.equal(first)
      const second = socket.lastEndpoint
      await caught(socket.bind(first))
      expect(socket.lastEndpoint).to.equal(second)
    })

    it("is not used by a proxy: EBUSY, thrown", async () => {
      const [front, back] = [use(new Dealer()), use(new Dealer())]
      for (const socket of [front, back]) await socket.bind(freeInproc())
      const binding = back.bind("tcp://127.0.0.1:*")
      expect(() => new Proxy(front, back).run())
        .to.throw()
        .that.includes(BLOCKED)
      await binding
    })

    for (const [what, address, code] of [
      ["succeeds", "tcp://127.0.0.1:*", undefined],
      ["fails", "tcp://192.0.2.1:*", NOT_HERE],
    ] as const) {
      it(`closes only after a bind that ${what} is complete`, async () => {
        const socket = use(new Dealer())
        const binding = socket.bind(address)
        socket.close()
        expect(socket.closed).to.equal(false)
        const error = await binding.catch((reason: unknown) => reason)
        expect(socket.closed).to.equal(true)
        expect((error as { code?: string } | undefined)?.code).to.equal(code)
      })
    }

    for (const [what, known] of [
      ["succeeds", true],
      ["fails", false],
    ] as const) {
      it(`closes only after an unbind that ${what} is complete`, async () => {
        const socket = use(new Dealer())
        await socket.bind("tcp://127.0.0.1:*")
        const unbinding = socket.unbind(known ? socket.lastEndpoint! : "tcp://127.0.0.1:1")
        socket.close()
        expect(socket.closed).to.equal(false)
        const error = await unbinding.catch((reason: unknown) => reason)
        expect(socket.closed).to.equal(true)
        expect((error as { code?: string } | undefined)?.code).to.equal(known ? undefined : "ENOENT")
      })
    }

    it("still completes pending operations", async () => {
      const [near, far] = await joined()
      const waiting = far.receive()
      const binding = far.bind("tcp://127.0.0.1:*")
      await near.send("hello")
      expect(String(await waiting)).to.equal("hello")
      await binding
    })
  })

  describe("send and receive", () => {
    for (const timeout of [0, 2]) {
      it(`rejects after a timeout of ${timeout} ms: EAGAIN`, async () => {
        const pair = use(new Pair({ sendTimeout: timeout, receiveTimeout: timeout }))
        expect(await caught(pair.send("x"))).to.include(TIMED_OUT)
        expect(await caught(pair.receive())).to.include(TIMED_OUT)
      })

      it(`rejects in the wrong state after a timeout of ${timeout} ms: EFSM`, async () => {
        const endpoint = freeInproc()
        const options = { sendTimeout: timeout, receiveTimeout: timeout }
        const [request, reply] = [use(new Request(options)), use(new Reply(options))]
        await reply.bind(endpoint)
        request.connect(endpoint)
        const expected = { code: "EFSM", message: "Operation cannot be accomplished in current state" }
        expect(await caught(request.receive())).to.include(expected)
        expect(await caught(reply.send("early"))).to.include(expected)
        await request.send("hi")
        expect(await caught(request.send("again"))).to.include(expected)
        expect(await texts(reply, 1)).to.deep.equal(["hi"])
        expect(await caught(reply.receive())).to.include(expected)
      })

      it(`rejects for an unknown peer of a mandatory ROUTER after ${timeout} ms: EHOSTUNREACH`, async () => {
        const router = use(new Router({ mandatory: true, sendTimeout: timeout }))
        expect(await caught(router.send(["nobody", "x"]))).to.include({
          code: "EHOSTUNREACH",
          errno: 113,
          message: "Host unreachable",
        })
      })
    }

    it("drops a message for an unknown peer of a ROUTER that is not mandatory", async () => {
      const router = use(new Router({ sendTimeout: 0 }))
      await router.send(["nobody", "x"])
    })

    it("reaches the peer of a connection by the id that was passed to connect, before it is connected", async () => {
      const router = use(new Router({ mandatory: true, sendTimeout: 0 }))
      for (const [index, endpoint] of [freeInproc(), "tcp://127.0.0.1:1"].entries()) {
        router.connect(endpoint, { routingId: `peer${index}` })
        await router.send([`peer${index}`, "hi"])
      }
    })

    it("completes pending sends in FIFO order", async () => {
      const pair = use(new Pair())
      const order: string[] = []
      const sending = Array.from("12345", (number) => pair.send(number).then(() => order.push(number)))
      const peer = use(new Pair())
      const endpoint = freeInproc()
      await peer.bind(endpoint)
      pair.connect(endpoint)
      await Promise.all(sending)
      expect(order).to.deep.equal(Array.from("12345"))
      expect(await texts(peer, 5)).to.deep.equal(Array.from("12345"))
    })

    it("completes pending receives in FIFO order", async () => {
      const [near, far] = await joined()
      const receiving = Array.from({ length: 5 }, () => far.receive())
      for (const number of "12345") await near.send(number)
      expect((await Promise.all(receiving)).map(String)).to.deep.equal(Array.from("12345"))
    })

    it("does not overtake a pending operation", async () => {
      const request = use(new Request())
      const reply = use(new Reply())
      const endpoint = freeInproc()
      await reply.bind(endpoint)
      request.connect(endpoint)
      await request.send("1")
      const second = request.send("2")
      expect(await texts(reply, 1)).to.deep.equal(["1"])
      await reply.send("answer 1")
      expect(await texts(request, 1)).to.deep.equal(["answer 1"])
      await second
      expect(await texts(reply, 1)).to.deep.equal(["2"])
    })

    it("skips a pending operation that has timed out", async () => {
      const [near, far] = await joined()
      far.receiveTimeout = 1
      const first = caught(far.receive())
      far.receiveTimeout = -1
      const second = far.receive()
      expect(await first).to.include(TIMED_OUT)
      await near.send("for the second")
      expect(String(await second)).to.equal("for the second")
    })

    it("rejects more pending sends than the high-water mark: EBUSY, thrown", () => {
      const pair = use(new Pair({ sendHighWaterMark: 2 }))
      const waiting = [pair.send("1"), pair.send("2")].map(caught)
      expect(() => pair.send("3"))
        .to.throw()
        .that.includes({ code: "EBUSY", errno: 16 })
      pair.close()
      return Promise.all(waiting)
    })

    it("rejects more than 1,000 pending receives: EBUSY, thrown", () => {
      const pair = use(new Pair())
      const waiting = Array.from({ length: 1000 }, () => caught(pair.receive()))
      expect(() => pair.receive())
        .to.throw()
        .that.includes({ code: "EBUSY", errno: 16 })
      pair.close()
      return Promise.all(waiting)
    })

    it("waits at the same time, even before there is an endpoint", async () => {
      const pair = use(new Pair())
      const [sending, receiving] = [pair.send("out"), pair.receive()]
      const peer = use(new Pair())
      const endpoint = freeInproc()
      await peer.bind(endpoint)
      pair.connect(endpoint)
      await sending
      expect(await texts(peer, 1)).to.deep.equal(["out"])
      await peer.send("in")
      expect(String(await receiving)).to.equal("in")
    })

    it("lets the event loop turn between many operations in a row", async () => {
      const count = 20_000
      const [near, far] = await joined()
      near.sendHighWaterMark = 0
      let turned = false
      setImmediate(() => (turned = true))
      for (let sent = 0; sent < count; sent++) await near.send("x")
      expect(turned).to.equal(true)
      turned = false
      setImmediate(() => (turned = true))
      for (let received = 0; received < count; received++) await far.receive()
      expect(turned).to.equal(true)
    })
  })

  describe("readable and writable", () => {
    it("reports whether there is a message, without calling receive", async () => {
      const [near, far] = await joined()
      expect(far.readable).to.equal(false)
      await near.send("x")
      expect(far.readable).to.equal(true)
      await far.receive()
      expect(far.readable).to.equal(false)
    })

    it("reports whether there is room: as soon as it connects, unless `immediate`", () => {
      const pair = use(new Pair())
      expect(pair.writable).to.equal(false)
      pair.connect("tcp://127.0.0.1:1")
      expect(pair.writable).to.equal(true)
      const immediate = use(new Push({ immediate: true }))
      immediate.connect("tcp://127.0.0.1:1")
      expect(immediate.writable).to.equal(false)
    })

    it("is always writable for PUB, XPUB, and ROUTER", () => {
      for (const Type of [Publisher, XPublisher, Router]) expect(use(new Type()).writable).to.equal(true)
    })

    it("follows the alternation of REQ and REP", async () => {
      const endpoint = freeInproc()
      const [request, reply] = [use(new Request()), use(new Reply())]
      await reply.bind(endpoint)
      request.connect(endpoint)
      const states = () => [request.writable, request.readable, reply.writable, reply.readable]
      expect(states()).to.deep.equal([true, false, false, false])
      await request.send("hi")
      expect(states()).to.deep.equal([false, false, false, true])
      await reply.receive()
      expect(states()).to.deep.equal([false, false, true, false])
      await reply.send("ho")
      expect(states()).to.deep.equal([false, true, false, false])
      await request.receive()
      expect(states()).to.deep.equal([true, false, false, false])
    })
  })
})
