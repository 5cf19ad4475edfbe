import { expect } from "chai"
import { spawn } from "node:child_process"
import { getEventListeners, once } from "node:events"
import { Readable as NodeReadable } from "node:stream"
import { text as textOf } from "node:stream/consumers"
import { Dish, Gather, Radio, Scatter, Server } from "../../src/draft.js"
import {
  Dealer,
  json,
  Publisher,
  Pull,
  Push,
  reply,
  Requester,
  Router,
  Subscriber,
  text,
  type Readable,
  type Socket,
  type WaitOptions,
  type Writable,
} from "../../src/index.js"
import { SOCKET_TYPE_NAMES as NAMES } from "../../src/zmtp/socket-types.js"
import { closing } from "../support/closing.js"
import { connected } from "../support/connected.js"
import { freeInproc, freeTcp } from "../support/endpoints.js"
import { caught, texts } from "../support/receiving.js"
import { moduleOf } from "../support/runtime.js"

const root = new URL("../../", import.meta.url)

/** Runs `program` in its own process, with this library imported as `zmq`. */
async function run(program: string): Promise<{ code: number | null; output: string; errors: string }> {
  const source = `import * as zmq from "./src/index.ts"\n${program}`
  const child = spawn(process.execPath, moduleOf(source, { typescript: true }), { cwd: root })
  const exit = once(child, "exit") as Promise<[code: number | null]>
  const [output, errors, [code]] = await Promise.all([textOf(child.stdout), textOf(child.stderr), exit])
  return { code, output, errors }
}

/** Options that every call rejects, and the expected error messages. */
const BAD: [what: string, options: unknown, error: RegExp][] = [
  ["signal: null", { signal: null }, /^Invalid signal: expected an AbortSignal, got null$/],
  ["an AbortController", { signal: new AbortController() }, /^Invalid signal: .*, got AbortController$/],
  ["an EventTarget", { signal: new EventTarget() }, /^Invalid signal: .*, got EventTarget$/],
  ["timeout: 5n", { timeout: 5n }, /^Invalid timeout: expected a number of milliseconds, got bigint$/],
  ['timeout: "5"', { timeout: "5" }, /^Invalid timeout: .*, got string$/],
  ["timeout: NaN", { timeout: NaN }, /^Invalid timeout NaN: expected at least 0 ms, or -1 for no limit$/],
  ["timeout: -2", { timeout: -2 }, /^Invalid timeout -2: /],
]

describe("a call in the wrong direction", () => {
  const use = closing()

  const receivers = { Subscriber, Pull, Dish, Gather }
  const senders = { Publisher, Push, Radio, Scatter }

  /** `socket` with all methods, including those that TypeScript hides. */
  function untyped(socket: Socket): Socket & Readable & Writable {
    return use(socket) as Socket & Readable & Writable
  }

  for (const [name, Type] of Object.entries(receivers)) {
    it(`is rejected by a ${name} immediately, without waiting: ENOTSUP`, async () => {
      const socket = untyped(new Type())
      await socket.bind(freeInproc())
      for (const send of [socket.send("x"), socket.sendMany(["x", "y"]), socket.send("x", { timeout: 60_000 })]) {
        const error = await caught(send)
        expect(error).to.include({ code: "ENOTSUP", errno: 95, message: "Operation not supported" })
        expect(error.cause).to.have.property("message", `Socket type ${NAMES[socket.type]} cannot send messages`)
      }
      expect(() => socket.trySend("x"))
        .to.throw()
        .with.property("code", "ENOTSUP")
      expect(await caught(socket.writableStream().getWriter().write("x"))).to.include({ code: "ENOTSUP" })
    })
  }

  for (const [name, Type] of Object.entries(senders)) {
    it(`is rejected by a ${name} immediately, without waiting: ENOTSUP`, async () => {
      const socket = untyped(new Type())
      await socket.bind(freeInproc())
      for (const receive of [
        socket.receive(),
        socket.receiveMany(),
        socket.receive({ timeout: 60_000 }),
        socket[Symbol.asyncIterator]().next(),
        socket.batches()[Symbol.asyncIterator]().next(),
        socket.readableStream().getReader().read(),
      ]) {
        const error = await caught(receive)
        expect(error).to.include({ code: "ENOTSUP", errno: 95, message: "Operation not supported" })
        expect(error.cause).to.have.property("message", `Socket type ${NAMES[socket.type]} cannot receive messages`)
      }
      expect(() => socket.tryReceive())
        .to.throw()
        .with.property("code", "ENOTSUP")
    })
  }
})

describe("options of a call", () => {
  const use = closing()

  const joined = (): Promise<[Push, Pull]> => connected(use(new Push()), use(new Pull()))

  const receiving: Record<string, (pull: Pull, options: WaitOptions) => Promise<unknown>> = {
    receive: (pull, options) => pull.receive(options),
    receiveMany: (pull, options) => pull.receiveMany(10, options),
    "receive of a typed view": (pull, options) => pull.with(text).receive(options),
  }
  const sending: Record<string, (push: Push, options: WaitOptions) => Promise<unknown>> = {
    send: (push, options) => push.send("refused", options),
    sendMany: (push, options) => push.sendMany(["refused", "refused"], options),
    "send of a typed view": (push, options) => push.with(text).send("refused", options),
    "sendMany of a typed view": (push, options) => push.with(text).sendMany(["refused"], options),
  }

  for (const [what, given, error] of BAD) {
    const options = given as WaitOptions
    for (const [name, call] of Object.entries(receiving)) {
      it(`are rejected by ${name} when ${what}, and leave the next message to others`, async () => {
        const [push, pull] = await joined()
        expect((await caught(call(pull, options))).message).to.match(error)
        await push.send("kept")
        expect((await caught(call(pull, options))).message).to.match(error)
        expect(await texts(pull, 1)).to.deep.equal(["kept"])
      })
    }

    for (const [name, call] of Object.entries(sending)) {
      it(`are rejected by ${name} when ${what}, and nothing is sent`, async () => {
        const endpoint = freeInproc()
        const push = use(new Push())
        expect((await caught(call(push, options))).message).to.match(error)
        push.connect(endpoint)
        expect((await caught(call(push, options))).message).to.match(error)
        await push.send("good")
        const pull = use(new Pull())
        await pull.bind(endpoint)
        expect(await texts(pull, 1)).to.deep.equal(["good"])
        expect(pull.tryReceive()).to.equal(undefined)
      })
    }

    it(`are rejected by a Requester and by reply() when ${what}`, async () => {
      const router = use(new Router())
      await router.bind(freeInproc())
      const requester = use(new Requester(router.lastEndpoint!))
      expect((await caught(requester.request("refused", options))).message).to.match(error)
      expect(requester.pending).to.equal(0)
      if ("signal" in options) expect((await caught(reply(router, () => "never", options))).message).to.match(error)
      else expect(() => new Requester(router.lastEndpoint!, options)).to.throw(error)
      const answer = requester.request("good")
      const [peer, id, empty, body] = await router.receive()
      await router.send([peer!, id!, empty!, body!])
      expect(String(await answer)).to.equal("good")
    })
  }

  it("are also rejected by sockets with envelopes", async () => {
    const server = use(new Server())
    const options = { routingId: 1, signal: null } as unknown as { routingId: number }
    expect((await caught(server.send("x", options))).message).to.match(/^Invalid signal/)
  })

  it("are signals of another realm, or any object with the members of a signal", async () => {
    const listeners = new Set<() => void>()
    const signal = {
      aborted: false,
      reason: "enough",
      addEventListener: (_type: string, listener: () => void) => listeners.add(listener),
      removeEventListener: (_type: string, listener: () => void) => listeners.delete(listener),
    }
    const [, pull] = await joined()
    const waiting = caught(pull.receive({ signal: signal as unknown as AbortSignal }))
    signal.aborted = true
    for (const listener of listeners) listener()
    expect(await waiting).to.equal("enough")
    expect(listeners).to.be.empty
  })

  it("are read once, before any other effect", async () => {
    const [push, pull] = await joined()
    let reads = 0
    const options = {
      get timeout() {
        reads++
        return -1
      },
    }
    const waiting = pull.receive(options)
    await push.send("x")
    await waiting
    expect(reads).to.equal(1)
  })

  it("do not set the routing id of the next peer when `connect` is rejected", async () => {
    const dealer = use(new Dealer({ routingId: "d" }))
    await dealer.bind(freeInproc())
    const router = use(new Router())
    expect(() => {
      router.connect("nowhere", { routingId: "x" })
    })
      .to.throw()
      .with.property("code", "EINVAL")
    router.connect(dealer.lastEndpoint!)
    await dealer.send("hello")
    expect(String((await router.receive())[0])).to.equal("d")
  })

  it("do not keep the process alive when they are rejected", async () => {
    const { code, errors } = await run(`
      const pull = new zmq.Pull()
      await pull.bind("inproc://refused")
      for (const options of [{ signal: null }, { timeout: 5n }]) {
        for (const call of [() => pull.receive(options), () => pull.receiveMany(1, options)]) {
          await call().then(() => process.exit(3), () => undefined)
        }
      }`)
    expect({ code, errors }).to.deep.equal({ code: 0, errors: "" })
  })
})

describe("one signal for many calls", () => {
  const use = closing()

  it("ends all of them, with one listener", async () => {
    const pull = use(new Pull())
    const controller = new AbortController()
    const { signal } = controller
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners++
      add(...given)
    }
    const waiting = Array.from({ length: 1000 }, () => caught(pull.receive({ signal })))
    controller.abort("enough")
    expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set(["enough"]))
    expect(listeners).to.equal(1)
  })

  it("neither causes a warning nor keeps a listener after all calls are complete", async () => {
    const warnings: Error[] = []
    const warned = (warning: Error): number => warnings.push(warning)
    process.on("warning", warned)
    const { signal } = new AbortController()
    const endpoint = freeInproc()
    const [push, pull] = [use(new Push()), use(new Pull())]
    const server = use(new Router())
    await server.bind(freeInproc())
    const requester = use(new Requester(server.lastEndpoint!))
    const calls = Array.from({ length: 100 }, (_, index) => [
      pull.receive({ signal }),
      push.send("x", { signal }),
      requester.request(String(index), { signal }),
    ]).flat()
    expect(getEventListeners(signal, "abort")).to.have.length(1)
    await pull.bind(endpoint)
    push.connect(endpoint)
    for (let count = 0; count < 100; count++) await server.send(await server.receive())
    await Promise.all(calls)
    expect(getEventListeners(signal, "abort")).to.be.empty
    await new Promise((resolve) => setImmediate(resolve))
    process.off("warning", warned)
    expect(warnings).to.be.empty
  })

  it("is listened to again after it had no listeners", async () => {
    const pull = use(new Pull())
    const controller = new AbortController()
    const { signal } = controller
    expect(await caught(pull.receive({ signal, timeout: 1 }))).to.include({ code: "EAGAIN" })
    const waiting = caught(pull.receive({ signal }))
    controller.abort("enough")
    expect(await waiting).to.equal("enough")
  })
})

describe("a loop that is left while it waits", () => {
  const use = closing()

  const joined = (): Promise<[Push, Pull]> => connected(use(new Push()), use(new Pull()))

  const loops: Record<string, (pull: Pull) => AsyncIterator<unknown, undefined>> = {
    messages: (pull) => pull[Symbol.asyncIterator](),
    batches: (pull) => pull.batches(2)[Symbol.asyncIterator](),
    "typed values": (pull) => pull.with(text)[Symbol.asyncIterator](),
    "typed values after a bad message": (pull) =>
      pull.with(json(), { onBadMessage: () => undefined })[Symbol.asyncIterator](),
  }
  for (const [name, loop] of Object.entries(loops)) {
    it(`ends its wait, and leaves the next message to others: ${name}`, async () => {
      const [push, pull] = await joined()
      const iterator = loop(pull)
      const waiting = [iterator.next(), iterator.next()]
      if (name.includes("bad")) await push.sendMany(["{", "{"])
      await new Promise(setImmediate)
      expect(await iterator.return!()).to.deep.equal({ done: true })
      expect(await Promise.all(waiting)).to.deep.equal([{ done: true }, { done: true }])
      expect(await iterator.next()).to.deep.equal({ done: true })
      await push.send("next")
      expect(await texts(pull, 1)).to.deep.equal(["next"])
    })
  }

  it("ends its wait when a Readable is destroyed", async () => {
    const [push, pull] = await joined()
    const readable = NodeReadable.from(pull)
    readable.on("data", () => expect.fail("nothing was sent"))
    await new Promise(setImmediate)
    readable.destroy()
    await once(readable, "close")
    await push.send("next")
    expect(await texts(pull, 1)).to.deep.equal(["next"])
  })

  it("does not affect other loops and calls", async () => {
    const [push, pull] = await joined()
    const [left, other] = [pull[Symbol.asyncIterator](), pull[Symbol.asyncIterator]()]
    const first = left.next()
    const second = other.next()
    const third = pull.receive()
    await left.return!()
    expect(await first).to.deep.equal({ done: true })
    await push.sendMany(["a", "b"])
    expect(String((await second).value)).to.equal("a")
    expect(String(await third)).to.equal("b")
  })

  it("does not keep the process alive", async () => {
    const { code, output } = await run(`
      const pull = new zmq.Pull()
      await pull.bind("inproc://left")
      const iterator = pull[Symbol.asyncIterator]()
      const waiting = iterator.next()
      await iterator.return()
      const events = pull.events[Symbol.asyncIterator]()
      const event = events.next()
      await events.return()
      console.log(JSON.stringify([await waiting, await event]))`)
    expect({ code, output }).to.deep.equal({ code: 0, output: '[{"done":true},{"done":true}]\n' })
  })

  it("ends its wait for events, and leaves the next one to others", async () => {
    const pull = use(new Pull())
    const { events } = pull
    const left = events[Symbol.asyncIterator]()
    const waiting = left.next()
    expect(await left.return!()).to.deep.equal({ done: true })
    expect(await waiting).to.deep.equal({ done: true })
    expect(await left.next()).to.deep.equal({ done: true })
    const next = events.receive()
    await left.return!()
    await pull.bind("tcp://127.0.0.1:*")
    expect(await next).to.include({ type: "bind" })
    pull.close()
    const types: string[] = []
    for await (const { type } of events) types.push(type)
    expect(types).to.deep.equal(["close", "end"])
  })

  it("returns messages that it had already taken", async () => {
    const [push, pull] = await joined()
    const iterator = pull[Symbol.asyncIterator]()
    const waiting = iterator.next()
    await push.send("taken")
    await iterator.return!()
    expect(String((await waiting).value)).to.equal("taken")
  })
})

describe("a loop of calls that are rejected", () => {
  const use = closing()

  /** Retries until the call is accepted, without a turn of the event loop in between. */
  async function retryUntilAccepted<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call()
      } catch {
        // Retry.
      }
    }
  }

  const calls: Record<string, (pull: Pull) => Promise<unknown>> = {
    receive: (pull) => pull.receive({ timeout: 0 }).then(String),
    receiveMany: (pull) => pull.receiveMany(1, { timeout: 0 }).then(String),
    "receive of a typed view": (pull) => pull.with(text).receive({ timeout: 0 }),
  }
  for (const [name, call] of Object.entries(calls)) {
    it(`lets messages arrive: ${name}`, async () => {
      const pull = use(new Pull())
      await pull.bind("tcp://127.0.0.1:*")
      const push = use(new Push())
      push.connect(pull.lastEndpoint!)
      await push.send("x")
      expect(await retryUntilAccepted(() => call(pull))).to.equal("x")
    })
  }

  it("lets messages arrive: receiveTimeout and a loop of loops", async () => {
    const pull = use(new Pull({ receiveTimeout: 0 }))
    await pull.bind("tcp://127.0.0.1:*")
    const push = use(new Push())
    push.connect(pull.lastEndpoint!)
    await push.send("x")
    const { value } = await retryUntilAccepted(() => pull[Symbol.asyncIterator]().next())
    expect(String(value)).to.equal("x")
  })

  for (const name of ["send", "sendMany"] as const) {
    it(`lets peers connect and makes room: ${name}`, async () => {
      const push = use(new Push({ sendTimeout: 0 }))
      await push.bind("tcp://127.0.0.1:*")
      const pull = use(new Pull())
      pull.connect(push.lastEndpoint!)
      await retryUntilAccepted(() => (name === "send" ? push.send("x") : push.sendMany(["x"])))
      expect(await texts(pull, 1)).to.deep.equal(["x"])
    })
  }

  it("lets the peer connect that a mandatory Router sends to: EHOSTUNREACH", async () => {
    const router = use(new Router({ mandatory: true }))
    await router.bind("tcp://127.0.0.1:*")
    const [dealer, other] = [use(new Dealer({ routingId: "d" })), use(new Dealer({ routingId: "o" }))]
    other.connect(router.lastEndpoint!)
    await other.send("there")
    await router.receive()
    dealer.connect(router.lastEndpoint!)
    await retryUntilAccepted(() => router.send(["d", "x"]))
    expect(String(await dealer.receive())).to.equal("x")
  })

  it("lets timers fire: an aborted signal", async () => {
    const pull = use(new Pull())
    const signal = AbortSignal.abort()
    const timer = { fired: false }
    setTimeout(() => (timer.fired = true), 1)
    while (!timer.fired) await pull.receive({ signal }).catch(() => undefined)
  })

  it("rejects the first of them immediately", async () => {
    const pull = use(new Pull())
    let turned = false
    setImmediate(() => (turned = true))
    await caught(pull.receive({ timeout: 0 }))
    expect(turned).to.equal(false)
  })

  it("continues while the address is unknown", async () => {
    const push = use(new Push({ linger: 0, immediate: true }))
    push.connect(await freeTcp())
    for (let count = 0; count < 100; count++) {
      expect(await caught(push.send("x", { timeout: 0 }))).to.include({ code: "EAGAIN" })
    }
  })
})
