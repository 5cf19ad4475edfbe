import { expect } from "chai"
import fc from "fast-check"
import { MessageChannel, type MessagePort } from "node:worker_threads"
import {
  Context,
  context,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Router,
  XPublisher,
  XSubscriber,
  Subscriber,
} from "../../../src/index.js"
import { joinContext, type ContextLink } from "../../../src/sockets/join-context.js"
import type { AnyPort } from "../../../src/transports/ports/port-side.js"
import { MAX_NAMES } from "../../../src/transports/ports/port-message.js"
import { costOf } from "../../../src/zmtp/cost.js"
import { closing } from "../../support/closing.js"
import { caught, texts } from "../../support/receiving.js"

describe("contexts that are linked by a port", () => {
  const use = closing()
  let here: Context
  let there: Context
  let joint: ContextLink
  let otherJoint: ContextLink

  beforeEach(() => {
    here = new Context()
    there = new Context()
    const { port1, port2 } = new MessageChannel()
    joint = use(joinContext(here, port1 as unknown as AnyPort))
    otherJoint = use(joinContext(there, port2 as unknown as AnyPort))
  })

  async function joined(marks: [send: number, receive: number] = [1000, 1000]): Promise<[Push, Pull]> {
    const pull = use(new Pull({ context: there, receiveHighWaterMark: marks[1] }))
    const push = use(new Push({ context: here, sendHighWaterMark: marks[0] }))
    await pull.bind("inproc://name")
    push.connect("inproc://name")
    return [push, pull]
  }

  it("end only the pipe of a peer that exceeds its subscription limit", async () => {
    const publisher = use(new XPublisher({ context: there, linger: 0 }))
    await publisher.bind("inproc://feed")
    const greedy = use(new XSubscriber({ context: here, linger: 0 }))
    greedy.connect("inproc://feed")
    for (let index = 0; index < 17; index++) {
      const topic = Buffer.alloc(1 + (1 << 20), index)
      topic[0] = 1
      await greedy.send(topic)
    }
    for (let index = 0; index < 16; index++) expect((await publisher.receive())[0]).to.have.length(1 + (1 << 20))
    const modest = use(new Subscriber({ context: here, linger: 0 }))
    modest.connect("inproc://feed")
    modest.subscribe("a")
    for (let message = ""; message !== "\x01a";) message = String(await publisher.receive())
    await publisher.send("abc")
    expect(await texts(modest, 1)).to.deep.equal(["abc"])
  })

  it("transfer messages in both directions, whichever binds first", async () => {
    for (const first of ["bind", "connect"]) {
      const [router, dealer] = [use(new Router({ context: there })), use(new Dealer({ context: here, routingId: "d" }))]
      if (first === "connect") dealer.connect(`inproc://${first}`)
      await router.bind(`inproc://${first}`)
      if (first === "bind") dealer.connect(`inproc://${first}`)
      await dealer.send(["a", "", Buffer.alloc(100_000, 7)])
      const [id, a, empty, large] = await router.receive()
      expect([String(id), String(a), empty!.length, large!.equals(Buffer.alloc(100_000, 7))]).to.deep.equal([
        "d",
        "a",
        0,
        true,
      ])
      await router.send(["d", "b"])
      expect(await texts(dealer, 1)).to.deep.equal(["b"])
    }
  })

  it("transfer subscriptions", async () => {
    const [publisher, subscriber] = [use(new XPublisher({ context: there })), use(new Subscriber({ context: here }))]
    await publisher.bind("inproc://news")
    subscriber.subscribe("a")
    subscriber.connect("inproc://news")
    expect(String(await publisher.receive())).to.equal("\x01a")
    await publisher.send("b")
    await publisher.send("a")
    expect(await texts(subscriber, 1)).to.deep.equal(["a"])
  })

  it("leave the memory of sent messages to the sender", async () => {
    const [push, pull] = await joined()
    await push.send("the port is found")
    await pull.receive()
    const body = Buffer.alloc(1000, 1)
    await push.send(body)
    expect(body.length).to.equal(1000)
    body.fill(2)
    expect((await pull.receive())[0]!.equals(Buffer.alloc(1000, 1))).to.equal(true)
  })

  it("queue as many messages as both high-water marks together", async () => {
    const [push, pull] = await joined([3, 4])
    await push.send("0")
    expect(await texts(pull, 1)).to.deep.equal(["0"])
    // When this reply arrives, the acknowledgment of the first message has arrived as well.
    const [asking, answering] = [use(new Pair({ context: here })), use(new Pair({ context: there }))]
    await answering.bind("inproc://order")
    asking.connect("inproc://order")
    await answering.send("now")
    await asking.receive()
    let sent = 0
    while (push.trySend(String(sent))) sent++
    expect(sent).to.equal(7)
    const waiting = push.send("last")
    expect(await texts(pull, 8)).to.deep.equal(["0", "1", "2", "3", "4", "5", "6", "last"])
    await waiting
  })

  it("deliver messages sent before the socket closed", async () => {
    const [push, pull] = await joined()
    for (let number = 0; number < 100; number++) await push.send(String(number))
    push.close()
    expect(await texts(pull, 100)).to.have.length(100)
  })

  it("count messages at the sender that the receiver has not received when its socket closes", async () => {
    const [push, pull] = await joined()
    await push.sendMany(Array.from({ length: 100 }, (_, index) => String(index)))
    expect(await texts(pull, 7)).to.have.length(7)
    pull.close()
    while (push.stats().peers > 0) await new Promise((resolve) => setImmediate(resolve))
    expect([push.stats().dropped, push.stats().queued.out, pull.stats().dropped]).to.deep.equal([93, 0, 0])
  })

  it("count messages at the sender that the other side has not received when it leaves", async () => {
    const [push, pull] = await joined()
    await push.sendMany(Array.from({ length: 100 }, (_, index) => String(index)))
    expect(await texts(pull, 7)).to.have.length(7)
    otherJoint.close()
    while (push.stats().peers > 0) await new Promise((resolve) => setImmediate(resolve))
    expect([push.stats().dropped, push.stats().queued.out]).to.deep.equal([93, 0])
  })

  it("count messages that the other side has not reported as received when this side leaves", async () => {
    const [push, pull] = await joined()
    await push.sendMany(Array.from({ length: 100 }, (_, index) => String(index)))
    expect(await texts(pull, 7)).to.have.length(7)
    joint.close()
    expect([push.stats().dropped, push.stats().queued.out]).to.deep.equal([100, 0])
  })

  it("count messages of pipes that were not accepted when a socket without linger closes", async () => {
    const [push] = await joined()
    push.linger = 0
    await push.send("one")
    await push.send("two")
    push.close()
    expect(push.stats().dropped).to.equal(2)
    const pair = use(new Pair({ context: there }))
    await pair.bind("inproc://subscriptions")
    const subscriber = use(new Subscriber({ context: here, linger: 0 }))
    subscriber.subscribe("a")
    subscriber.connect("inproc://subscriptions")
    subscriber.close()
    expect(subscriber.stats().dropped).to.equal(0)
  })

  it("end pipes with the port, after all their messages were received", async () => {
    const [push, pull] = await joined()
    await push.send("a")
    await push.send("b")
    expect(await texts(pull, 1)).to.deep.equal(["a"])
    joint.close()
    expect(push.writable).to.equal(false)
    expect(await texts(pull, 1)).to.deep.equal(["b"])
  })

  it("stop waiting for room at a peer that has left, even if its messages were not received yet", async () => {
    const router = use(new Router({ context: here, mandatory: true, sendHighWaterMark: 1 }))
    const dealer = use(new Dealer({ context: there, routingId: "full", receiveHighWaterMark: 1 }))
    await router.bind("inproc://name")
    dealer.connect("inproc://name")
    // Without another peer, the ROUTER would wait for one after the DEALER has left.
    const other = use(new Dealer({ context: here }))
    other.connect("inproc://name")
    await dealer.send("first words")
    await router.receive()
    await dealer.send("last words")
    while (router.trySend(["full", "a"]));
    const waiting = caught(router.send(["full", "b"]))
    while (!router.readable) await settled()
    dealer.close()
    expect(await waiting).to.include({ code: "EHOSTUNREACH" })
    expect((await router.receive()).map(String)).to.deep.equal(["full", "last words"])
  })

  it("reject a name that is known to be bound on the other side: EADDRINUSE", async () => {
    const [push, pull] = await joined()
    await push.send("the name is known")
    await pull.receive()
    const publisher = use(new Publisher({ context: here }))
    expect(await caught(publisher.bind("inproc://name"))).to.include({ code: "EADDRINUSE" })
  })

  it("keep a pipe for the next socket that binds its name", async () => {
    const [, pull] = await joined()
    await pull.unbind("inproc://name")
    const push = use(new Push({ context: here }))
    push.connect("inproc://name")
    await push.send("late")
    const next = use(new Pull({ context: there }))
    await next.bind("inproc://name")
    expect(await texts(next, 1)).to.deep.equal(["late"])
  })

  it("deliver messages of a socket that closed before its pipe was accepted", async () => {
    const [push, pull] = await joined()
    await push.send("the name is known")
    await pull.receive()
    const hasty = new Push({ context: here })
    hasty.connect("inproc://name")
    await hasty.send("late")
    hasty.close()
    expect(await texts(pull, 1)).to.deep.equal(["late"])
  })

  /** Resolves when the other side has processed everything sent before, and its answers have arrived. */
  async function settled(): Promise<void> {
    const [asking, answering] = [use(new Pair({ context: here })), use(new Pair({ context: there }))]
    await answering.bind("inproc://order")
    asking.connect("inproc://order")
    await asking.send("question")
    await answering.receive()
    await answering.send("answer")
    await asking.receive()
    asking.close()
    answering.close()
  }

  for (const conflating of ["sender", "receiver"]) {
    it(`keep only the newest message if the ${conflating} conflates`, async () => {
      const pull = use(new Pull({ context: there, conflate: conflating === "receiver" }))
      const push = use(new Push({ context: here, conflate: conflating === "sender" }))
      await pull.bind("inproc://name")
      push.connect("inproc://name")
      for (const text of ["a", "b", "c"]) await push.send(text)
      await settled()
      expect(await texts(pull, 1)).to.deep.equal(["c"])
      expect(pull.readable).to.equal(false)
    })
  }

  it("apply high-water marks that are changed later, on either side", async () => {
    const [push, pull] = await joined([1, 1])
    await push.send("0")
    expect(await texts(pull, 1)).to.deep.equal(["0"])
    const sent: string[] = []
    const fill = async (): Promise<number> => {
      await settled()
      while (push.trySend(String(sent.length))) sent.push(String(sent.length))
      return sent.length
    }
    expect(await fill()).to.equal(2)
    pull.receiveHighWaterMark = 9
    expect(await fill()).to.equal(10)
    push.sendHighWaterMark = 11
    expect(await fill()).to.equal(20)
    expect(await texts(pull, 20)).to.deep.equal(sent)
  })

  it("queue as many bytes as both marks together and one more message, and continue when half was received", async () => {
    const cost = costOf([Buffer.alloc(999), Buffer.alloc(1)])
    const pull = use(new Pull({ context: there, receiveHighWaterBytes: 3 * cost }))
    const push = use(new Push({ context: here, sendHighWaterBytes: 3 * cost }))
    await pull.bind("inproc://name")
    push.connect("inproc://name")
    await push.send(["", "0"])
    await pull.receive()
    await settled()
    let sent = 0
    const fill = async (): Promise<number> => {
      await settled()
      while (push.trySend([Buffer.alloc(999), String(sent % 10)])) sent++
      await settled()
      return sent
    }
    const receive = async (count: number): Promise<void> => {
      while (count-- > 0) expect((await pull.receive())[0]).to.have.length(999)
    }
    expect(await fill()).to.equal(6)
    await receive(1)
    expect(await fill()).to.equal(6)
    await receive(3)
    expect(await fill()).to.equal(10)
    push.sendHighWaterBytes = 4 * cost
    await receive(4)
    expect(await fill()).to.equal(15)
    pull.receiveHighWaterBytes = 0
    await settled()
    expect(push.writable).to.equal(true)
    await receive(7)
  })

  it("apply high-water marks that are changed before the other side has answered", async () => {
    const push = use(new Push({ context: there, sendHighWaterMark: 1 }))
    const pull = use(new Pull({ context: here, receiveHighWaterMark: 1 }))
    await push.bind("inproc://name")
    await settled()
    pull.connect("inproc://name")
    pull.receiveHighWaterMark = 9
    await settled()
    let sent = 0
    while (push.trySend(String(sent))) sent++
    expect(sent).to.equal(10)
  })

  it("drop messages with `linger: 0` whose pipe was not accepted yet, as within a context", async () => {
    const [, pull] = await joined()
    await settled()
    for (const linger of [0, -1]) {
      const push = new Push({ context: here, linger })
      push.connect("inproc://name")
      await push.send(String(linger))
      push.close()
    }
    expect(await texts(pull, 1)).to.deep.equal(["-1"])
  })

  describe("when a name is unbound while a socket connects to it", () => {
    for (const where of ["on the same side", "beyond another port", "beyond the same port"]) {
      it(`connect to the socket that binds it next: ${where}`, async () => {
        const third = new Context()
        const { port1, port2 } = new MessageChannel()
        use(joinContext(here, port1 as unknown as AnyPort))
        use(joinContext(third, port2 as unknown as AnyPort))
        const [old] = [use(new Pull({ context: there })), await joined()]
        await old.bind("inproc://old")
        await settled()
        const push = use(new Push({ context: here }))
        // This side has not been notified of the unbind yet.
        old.close()
        push.connect("inproc://old")
        await push.send("a")
        await settled()
        const context = { "on the same side": here, "beyond another port": third, "beyond the same port": there }[
          where
        ]!
        const pull = use(new Pull({ context }))
        await pull.bind("inproc://old")
        await push.send("b")
        expect(await texts(pull, 2)).to.deep.equal(["a", "b"])
        await pull.unbind("inproc://old")
        pull.close()
      })
    }

    it("wait for the next one if the port ends before the pipe was accepted", async () => {
      const [, first] = await joined()
      await settled()
      const push = use(new Push({ context: here }))
      push.connect("inproc://name")
      await push.send("a")
      joint.close()
      const pull = use(new Pull({ context: here }))
      await pull.bind("inproc://name")
      expect(await texts(pull, 1)).to.deep.equal(["a"])
      expect(first.readable).to.equal(false)
    })
  })

  describe("when the other side violates the protocol", () => {
    const MARK = "zmtp.port.1"
    const PEER = { socketType: "PUSH", routingId: new Uint8Array() }
    const LIMITS = { sendMark: 1000, receiveMark: 1000 }
    const OPEN = ["open", true, 0, "name", PEER, LIMITS]

    const faults: readonly (readonly [fault: string, ...words: readonly unknown[][]])[] = [
      ["an unknown message", ["shout", "name"]],
      ["an empty message", []],
      ["names that are not a list", ["names", 1]],
      ["a name that is not text", ["bound", 1]],
      ["a name that is too long", ["bound", "n".repeat(1025)]],
      ["holes instead of names", ["names", new Array(1_000_000)]],
      ["names with replaced array methods", ["names", Object.assign([1], { every: 1, map: 1 })]],
      ["frames with replaced array methods", OPEN, ["message", true, 0, Object.assign([1], { every: 1, map: 1 })]],
      ["holes instead of frames", OPEN, ["message", true, 0, new Array(2)]],
      ["holes after the kind", Object.assign(["shout"], { length: 1_000_000 })],
      ["a connection without a peer", ["open", true, 0, "name"]],
      ["a pipe without a number", ["open", true, -1, "name", PEER, LIMITS]],
      ["a routing id that is text", ["open", true, 0, "name", { ...PEER, routingId: "x" }, LIMITS]],
      ["a routing id that is too long", ["open", true, 0, "name", { ...PEER, routingId: new Uint8Array(256) }, LIMITS]],
      ["invalid marks", ["open", true, 0, "name", PEER, { sendMark: NaN }]],
      ["an invalid conflate setting", ["open", true, 0, "name", PEER, { conflatesSent: 1 }]],
      ["no marks", ["open", true, 0, "name", PEER, null]],
      ["one number for two pipes", OPEN, OPEN],
      ["a message of null", OPEN, ["message", true, 0, null]],
      ["a message without frames", OPEN, ["message", true, 0, []]],
      ["a frame of text", OPEN, ["message", true, 0, ["abc"]]],
      ["a frame that resembles bytes", OPEN, ["message", true, 0, [{ length: 3 }]]],
      ["a frame in shared memory", OPEN, ["message", true, 0, [new Uint8Array(new SharedArrayBuffer(3))]]],
      ["more received than was sent", OPEN, ["acknowledged", true, 0, 1]],
      ["a negative number of received messages", OPEN, ["acknowledged", true, 0, -1]],
    ]
    for (const [fault, ...words] of faults) {
      it(`leave the port, without losing earlier messages: ${fault}`, async () => {
        const { port1, port2 } = new MessageChannel()
        use(joinContext(here, port1 as unknown as AnyPort))
        const pull = use(new Pull({ context: here }))
        await pull.bind("inproc://name")
        port2.postMessage([MARK, "open", true, 7, "name", PEER, LIMITS])
        port2.postMessage([MARK, "message", true, 7, [Uint8Array.of(65)]])
        for (const word of words) {
          const { length } = word
          // For a message with a fake length, only the first parts are read.
          port2.postMessage(length < 10 ? [MARK, ...word] : Object.assign([MARK, ...word.slice(0, 1)], { length }))
        }
        port2.postMessage([MARK, "message", true, 7, [Uint8Array.of(66)]])
        await left(port2)
        expect(await texts(pull, 1)).to.deep.equal(["A"])
        expect(pull.readable).to.equal(false)
      })
    }

    it("do not throw for any message, in any order", () => {
      const number = fc.nat(2)
      const name = fc.constantFrom("name", "theirs", "other")
      const peer = fc.record({ socketType: fc.constantFrom("PUSH", "SUB", "", "?"), routingId: fc.uint8Array() })
      const limits = fc.record({ sendMark: fc.nat(2), receiveMark: fc.nat(2), conflatesSent: fc.boolean() })
      const anything = fc.anything({ withSparseArray: true, withTypedArray: true, withNullPrototype: true })
      const pipe = fc.oneof(
        fc.tuple(fc.constant("accepted"), fc.constant(false), number, peer, limits),
        fc.tuple(fc.constant("message"), fc.boolean(), number, fc.array(fc.uint8Array(), { minLength: 1 })),
        fc.tuple(fc.constant("acknowledged"), fc.boolean(), number, fc.nat(1)),
        fc.tuple(fc.constant("limits"), fc.boolean(), number, limits),
        fc.tuple(fc.constantFrom("end", "refused"), fc.boolean(), number),
      )
      const word = fc.oneof(
        { weight: 3, arbitrary: fc.tuple(fc.constant("open"), fc.constant(true), number, name, peer, limits) },
        { weight: 9, arbitrary: pipe },
        { weight: 2, arbitrary: fc.tuple(fc.constantFrom("bound", "released"), name) },
        { weight: 1, arbitrary: fc.tuple(fc.constantFrom("open", "message", "left", "names"), anything) },
        { weight: 1, arbitrary: fc.tuple(fc.constant("message"), fc.boolean(), number, anything) },
        { weight: 1, arbitrary: fc.tuple(fc.constant("open"), fc.constant(true), number, name, anything, anything) },
      )
      fc.assert(
        fc.property(
          fc.array(word, { maxLength: 30 }),
          fc.constantFrom(Pull, Push, XPublisher, Router),
          (words, Type) => {
            const listeners = new Set<(event: { data: unknown }) => void>()
            const port = {
              postMessage: () => undefined,
              addEventListener: (type: string, told: (event: { data: unknown }) => void) => {
                if (type === "message") listeners.add(told)
              },
              removeEventListener: (_: string, told: (event: { data: unknown }) => void) => listeners.delete(told),
            }
            const context = new Context()
            const joint = joinContext(context, port)
            const [bound, dealer] = [new Type({ context, linger: 0 }), new Dealer({ context, linger: 0 })]
            bound.bindSync("inproc://name")
            dealer.connect("inproc://theirs")
            for (const word of words) {
              for (const told of listeners) told({ data: [MARK, ...word] })
              if (dealer.writable) dealer.trySend("a")
              dealer.tryReceive()
              if (bound instanceof Push) bound.trySend("b")
              else bound.tryReceive()
            }
            joint.close()
            bound.close()
            dealer.close()
          },
        ),
        { numRuns: 1000 },
      )
    })

    it("leave the port if the other side uses a pipe that it has not accepted", async () => {
      for (const word of [
        ["message", false, 0, [Uint8Array.of(65)]],
        ["acknowledged", false, 0, 1],
        ["limits", false, 0, LIMITS],
      ]) {
        const { port1, port2 } = new MessageChannel()
        const context = new Context()
        use(joinContext(context, port1 as unknown as AnyPort))
        const dealer = use(new Dealer({ context }))
        dealer.connect("inproc://theirs")
        port2.postMessage([MARK, "bound", "theirs"])
        port2.postMessage([MARK, ...word])
        await left(port2)
        expect(dealer.readable).to.equal(false)
      }
    })

    it("leave the port if the other side binds too many names", async () => {
      const { port1, port2 } = new MessageChannel()
      use(joinContext(here, port1 as unknown as AnyPort))
      port2.postMessage([MARK, "names", Array.from({ length: MAX_NAMES + 1 }, (_, number) => String(number))])
      await left(port2)
      use(await bound(here, "0"))
    })
  })

  /** Resolves when the other side of `port` announces that it has left. */
  function left(port: MessagePort): Promise<void> {
    return new Promise((resolve) => {
      port.on("message", (word: unknown[]) => {
        if (word[1] === "left") resolve()
      })
    })
  }

  async function bound(context: Context, name: string): Promise<Pull> {
    const pull = new Pull({ context })
    await pull.bind(`inproc://${name}`)
    return pull
  }

  it("do not close `self` in a worker, which would terminate the worker", () => {
    let closed = 0
    const self = Object.assign(new EventTarget(), { postMessage: () => undefined, close: () => closed++ })
    const joint = joinContext(new Context(), self as unknown as AnyPort)
    joint.close()
    expect(closed).to.equal(0)
  })

  for (const [what, port, message] of [
    [
      "a window",
      () => {
        const window = Object.assign(new EventTarget(), { postMessage: () => undefined })
        return Object.assign(window, { window })
      },
      /to join a page or frame, create a MessageChannel/,
    ],
    [
      "a window of another origin, which only shows itself",
      () => {
        const window: object = new Proxy(Object.create(null) as object, {
          get: (_target, key) => {
            if (key === "window") return window
            throw new Error("SecurityError")
          },
        })
        return window
      },
      /got object; to join a page or frame, create a MessageChannel/,
    ],
    [
      "a BroadcastChannel",
      () => use(new BroadcastChannel("joined")),
      /got BroadcastChannel; it can have more than two ends/,
    ],
    ["a SharedWorker", () => ({ port: use(new MessageChannel().port1) }), /got Object; pass its `port` property/],
    ["nothing", () => undefined, /got undefined$/],
    ["a string", () => "port", /got string$/],
  ] as const) {
    it(`do not accept ${what}: TypeError`, () => {
      expect(() => joinContext(new Context(), port() as unknown as AnyPort)).to.throw(TypeError, message)
    })
  }

  it("ignore other messages on the port", async () => {
    const { port1, port2 } = new MessageChannel()
    const third = new Context()
    use(joinContext(third, port1 as unknown as AnyPort))
    for (const noise of [1, "names", ["names", ["x"]], { kind: "left" }]) port2.postMessage(noise)
    use(joinContext(there, port2 as unknown as AnyPort))
    const [push, pull] = [use(new Push({ context: third })), use(new Pull({ context: there }))]
    await pull.bind("inproc://third")
    push.connect("inproc://third")
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  })

  it("do not accept the context that all threads share: ENOTSUP", () => {
    const { port1 } = new MessageChannel()
    expect(() => joinContext(context, port1 as unknown as AnyPort))
      .to.throw()
      .that.includes({ code: "ENOTSUP" })
    port1.close()
  })
})
