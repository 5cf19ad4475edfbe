import { expect } from "chai"
import { MessageChannel } from "node:worker_threads"
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
} from "../../src/index.js"
import { joinContext, type Joint } from "../../src/join-context.js"
import type { AnyPort } from "../../src/transports/ports.js"
import { closing } from "../support/closing.js"
import { caught, texts } from "../support/receiving.js"

describe("contexts that are joined by a port", () => {
  const use = closing()
  let here: Context
  let there: Context
  let joint: Joint

  beforeEach(() => {
    here = new Context()
    there = new Context()
    const { port1, port2 } = new MessageChannel()
    joint = use(joinContext(here, port1 as unknown as AnyPort))
    use(joinContext(there, port2 as unknown as AnyPort))
  })

  async function joined(marks: [send: number, receive: number] = [1000, 1000]): Promise<[Push, Pull]> {
    const pull = use(new Pull({ context: there, receiveHighWaterMark: marks[1] }))
    const push = use(new Push({ context: here, sendHighWaterMark: marks[0] }))
    await pull.bind("inproc://name")
    push.connect("inproc://name")
    return [push, pull]
  }

  it("SHALL end the pipe of a peer that subscribes to too much, and nothing else", async () => {
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

  it("SHALL carry messages both ways, whoever binds first", async () => {
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

  it("SHALL carry subscriptions", async () => {
    const [publisher, subscriber] = [use(new XPublisher({ context: there })), use(new Subscriber({ context: here }))]
    await publisher.bind("inproc://news")
    subscriber.subscribe("a")
    subscriber.connect("inproc://news")
    expect(String(await publisher.receive())).to.equal("\x01a")
    await publisher.send("b")
    await publisher.send("a")
    expect(await texts(subscriber, 1)).to.deep.equal(["a"])
  })

  it("SHALL leave the memory of what was sent to the sender", async () => {
    const [push, pull] = await joined()
    await push.send("the port is found")
    await pull.receive()
    const body = Buffer.alloc(1000, 1)
    await push.send(body)
    expect(body.length).to.equal(1000)
    body.fill(2)
    expect((await pull.receive())[0]!.equals(Buffer.alloc(1000, 1))).to.equal(true)
  })

  it("SHALL hold as many messages as both high-water marks together", async () => {
    const [push, pull] = await joined([3, 4])
    await push.send("0")
    expect(await texts(pull, 1)).to.deep.equal(["0"])
    // A reply of the receiver comes after its word that it has received.
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

  it("SHALL deliver what was sent before the socket closed", async () => {
    const [push, pull] = await joined()
    for (let number = 0; number < 100; number++) await push.send(String(number))
    push.close()
    expect(await texts(pull, 100)).to.have.length(100)
  })

  it("SHALL end pipes with the port, once what has come is received", async () => {
    const [push, pull] = await joined()
    await push.send("a")
    await push.send("b")
    expect(await texts(pull, 1)).to.deep.equal(["a"])
    joint.close()
    expect(push.writable).to.equal(false)
    expect(await texts(pull, 1)).to.deep.equal(["b"])
  })

  it("SHALL refuse a name that is known to be bound on the other side: EADDRINUSE", async () => {
    const [push, pull] = await joined()
    await push.send("the name is known")
    await pull.receive()
    const publisher = use(new Publisher({ context: here }))
    expect(await caught(publisher.bind("inproc://name"))).to.include({ code: "EADDRINUSE" })
  })

  it("SHALL let a pipe wait for whoever binds a name next", async () => {
    const [, pull] = await joined()
    await pull.unbind("inproc://name")
    const push = use(new Push({ context: here }))
    push.connect("inproc://name")
    await push.send("late")
    const next = use(new Pull({ context: there }))
    await next.bind("inproc://name")
    expect(await texts(next, 1)).to.deep.equal(["late"])
  })

  it("SHALL deliver what was sent by a socket that closed before its pipe was taken", async () => {
    const [push, pull] = await joined()
    await push.send("the name is known")
    await pull.receive()
    const hasty = new Push({ context: here })
    hasty.connect("inproc://name")
    await hasty.send("late")
    hasty.close()
    expect(await texts(pull, 1)).to.deep.equal(["late"])
  })

  /** Resolves when all that was said on this side before has come to the other, and its answers have come back. */
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
    it(`SHALL keep the newest message alone where the ${conflating} conflates`, async () => {
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

  it("SHALL go by high-water marks that are changed later, on either side", async () => {
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

  it("SHALL pass over what else comes through the port", async () => {
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

  it("SHALL not be joined to the context that all threads share: ENOTSUP", () => {
    const { port1 } = new MessageChannel()
    expect(() => joinContext(context, port1 as unknown as AnyPort))
      .to.throw()
      .that.includes({ code: "ENOTSUP" })
    port1.close()
  })
})
