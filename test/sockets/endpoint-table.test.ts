import { expect } from "chai"
import { Dealer, Pair, Publisher, Push, Stream, Subscriber, Context } from "../../src/index.js"
import { coreOf } from "../../src/sockets/socket.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { caught, thrown } from "../support/receiving.js"

const TIMED_OUT = { code: "EAGAIN", errno: 11, message: "Operation was not possible or timed out" }

/** The detailed reason of an error. */
const reasonOf = (error: Error): string => (error.cause as Error).message

describe("EndpointTable", () => {
  const use = closing()

  it("contains bound endpoints with resolved wildcards, connected ones as given, and the last endpoint", async () => {
    const pair = use(new Push())
    const { endpoints } = coreOf(pair)
    expect([endpoints.names, endpoints.last, endpoints.any]).to.deep.equal([{ bound: [], connected: [] }, null, false])
    await endpoints.bind("tcp://127.0.0.1:*")
    const bound = endpoints.last!
    expect(bound).to.match(/^tcp:\/\/127\.0\.0\.1:\d+$/)
    const other = freeInproc()
    endpoints.connect(other)
    expect([endpoints.names, endpoints.last, endpoints.any]).to.deep.equal([
      { bound: [bound], connected: [other] },
      other,
      true,
    ])
  })

  it("unbinds an endpoint by its bound or its given form, unless the latter has a wildcard", async () => {
    const push = use(new Push())
    const { endpoints } = coreOf(push)
    await endpoints.bind("tcp://127.0.0.1:*")
    expect(reasonOf(await caught(endpoints.unbind("tcp://127.0.0.1:*")))).to.include(
      `the endpoints of this socket are: ${endpoints.last!}`,
    )
    await endpoints.unbind(endpoints.last!)
    const name = freeInproc()
    await endpoints.bind(name)
    await endpoints.unbind(name)
    expect([endpoints.any, reasonOf(await caught(endpoints.unbind(name)))]).to.deep.equal([
      false,
      `Invalid endpoint "${name}": the endpoints of this socket are: none`,
    ])
  })

  it("disconnects a connected endpoint on unbind, as libzmq does", async () => {
    const push = use(new Push())
    const { endpoints } = coreOf(push)
    const name = freeInproc()
    endpoints.connect(name)
    await endpoints.unbind(name)
    expect(endpoints.any).to.equal(false)
    expect(thrown(() => endpoints.disconnect(name)).code).to.equal("ENOENT")
  })

  it("reports the known schemes, and those that a socket cannot use", () => {
    const { endpoints } = coreOf(use(new Pair()))
    const unknown = thrown(() => endpoints.connect("gopher://host:1"))
    expect(unknown.code).to.equal("EPROTONOSUPPORT")
    expect(reasonOf(unknown)).to.match(/unknown scheme "gopher": expected one of inproc, .*tcp/)
    const stream = coreOf(use(new Stream())).endpoints
    const unsupported = thrown(() => stream.connect("ws://127.0.0.1:1"))
    expect([unsupported.code, reasonOf(unsupported)]).to.deep.equal([
      "ENOCOMPATPROTO",
      'Invalid endpoint "ws://127.0.0.1:1": STREAM sockets cannot use ws://',
    ])
    for (const [socket, endpoint] of [
      [new Pair(), "udp://127.0.0.1:1"],
      [new Dealer(), "epgm://127.0.0.1;239.192.1.1:1"],
      [new Publisher(), "udp://127.0.0.1:1"],
    ] as const) {
      expect(thrown(() => coreOf(use(socket)).endpoints.connect(endpoint)).code).to.equal("ENOCOMPATPROTO")
    }
  })

  it("supports only inproc in a context without I/O threads: EMTHREAD", async () => {
    const context = new Context({ ioThreads: 0 })
    const push = use(new Push({ context }))
    expect(thrown(() => push.connect("tcp://127.0.0.1:1")).code).to.equal("EMTHREAD")
    await push.bind(freeInproc())
  })

  it("uses a routing id for the next connection only", () => {
    const { endpoints } = coreOf(use(new Push()))
    endpoints.nextRoutingId = Buffer.from("once")
    endpoints.connect(freeInproc())
    expect(endpoints.nextRoutingId).to.equal(undefined)
  })

  describe("connecting twice to one endpoint", () => {
    it("creates two connections of a PUSH, and one of a DEALER, as libzmq does", async () => {
      for (const [sender, connections] of [
        [use(new Push({ sendHighWaterMark: 1, sendTimeout: 0 })), 2],
        [use(new Dealer({ sendHighWaterMark: 1, sendTimeout: 0 })), 1],
      ] as const) {
        const endpoint = freeInproc()
        sender.connect(endpoint)
        sender.connect(endpoint)
        for (let count = 0; count < connections; count++) await sender.send("x")
        expect(await caught(sender.send("x"))).to.include(TIMED_OUT)
        sender.disconnect(endpoint)
        expect(() => sender.disconnect(endpoint))
          .to.throw()
          .that.includes({ code: "ENOENT" })
      }
    })
  })

  it("connects a SUB once to an endpoint, however often connect is called, as libzmq does", () => {
    const { endpoints } = coreOf(use(new Subscriber()))
    const name = freeInproc()
    for (let count = 0; count < 3; count++) endpoints.connect(name)
    endpoints.disconnect(name)
    expect(endpoints.any).to.equal(false)
  })
})
