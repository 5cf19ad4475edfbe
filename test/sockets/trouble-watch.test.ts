import { expect } from "chai"
import { Publisher, Pull, Push, Reply, Router, Subscriber, type EventOfType } from "../../src/index.js"
import { Dish } from "../../src/draft.js"
import { nodePlatform } from "../../src/platform/node/index.js"
import { createContext } from "../../src/sockets/context.js"
import { WARN_AFTER } from "../../src/sockets/trouble-watch.js"
import { closing } from "../support/closing.js"
import { FakeClock } from "../support/fake-clock.js"

/** A context whose time stands still, and what the process was warned of by its sockets. */
function quietContext(options?: { warnings: boolean }) {
  const clock = new FakeClock()
  const warnings: string[] = []
  const platform = { ...nodePlatform, clock, warn: (text: string) => warnings.push(text) }
  return { clock, warnings, context: createContext(platform, options) }
}

/** Resolves with the error of the next failed handshake. */
function failure(socket: Push | Subscriber | Reply): Promise<Error> {
  return new Promise((resolve) => {
    socket.events.on("handshake:error:protocol", ({ error }: EventOfType<"handshake:error:protocol">) => {
      resolve(error)
    })
  })
}

describe("process warnings", () => {
  const use = closing()

  it("SHALL name messages that wait for a peer that has never appeared, once", async () => {
    const { clock, warnings, context } = quietContext()
    const push = use(new Push({ context, linger: 0, reconnectInterval: -1 }))
    push.connect("inproc://nobody")
    await push.send("one")
    await push.send("two")
    clock.advance(WARN_AFTER - 1)
    expect(warnings).to.deep.equal([])
    clock.advance(1)
    expect(warnings).to.deep.equal([
      "PUSH socket: 2 messages wait for a peer, and none has appeared at inproc://nobody. Set 'context.warnings = false' to hide this.",
    ])
    clock.advance(100 * WARN_AFTER)
    expect([warnings.length, clock.waiting]).to.deep.equal([1, 0])
  })

  it("SHALL count calls of send that wait, also when they come later", async () => {
    const { clock, warnings, context } = quietContext()
    const push = use(new Push({ context }))
    await push.bind("inproc://waiting")
    clock.advance(WARN_AFTER)
    expect(warnings).to.deep.equal([])
    const sent = push.send("one").catch(() => "never sent")
    clock.advance(2 * WARN_AFTER)
    expect(warnings.map((text) => text.slice(0, 41))).to.deep.equal(["PUSH socket: 1 message waits for a peer, "])
    push.close()
    expect(await sent).to.equal("never sent")
  })

  it("SHALL name a Subscriber and a Dish that have subscribed to nothing", async () => {
    const { clock, warnings, context } = quietContext()
    const publisher = use(new Publisher({ context }))
    await publisher.bind("inproc://topics")
    const [silent, busy] = [use(new Subscriber({ context })), use(new Subscriber({ context }))]
    const all = use(new Subscriber({ context, invertMatching: true }))
    for (const subscriber of [silent, busy, all]) subscriber.connect("inproc://topics")
    busy.subscribe("news")
    const dish = use(new Dish({ context }))
    await dish.bind("inproc://groups")
    clock.advance(WARN_AFTER)
    expect(warnings).to.deep.equal(
      ["SUB", "DISH"].map(
        (type) =>
          `${type} socket: it has no subscription, so it receives nothing. Set 'context.warnings = false' to hide this.`,
      ),
    )
  })

  it("SHALL name both socket types of handshakes that fail", async () => {
    const { clock, warnings, context } = quietContext()
    const reply = use(new Reply())
    await reply.bind("tcp://127.0.0.1:*")
    const subscriber = use(new Subscriber({ context, reconnectInterval: -1 }))
    subscriber.subscribe()
    const failed = failure(subscriber)
    subscriber.connect(reply.lastEndpoint!)
    await failed
    clock.advance(3 * WARN_AFTER)
    expect(warnings[0]).to.equal(
      `SUB socket: handshakes at ${reply.lastEndpoint!} fail: SUB cannot talk to "REP". Set 'context.warnings = false' to hide this.`,
    )
  })

  it("SHALL name both mechanisms", async () => {
    const { clock, warnings, context } = quietContext()
    const reply = use(new Reply({ context }))
    await reply.bind("tcp://127.0.0.1:*")
    const failed = failure(reply)
    const push = use(new Push({ plainUsername: "me", plainPassword: "secret", reconnectInterval: -1 }))
    push.connect(reply.lastEndpoint!)
    await failed
    clock.advance(3 * WARN_AFTER)
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.include('Peer uses "PLAIN", this socket uses "NULL"')
  })

  it("SHALL stay silent about sockets that work, or that have closed", async () => {
    const { clock, warnings, context } = quietContext()
    const [router, pull, push] = [new Router({ context }), new Pull({ context }), new Push({ context })]
    await router.bind("inproc://idle")
    await pull.bind("inproc://works")
    push.connect("inproc://works")
    await push.send("one")
    clock.advance(WARN_AFTER)
    const lost = new Push({ context, linger: 0 })
    lost.connect("inproc://nobody")
    await lost.send("one")
    for (const socket of [router, pull, push, lost]) socket.close()
    clock.advance(100 * WARN_AFTER)
    expect([warnings, clock.waiting]).to.deep.equal([[], 0])
  })

  it("SHALL NOT come in a context that wants none", async () => {
    const { clock, warnings, context } = quietContext({ warnings: false })
    expect(context.warnings).to.equal(false)
    const push = use(new Push({ context, linger: 0 }))
    push.connect("inproc://nobody")
    await push.send("one")
    clock.advance(100 * WARN_AFTER)
    expect(warnings).to.deep.equal([])
  })
})
