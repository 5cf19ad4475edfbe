import { expect } from "chai"
import { Publisher, Pull, Push, Reply, Request, Router, Subscriber, type EventOfType } from "../../src/index.js"
import { Dish } from "../../src/draft.js"
import type { WarningOptions } from "../../src/core/runtime/runtime.js"
import { nodePlatform } from "../../src/platform/node/index.js"
import { createContext } from "../../src/sockets/context.js"
import { WARN_AFTER } from "../../src/platform/trouble-watch.js"
import { closing } from "../support/closing.js"
import { FakeClock } from "../support/fake-clock.js"

/** A context whose clock stands still, and the process warnings that its sockets have caused. */
function quietContext(options?: { warnings: boolean }) {
  const clock = new FakeClock()
  const warnings: string[] = []
  const warn = (text: string, { code = "", detail = "" }: WarningOptions = {}): void => {
    expect(detail).to.equal("Set 'context.warnings = false' to hide this.")
    warnings.push(`${code} ${text}`)
  }
  const platform = { ...nodePlatform, clock, warn }
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

  it("name messages that wait for a peer that has never connected, once", async () => {
    const { clock, warnings, context } = quietContext()
    const push = use(new Push({ context, linger: 0, reconnectInterval: -1 }))
    push.connect("inproc://nobody")
    await push.send("one")
    await push.send("two")
    clock.advance(2 * WARN_AFTER - 1)
    expect(warnings).to.deep.equal([])
    clock.advance(1)
    expect(warnings).to.deep.equal([
      "ZMTP_NO_PEER PUSH socket: 2 messages are waiting for a peer, but none has connected at inproc://nobody",
    ])
    await push.send("three")
    push.connect("inproc://also nobody")
    clock.advance(100 * WARN_AFTER)
    expect([warnings.length, clock.waiting]).to.deep.equal([1, 0])
  })

  it("count pending calls of send, also later ones", async () => {
    const { clock, warnings, context } = quietContext()
    const push = use(new Push({ context }))
    await push.bind("inproc://waiting")
    clock.advance(3 * WARN_AFTER - 1)
    expect(warnings).to.deep.equal([])
    const sent = push.send("one").catch(() => "never sent")
    // When the watch first sees it, it has not waited long yet.
    clock.advance(WARN_AFTER)
    expect(warnings).to.deep.equal([])
    clock.advance(1)
    expect(warnings).to.deep.equal([
      "ZMTP_NO_PEER PUSH socket: 1 message is waiting for a peer, but none has connected at inproc://waiting",
    ])
    push.close()
    expect(await sent).to.equal("never sent")
  })

  it("name a Subscriber and a Dish without subscriptions", async () => {
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
        (type) => `ZMTP_NO_SUBSCRIPTION ${type} socket: it has no subscription, so it receives nothing`,
      ),
    )
  })

  it("name both socket types of failing handshakes", async () => {
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
      `ZMTP_HANDSHAKES_FAIL SUB socket: handshakes at ${reply.lastEndpoint!} fail: SUB cannot talk to "REP"`,
    )
    expect([warnings.length, clock.waiting]).to.deep.equal([1, 0])
  })

  it("name both mechanisms", async () => {
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

  it("are not emitted for sockets that work or have closed", async () => {
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

  it("need a timer only while there may be a problem", async () => {
    const { clock, warnings, context } = quietContext()
    const [publisher, pull, push] = [
      use(new Publisher({ context })),
      use(new Pull({ context })),
      use(new Push({ context })),
    ]
    // PUB deliberately drops messages without subscribers, so this is no reason for a warning.
    await publisher.bind("inproc://news")
    await publisher.send("nobody listens")
    const busy = use(new Subscriber({ context }))
    busy.subscribe("news")
    busy.connect("inproc://nowhere")
    await pull.bind("inproc://tasks")
    expect(clock.waiting).to.equal(0)
    // The timer stops when a peer connects, and does not restart when it leaves.
    push.connect("inproc://later")
    expect(clock.waiting).to.equal(1)
    const later = use(new Pull({ context }))
    await later.bind("inproc://later")
    expect([clock.waiting, push.stats().peers]).to.deep.equal([0, 1])
    later.close()
    await push.bind("inproc://more")
    const sent = push.send("one").catch(() => "never sent")
    clock.advance(100 * WARN_AFTER)
    expect([warnings, clock.waiting]).to.deep.equal([[], 0])
    push.close()
    await sent
  })

  it("are not emitted if a handshake at the endpoint succeeds in time", async () => {
    const { clock, warnings, context } = quietContext()
    const reply = use(new Reply({ context }))
    await reply.bind("tcp://127.0.0.1:*")
    const failed = failure(reply)
    const wrong = use(new Push({ reconnectInterval: -1 }))
    wrong.connect(reply.lastEndpoint!)
    await failed
    clock.advance(WARN_AFTER)
    const request = use(new Request())
    const ready = new Promise((resolve) => reply.events.on("handshake", resolve))
    request.connect(reply.lastEndpoint!)
    await ready
    clock.advance(100 * WARN_AFTER)
    expect([warnings, clock.waiting]).to.deep.equal([[], 0])
  })

  it("are not emitted for connections that fail after the socket has closed", async () => {
    const { clock, warnings, context } = quietContext()
    const pull = use(new Pull({ plainServer: true, authenticate: () => false }))
    await pull.bind("tcp://127.0.0.1:*")
    const push = new Push({ context, plainUsername: "me", plainPassword: "secret", linger: 50 * WARN_AFTER })
    push.connect(pull.lastEndpoint!)
    await push.send("one")
    const refused = new Promise((resolve) => {
      pull.events.on("handshake:error:auth", resolve)
    })
    push.close()
    await refused
    clock.advance(100 * WARN_AFTER)
    expect(warnings).to.deep.equal([])
  })

  it("are not emitted in a context that disables them", async () => {
    const { clock, warnings, context } = quietContext({ warnings: false })
    expect(context.warnings).to.equal(false)
    const push = use(new Push({ context, linger: 0 }))
    push.connect("inproc://nobody")
    await push.send("one")
    expect(clock.waiting).to.equal(0)
    context.warnings = true
    push.connect("inproc://nobody else")
    clock.advance(WARN_AFTER)
    context.warnings = false
    clock.advance(100 * WARN_AFTER)
    expect([warnings, clock.waiting]).to.deep.equal([[], 0])
  })

  it("are process warnings with a code", async () => {
    const caught = new Promise<Error & { code?: string; detail?: string }>((resolve) =>
      process.once("warning", resolve),
    )
    const clock = new FakeClock()
    const subscriber = use(new Subscriber({ context: createContext({ ...nodePlatform, clock }) }))
    subscriber.connect("inproc://nobody")
    clock.advance(WARN_AFTER)
    const { name, message, code, detail } = await caught
    expect([name, message, code, detail]).to.deep.equal([
      "Warning",
      "SUB socket: it has no subscription, so it receives nothing",
      "ZMTP_NO_SUBSCRIPTION",
      "Set 'context.warnings = false' to hide this.",
    ])
  })
})
