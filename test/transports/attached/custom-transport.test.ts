import { expect } from "chai"
import type { Duplex } from "node:stream"
import { Context, Dealer, Pull, Push, Reply, Request, type Event } from "../../../src/index.js"
import type { AnyStream, CustomTransport, StreamListener } from "../../../src/transport.js"
import { closing } from "../../support/closing.js"
import { duplexPair } from "../../support/duplex-pair.js"
import { caught, texts } from "../../support/receiving.js"

/** Connects streams within this process by name. A wildcard stands for an unused name. */
class Switchboard implements CustomTransport {
  readonly listeners = new Map<string, StreamListener>()
  readonly opened: Duplex[] = []

  check(address: string): void {
    if (address.includes(" ")) throw new Error("a name has no spaces")
  }

  connect(address: string): Promise<AnyStream> {
    const listener = this.listeners.get(address)
    if (listener === undefined) return Promise.reject(new Error(`Nobody listens at ${address}`))
    const [near, far] = duplexPair()
    this.opened.push(near)
    listener.accept(far, { peerAddress: "switchboard" })
    return Promise.resolve(near)
  }

  bind(given: string, listener: StreamListener): { address: string; close(): void } {
    const address = given === "*" ? "free" : given
    if (this.listeners.has(address)) throw Object.assign(new Error("The name is taken"), { code: "EADDRINUSE" })
    this.listeners.set(address, listener)
    return { address, close: () => this.listeners.delete(address) }
  }
}

describe("Context.transports", () => {
  const use = closing()
  let board: Switchboard
  let context: Context

  beforeEach(() => {
    board = new Switchboard()
    context = new Context({ transports: { board } })
  })

  it("lets every socket of the context bind and connect endpoints of the scheme", async () => {
    const [reply, request] = [use(new Reply({ context })), use(new Request({ context }))]
    await reply.bind("board://service")
    request.connect("board://service")
    await request.send("question")
    expect(await texts(reply, 1)).to.deep.equal(["question"])
    await reply.send("answer")
    expect(await texts(request, 1)).to.deep.equal(["answer"])
    expect([reply.lastEndpoint, request.lastEndpoint]).to.deep.equal(["board://service", "board://service"])
    expect(context.transports).to.deep.equal({ board })
  })

  it("is available only in that context", async () => {
    const stranger = use(new Push())
    expect(() => stranger.connect("board://service"))
      .to.throw()
      .that.includes({ code: "EPROTONOSUPPORT" })
    expect(await caught(use(new Push({ context: new Context() })).bind("board://service"))).to.include({
      code: "EPROTONOSUPPORT",
    })
  })

  it("reconnects until a socket listens, and after a stream is lost", async () => {
    const dealer = use(new Dealer({ context, reconnectInterval: 1 }))
    dealer.connect("board://late")
    await dealer.send("1")
    const first = use(new Dealer({ context }))
    await first.bind("board://late")
    expect(await texts(first, 1)).to.deep.equal(["1"])
    const { events } = dealer
    board.opened[0]!.destroy()
    await first.unbind("board://late")
    for await (const { type } of events) if (type === "disconnect") break
    const second = use(new Dealer({ context }))
    await second.bind("board://late")
    await dealer.send("2")
    expect(await texts(second, 1)).to.deep.equal(["2"])
  })

  it("resolves wildcards, and releases the address when closed", async () => {
    const [one, other] = [use(new Pull({ context })), use(new Pull({ context }))]
    await one.bind("board://*")
    expect(one.lastEndpoint).to.equal("board://free")
    await one.unbind("board://free")
    await other.bind("board://*")
    expect(other.lastEndpoint).to.equal("board://free")
    expect(board.listeners.size).to.equal(1)
    other.close()
    expect(board.listeners.size).to.equal(0)
  })

  it("passes on the codes of the transport's errors, and uses EINVAL for errors without one", async () => {
    await use(new Pull({ context })).bind("board://taken")
    expect(await caught(use(new Pull({ context })).bind("board://taken"))).to.include({
      code: "EADDRINUSE",
      address: "board://taken",
    })
    const error = await caught(use(new Push({ context })).bind("board://taken"))
    expect((error.cause as Error).message).to.equal("The name is taken")
    expect(() => use(new Push({ context })).connect("board://a b"))
      .to.throw()
      .that.includes({ code: "EINVAL", address: "board://a b" })
      .and.has.nested.property("cause.message", "a name has no spaces")
  })

  it("rejects a direction that the transport lacks: ENOTSUP", async () => {
    const listens = new Context({ transports: { board: { bind: board.bind.bind(board) } } })
    const dials = new Context({ transports: { board: { connect: board.connect.bind(board) } } })
    expect(() => use(new Push({ context: listens })).connect("board://x"))
      .to.throw()
      .that.includes({ code: "ENOTSUP" })
    expect(await caught(use(new Pull({ context: dials })).bind("board://x"))).to.include({ code: "ENOTSUP" })
  })

  it("does not support synchronous binding: ENOTSUP", () => {
    expect(() => use(new Pull({ context })).bindSync("board://x"))
      .to.throw()
      .that.includes({ code: "ENOTSUP", address: "board://x" })
    expect(board.listeners.size).to.equal(0)
  })

  it("takes precedence over the transports of the platform", async () => {
    const own = new Context({ transports: { tcp: board } })
    const [push, pull] = [use(new Push({ context: own })), use(new Pull({ context: own }))]
    await pull.bind("tcp://not-a-host")
    push.connect("tcp://not-a-host")
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  })

  it("reports streams that could not be accepted", async () => {
    const pull = use(new Pull({ context }))
    const { events } = pull
    await pull.bind("board://x")
    const listener = board.listeners.get("board://x".slice(8))!
    expect(() => listener.accept({} as unknown as AnyStream))
      .to.throw()
      .that.includes({ code: "EINVAL" })
    listener.failed(new Error("line noise"))
    for await (const event of events as AsyncIterable<Event>) {
      if (event.type !== "accept:error") continue
      expect((event.error.cause as Error).message).to.equal("line noise")
      break
    }
  })

  it("closes streams that arrive after the endpoint is unbound", async () => {
    const pull = use(new Pull({ context }))
    await pull.bind("board://x")
    const listener = board.listeners.get("x")!
    await pull.unbind("board://x")
    const [late] = duplexPair()
    listener.accept(late)
    expect(late.destroyed).to.equal(true)
  })

  it("aborts an attempt when the socket is closed, and after connectTimeout", async () => {
    const signals: AbortSignal[] = []
    let twice!: () => void
    const tried = new Promise<void>((resolve) => (twice = resolve))
    const endless: CustomTransport = {
      connect(_address, { signal }) {
        if (signals.push(signal) === 2) twice()
        return new Promise(() => undefined)
      },
    }
    const push = use(
      new Push({ context: new Context({ transports: { endless } }), connectTimeout: 5, reconnectInterval: 1 }),
    )
    push.connect("endless://x")
    await tried
    expect(signals[0]!.aborted).to.equal(true)
    push.linger = 0
    push.close()
    expect(signals.at(-1)!.aborted).to.equal(true)
  })

  it("rejects invalid schemes and transports", () => {
    for (const scheme of ["inproc", "udp", "epgm", "SSH", "a b", "", "9p"]) {
      expect(() => new Context({ transports: { [scheme]: board } }), scheme)
        .to.throw()
        .that.includes({ code: "EINVAL" })
    }
    expect(() => new Context({ transports: { ssh: {} } }))
      .to.throw()
      .that.includes({ code: "EINVAL" })
  })
})
