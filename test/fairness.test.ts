import { expect } from "chai"
import { Pull, Push, Router, Dealer } from "../src/index.js"
import { closing } from "./support/closing.js"

/** Maximum number of operations before the event loop turns. */
const SENDS = 8192
const RECEIVES = 1024

describe("a loop of operations that succeed immediately", () => {
  const use = closing()

  async function pair(): Promise<[Push, Pull]> {
    const pull = use(new Pull({ receiveHighWaterMark: 0 }))
    await pull.bind("inproc://fairness")
    const push = use(new Push())
    push.connect("inproc://fairness")
    return [push, pull]
  }

  /** Number of times that `operation` runs before the event loop turns. */
  async function countOf(operation: () => Promise<unknown>): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve))
    const loop = { turned: false }
    setImmediate(() => (loop.turned = true))
    let count = 0
    for (; !loop.turned; count++) await operation()
    return count
  }

  it("lets the event loop turn while it sends", async () => {
    const [push] = await pair()
    expect(await countOf(() => push.send("x"))).to.be.within(2, SENDS + 1)
  })

  it("lets the event loop turn while it sends batches", async () => {
    const [push] = await pair()
    const batch = Array.from({ length: 100 }, () => "x")
    expect(await countOf(() => push.sendMany(batch))).to.be.within(2, SENDS / 100 + 1)
  })

  it("lets the event loop turn sooner while it receives, so that other peers are served", async () => {
    const [push, pull] = await pair()
    await push.sendMany(Array.from({ length: 10_000 }, () => "x"))
    expect(await countOf(() => pull.receive())).to.be.within(2, RECEIVES + 1)
  })

  it("lets the event loop turn while it iterates", async () => {
    const [push, pull] = await pair()
    await push.sendMany(Array.from({ length: 10_000 }, () => "x"))
    const messages = pull[Symbol.asyncIterator]()
    expect(await countOf(() => messages.next())).to.be.within(2, RECEIVES + 1)
  })

  it("lets timers run", async () => {
    const [push] = await pair()
    const timer = { fired: false }
    setTimeout(() => (timer.fired = true), 1)
    for (let count = 0; !timer.fired; count++) {
      if (count % 100_000 === 0) expect(count, "sends before the timer").to.be.below(20_000_000)
      await push.send("x")
    }
  })
})

describe("a peer that floods", () => {
  const use = closing()

  it("does not starve other peers", async () => {
    const router = use(new Router({ receiveHighWaterMark: 0 }))
    await router.bind("inproc://flooded")
    const flooder = use(new Dealer({ routingId: "flooder" }))
    const quiet = use(new Dealer({ routingId: "quiet" }))
    flooder.connect("inproc://flooded")
    quiet.connect("inproc://flooded")
    await flooder.sendMany(Array.from({ length: 5000 }, () => "flood"))
    await router.receive()
    await quiet.send("question")
    const senders = [await router.receive(), await router.receive()].map(([id]) => String(id))
    expect(senders).to.include("quiet")
  })

  it("does not starve other peers over tcp, where they share the event loop", async () => {
    const router = use(new Router())
    await router.bind("tcp://127.0.0.1:*")
    const flooder = use(new Dealer({ linger: 0 }))
    const quiet = use(new Dealer({ routingId: "quiet", linger: 0 }))
    flooder.connect(router.lastEndpoint!)
    quiet.connect(router.lastEndpoint!)
    const flood = { over: false }
    const flooding = (async () => {
      while (!flood.over) await flooder.send("flood")
    })()
    const answering = (async () => {
      for await (const [id, text] of router) {
        if (String(text) === "question") await router.send([id!, "answer"])
      }
    })()
    for (let turn = 0; turn < 20; turn++) {
      await quiet.send("question")
      expect(String(await quiet.receive())).to.equal("answer")
    }
    flood.over = true
    await flooding
    router.close()
    await answering
  })
})
