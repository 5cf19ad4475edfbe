import { expect } from "chai"
import { Dealer, Pair, Pull, Push, Request, Router, Subscriber, XPublisher } from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { freeInproc } from "../../support/endpoints.js"
import { caught, texts } from "../../support/receiving.js"

describe("inproc", () => {
  const use = closing()
  let endpoint: string

  beforeEach(() => {
    endpoint = freeInproc()
  })

  it("accepts any text as a name, and distinguishes names by every character", async () => {
    const names = ["a", "A", "a ", "a:b/c", "\u00e9", "*"].map((name) => `${endpoint}${name}`)
    const pulls = names.map(() => use(new Pull()))
    for (const [index, pull] of pulls.entries()) await pull.bind(names[index]!)
    for (const name of names) {
      const push = use(new Push())
      push.connect(name)
      await push.send(name)
    }
    expect((await Promise.all(pulls.map((pull) => texts(pull, 1)))).flat()).to.deep.equal(names)
  })

  it("counts lost messages when a socket without linger disconnects from an unbound name", async () => {
    const ways = [(push: Push) => push.disconnect(endpoint), (push: Push) => push.close()]
    for (const leave of ways) {
      const push = use(new Push({ linger: 0 }))
      push.connect(endpoint)
      await push.send("one")
      await push.send("two")
      leave(push)
      expect(push.stats()).to.include({ sent: 2, dropped: 2 })
    }
    const subscriber = use(new Subscriber({ linger: 0 }))
    subscriber.connect(endpoint)
    subscriber.subscribe("a topic")
    subscriber.close()
    expect(subscriber.stats().dropped).to.equal(0)
    const pull = use(new Pull({ receiveTimeout: 0 }))
    await pull.bind(endpoint)
    expect(await caught(pull.receive())).to.include({ code: "EAGAIN" })
  })

  it("counts messages at the sender once that the receiver has not received when it leaves", async () => {
    for (const senderFirst of [false, true]) {
      const name = freeInproc()
      const pull = use(new Pull())
      await pull.bind(name)
      const push = use(new Push())
      push.connect(name)
      for (const number of "123") await push.send(number)
      expect(await texts(pull, 1)).to.deep.equal(["1"])
      const sockets = senderFirst ? [push, pull] : [pull, push]
      for (const socket of sockets) socket.close()
      expect([push.stats().dropped, push.stats().queued.out, pull.stats().dropped]).to.deep.equal([2, 0, 0])
    }
    const publisher = use(new XPublisher())
    await publisher.bind(endpoint)
    const subscriber = use(new Subscriber())
    subscriber.connect(endpoint)
    subscriber.subscribe("a topic")
    publisher.close()
    expect(subscriber.stats().dropped).to.equal(0)
  })

  it("attaches all connected sockets, in order, when the name is bound", async () => {
    const pull = use(new Pull())
    for (const number of "123") {
      const push = use(new Push())
      push.connect(endpoint)
      await push.send(number)
    }
    await pull.bind(endpoint)
    expect(await texts(pull, 3)).to.deep.equal(["1", "2", "3"])
  })

  it("transmits routing ids, whichever side binds", async () => {
    for (const first of ["bind", "connect"]) {
      const name = freeInproc()
      const [router, dealer] = [use(new Router()), use(new Dealer({ routingId: "me" }))]
      if (first === "connect") dealer.connect(name)
      await router.bind(name)
      if (first === "bind") dealer.connect(name)
      await dealer.send("hi")
      expect((await router.receive()).map(String)).to.deep.equal(["me", "hi"])
      await router.send(["me", "ho"])
      expect(await texts(dealer, 1)).to.deep.equal(["ho"])
    }
  })

  it("transmits subscriptions made before the name is bound", async () => {
    const [publisher, subscriber] = [use(new XPublisher()), use(new Subscriber())]
    subscriber.connect(endpoint)
    subscriber.subscribe("A")
    await publisher.bind(endpoint)
    expect(await texts(publisher, 1)).to.deep.equal(["\x01A"])
    subscriber.close()
    expect(await texts(publisher, 1)).to.deep.equal(["\x00A"])
  })

  it("does not reconnect when the bound socket closes", async () => {
    const [pull, successor] = [use(new Pull()), use(new Pull())]
    const push = use(new Push({ sendTimeout: 0 }))
    await pull.bind(endpoint)
    push.connect(endpoint)
    pull.close()
    expect(push.writable).to.equal(false)
    await successor.bind(endpoint)
    expect(await caught(push.send("x"))).to.include({ code: "EAGAIN" })
    expect(() => push.disconnect(endpoint))
      .to.throw()
      .that.includes({ code: "ENOENT" })
  })

  it("lets the bound socket receive messages sent before disconnect", async () => {
    const [push, pull] = [use(new Push()), use(new Pull())]
    await pull.bind(endpoint)
    push.connect(endpoint)
    await push.send("1")
    push.disconnect(endpoint)
    expect(await texts(pull, 1)).to.deep.equal(["1"])
  })

  it("removes a socket that disconnects with linger 0 before the name is bound", async () => {
    const [push, pull] = [use(new Push({ linger: 0 })), use(new Pull({ receiveTimeout: 0 }))]
    push.connect(endpoint)
    await push.send("x")
    push.disconnect(endpoint)
    await pull.bind(endpoint)
    expect(await caught(pull.receive())).to.include({ code: "EAGAIN" })
  })

  it("removes a socket that closes without having sent anything", async () => {
    const [request, pull] = [use(new Request()), use(new Pull({ receiveTimeout: 0 }))]
    request.connect(endpoint)
    request.close()
    await pull.bind(endpoint)
    expect(await caught(pull.receive())).to.include({ code: "EAGAIN" })
  })

  it("ignores `immediate`", async () => {
    const push = use(new Push({ immediate: true }))
    push.connect(endpoint)
    await push.send("x")
    const pull = use(new Pull())
    await pull.bind(endpoint)
    expect(await texts(pull, 1)).to.deep.equal(["x"])
  })

  it("rejects a second peer of a PAIR", async () => {
    const [pair, first, second] = [use(new Pair()), use(new Pair()), use(new Pair({ sendTimeout: 0 }))]
    first.connect(endpoint)
    second.connect(endpoint)
    await pair.bind(endpoint)
    expect(await caught(second.send("x"))).to.include({ code: "EAGAIN" })
    await first.send("the first")
    expect(await texts(pair, 1)).to.deep.equal(["the first"])
  })

  it("rejects a second peer of a PAIR while it connects", async () => {
    const [pair, first, second] = [use(new Pair()), use(new Pair()), use(new Pair({ sendTimeout: 0 }))]
    await pair.bind(endpoint)
    first.connect(endpoint)
    second.connect(endpoint)
    expect(await caught(second.send("x"))).to.include({ code: "EAGAIN" })
    await first.send("the first")
    expect(await texts(pair, 1)).to.deep.equal(["the first"])
  })
})
