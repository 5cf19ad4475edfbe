import { expect } from "chai"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import { text } from "node:stream/consumers"
import { Dish, Radio } from "../../src/draft.js"
import { Dealer, Publisher, Pull, Push, Router, Subscriber, XPublisher } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { GREETING, READY } from "../support/raw-peer.js"
import { caught } from "../support/receiving.js"
import { moduleOf } from "../support/runtime.js"

describe("peersReady", () => {
  const use = closing()

  for (const endpoint of ["tcp://127.0.0.1:*", "ipc://*", "ws://127.0.0.1:*/", "inproc"]) {
    it(`resolves when as many peers are connected, on either side of ${endpoint}`, async () => {
      const pull = use(new Pull())
      const pushes = [use(new Push()), use(new Push())]
      const two = pull.peersReady(2)
      await pull.bind(endpoint === "inproc" ? freeInproc() : endpoint)
      await pull.peersReady(0)
      const sending = pushes.map(async (push) => {
        push.connect(pull.lastEndpoint!)
        await push.peersReady()
      })
      await two
      await Promise.all(sending)
      expect(pull.stats().peers).to.equal(2)
      // The peers are already connected.
      await pull.peersReady(2, { timeout: 0 })
    })
  }

  it("counts a peer from the end of its handshake until it disconnects", async () => {
    const pull = use(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    const peer = connect(Number(pull.lastEndpoint!.split(":").pop()), "127.0.0.1")
    const accepted = (async () => {
      for await (const { type } of pull.events) if (type === "accept") return
    })()
    peer.write(GREETING)
    await accepted
    expect(await caught(pull.peersReady(1, { timeout: 0 }))).to.include({ code: "EAGAIN" })
    const ready = pull.peersReady()
    peer.write(READY.PUSH)
    await ready
    peer.destroy()
    for await (const { type } of pull.events) if (type === "disconnect") break
    expect(await caught(pull.peersReady(1, { timeout: 0 }))).to.include({ code: "EAGAIN" })
  })

  for (const Type of [Publisher, XPublisher]) {
    it(`counts the subscribers of a topic with a ${Type.name}`, async () => {
      const publisher = use(new Type())
      await publisher.bind("tcp://127.0.0.1:*")
      const [all, news, weather] = Array.from({ length: 3 }, () => use(new Subscriber()))
      for (const subscriber of [all!, news!, weather!]) subscriber.connect(publisher.lastEndpoint!)
      await publisher.peersReady(3)
      expect(await caught(publisher.peersReady(1, { topic: "news", timeout: 0 }))).to.include({ code: "EAGAIN" })
      const two = publisher.peersReady(2, { topic: "news.today" })
      const bytes = publisher.peersReady(1, { topic: new Uint8Array([0x77, 0x65]) })
      news!.subscribe("news")
      weather!.subscribe("we")
      all!.subscribe()
      await Promise.all([two, bytes])
      await publisher.send("news.today")
      expect(await Promise.all([all, news].map(async (socket) => String(await socket!.receive())))).to.deep.equal([
        "news.today",
        "news.today",
      ])
      expect(await caught(publisher.peersReady(3, { topic: "news", timeout: 0 }))).to.include({ code: "EAGAIN" })
      await publisher.peersReady(2, { topic: "we", timeout: 0 })
    })
  }

  it("counts subscribers that an XPublisher has subscribed with `manual`", async () => {
    const publisher = use(new XPublisher({ manual: true }))
    const subscriber = use(new Subscriber())
    await publisher.bind(freeInproc())
    subscriber.connect(publisher.lastEndpoint!)
    subscriber.subscribe("asked for")
    const ready = publisher.peersReady(1, { topic: "given" })
    expect(String(await publisher.receive())).to.equal("\x01asked for")
    publisher.subscribe("given")
    await ready
    expect(await caught(publisher.peersReady(1, { topic: "asked for", timeout: 0 }))).to.include({ code: "EAGAIN" })
  })

  it("counts the members of a group with a Radio", async () => {
    const radio = use(new Radio())
    await radio.bind("tcp://127.0.0.1:*")
    const dishes = [use(new Dish()), use(new Dish())]
    const ready = radio.peersReady(2, { topic: "group" })
    for (const dish of dishes) dish.connect(radio.lastEndpoint!)
    for (const dish of dishes) dish.join("group")
    await ready
    expect(await caught(radio.peersReady(1, { topic: "gro", timeout: 0 }))).to.include({ code: "EAGAIN" })
  })

  it("waits for different numbers independently", async () => {
    const router = use(new Router())
    await router.bind(freeInproc())
    const three = caught(router.peersReady(3, { timeout: 1000 }))
    const one = router.peersReady(1)
    use(new Dealer()).connect(router.lastEndpoint!)
    await one
    router.close()
    await three
  })

  it("rejects with EAGAIN after `timeout`, and reports how many are connected", async () => {
    const push = use(new Push())
    await push.bind(freeInproc())
    use(new Pull()).connect(push.lastEndpoint!)
    for (const timeout of [0, 1]) {
      const error = await caught(push.peersReady(2, { timeout }))
      expect(error).to.include({ code: "EAGAIN", message: "Operation was not possible or timed out" })
      expect(error.cause).to.have.property("message", "1 of 2 peers are ready")
    }
    const publisher = use(new Publisher())
    const { cause } = await caught(publisher.peersReady(1, { topic: "x", timeout: 0 }))
    expect(cause).to.have.property("message", "0 of 1 subscribers of the topic are ready")
  })

  it("rejects with the reason of its signal", async () => {
    const push = use(new Push())
    const controller = new AbortController()
    const { signal } = controller
    const waiting = caught(push.peersReady(1, { signal }))
    controller.abort("enough")
    expect(await waiting).to.equal("enough")
    expect(await caught(push.peersReady(1, { signal }))).to.equal("enough")
  })

  it("rejects with EAGAIN when the socket closes, and with EBADF afterward", async () => {
    const push = use(new Push())
    const waiting = caught(push.peersReady())
    push.close()
    const error = await waiting
    expect(error).to.include({ code: "EAGAIN" })
    expect(error.cause).to.have.property("message", "The socket was closed")
    expect(await caught(push.peersReady())).to.include({ code: "EBADF" })
  })

  it("rejects an invalid number of peers, an invalid topic, and a topic for a socket without subscribers", async () => {
    const push = use(new Push())
    for (const count of [-1, 1.5, NaN, Infinity]) {
      expect(await caught(push.peersReady(count))).to.include({
        code: "EINVAL",
        message: `Invalid count ${count}: expected a whole number of peers`,
      })
    }
    expect(await caught(push.peersReady("2" as never))).to.be.instanceOf(TypeError)
    expect(await caught(push.peersReady(1, null as never))).to.be.instanceOf(TypeError)
    expect(await caught(push.peersReady(1, { timeout: -2 }))).to.include({ code: "EINVAL" })
    expect(await caught(use(new Publisher()).peersReady(1, { topic: 5 as never }))).to.be.instanceOf(TypeError)
    const error = await caught(push.peersReady(1, { topic: "x" }))
    expect(error).to.include({ code: "ENOTSUP" })
    expect(error.cause).to.have.property("message", "Socket type PUSH has no subscribers to count")
  })

  it("keeps the process alive, and an unreferenced socket open", async () => {
    const program = `
      import { Pull, Push } from "${new URL("../../src/index.ts", import.meta.url).href}"
      const pull = new Pull()
      await pull.bind("tcp://127.0.0.1:*")
      const later = new Pull()
      await later.bind("tcp://127.0.0.1:*")
      const endpoints = [pull.lastEndpoint, later.lastEndpoint]
      await later.unbind(later.lastEndpoint)
      const ready = (() => {
        const push = new Push()
        for (const endpoint of endpoints) push.connect(endpoint)
        return push.peersReady(2).then(() => "both are ready")
      })()
      await pull.peersReady()
      for (let count = 0; count < 5; count++) {
        await new Promise((resolve) => setImmediate(resolve))
        gc()
      }
      void later.bind(endpoints[1])
      const left = (async () => {
        for await (const { type } of pull.events) if (type === "disconnect") return "left"
      })()
      console.log(await Promise.race([ready, left]))
      process.exit()`
    const child = spawn(process.execPath, moduleOf(program, { typescript: true, gc: true }), {
      stdio: ["ignore", "pipe", "inherit"],
    })
    const output = text(child.stdout)
    await once(child, "exit")
    expect(await output).to.equal("both are ready\n")
  })
})
