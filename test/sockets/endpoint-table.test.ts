import { expect } from "chai"
import { Dealer, Pair, Publisher, Push, Stream, Subscriber, Context } from "../../src/index.js"
import type { ContextState } from "../../src/sockets/context.js"
import { EndpointTable, supports, type EndpointOwner } from "../../src/sockets/endpoint-table.js"
import { initialSettings } from "../../src/sockets/options/settings.js"
import { coreOf } from "../../src/sockets/socket.js"
import { closing } from "../support/closing.js"
import { freeInproc } from "../support/endpoints.js"
import { caught, thrown } from "../support/receiving.js"
import type { Transport } from "../../src/transports/transport.js"
import { SOCKET_TYPES } from "../../src/zmtp/socket-types.js"

const TIMED_OUT = { code: "EAGAIN", errno: 11, message: "Operation was not possible or timed out" }

/** The detailed reason of an error. */
const reasonOf = (error: Error): string => (error.cause as Error).message

/**
 * A table whose only transport, `fake://`, records what it is told. Connections end when `ends` is called with their
 * number, and those to `fake://refused` at once. A bound `fake://` address is resolved by replacing its last character.
 */
function createTable() {
  const log: string[] = []
  const ends: (() => void)[] = []
  const bindingOf = (address: string) => {
    const endpoint = `fake://${address.slice(0, -1)}1`
    return {
      endpoint,
      unbind: (linger: number) => Promise.resolve(void log.push(`unbind ${endpoint} ${linger}`)),
      close: (linger: number) => void log.push(`close ${endpoint} ${linger}`),
    }
  }
  const transport: Transport = {
    bind: (address) => Promise.resolve(bindingOf(address)),
    bindSync: bindingOf,
    connect: (address, _host, routingId, ended) => {
      const number = ends.push(ended)
      log.push(
        `connect ${number} ${address}${routingId === undefined ? "" : ` as ${Buffer.from(routingId).toString()}`}`,
      )
      if (address === "refused") ended()
      return { disconnect: (linger) => void log.push(`disconnect ${number} ${linger}`) }
    },
  }
  const added: string[] = []
  const owner = { endpointAdded: (endpoint: string) => added.push(endpoint), self: { socketType: "PUSH" } }
  const context = {
    inproc: transport,
    settings: { ioThreads: 1 },
    platform: {
      transports: new Map(),
      explainMissing: (scheme: string) => (scheme === "gone" ? "not on this platform" : undefined),
    },
    transports: new Map([["fake", transport]]),
  }
  const settings = { ...initialSettings("PUSH"), linger: 7 }
  const table = new EndpointTable(
    owner as unknown as EndpointOwner,
    context as unknown as ContextState,
    SOCKET_TYPES.PUSH,
    settings,
  )
  return { table, log, added, end: (number: number) => ends[number - 1]!() }
}

describe("EndpointTable", () => {
  it("removes a connection that ends, and keeps others to the same endpoint", () => {
    const { table, log, added, end } = createTable()
    for (const endpoint of ["fake://a", "fake://a", "fake://b"]) table.connect(endpoint)
    expect(added).to.deep.equal(["fake://a", "fake://a", "fake://b"])
    end(1)
    expect(table.names.connected).to.deep.equal(["fake://a", "fake://b"])
    end(3)
    expect([table.names.connected, table.any]).to.deep.equal([["fake://a"], true])
    table.disconnect("fake://a")
    expect([log, table.any]).to.deep.equal([["connect 1 a", "connect 2 a", "connect 3 b", "disconnect 2 7"], false])
    // It is disconnected already.
    end(2)
    expect(thrown(() => table.disconnect("fake://a")).code).to.equal("ENOENT")
    table.connect("fake://a")
    end(4)
    expect(table.any).to.equal(false)
  })

  it("does not keep a connection that is rejected immediately", () => {
    const { table, added, end } = createTable()
    table.connect("fake://refused")
    expect([table.any, added, table.last]).to.deep.equal([false, [], "fake://refused"])
    table.connect("fake://a")
    end(1)
    expect(table.names.connected).to.deep.equal(["fake://a"])
  })

  it("passes the routing id to the next connection", () => {
    const { table, log } = createTable()
    table.nextRoutingId = Buffer.from("id")
    for (const endpoint of ["fake://a", "fake://b"]) table.connect(endpoint)
    expect(log).to.deep.equal(["connect 1 a as id", "connect 2 b"])
  })

  it("disconnects and closes all endpoints once", () => {
    const { table, log } = createTable()
    for (const endpoint of ["fake://a", "fake://a", "fake://b"]) table.connect(endpoint)
    for (const endpoint of ["fake://x:0", "fake://y:0"]) table.bindSync(endpoint)
    log.length = 0
    for (let time = 0; time < 2; time++) {
      table.disconnectAll(3)
      expect(table.any).to.equal(time === 0)
      table.closeBindings(4)
      expect([table.any, table.names]).to.deep.equal([false, { bound: [], connected: [] }])
    }
    expect(log).to.deep.equal([
      ...["disconnect 1 3", "disconnect 2 3", "disconnect 3 3"],
      ...["close fake://x:1 4", "close fake://y:1 4"],
    ])
  })

  it("reports the endpoint that was bound, and unbinds it also by the name that was passed", async () => {
    const { table, log, added } = createTable()
    table.bindSync("fake://name-of-1")
    await table.bind("fake://name-of-2")
    expect([added, table.last, table.names.bound]).to.deep.equal([
      ["fake://name-of-1", "fake://name-of-1"],
      "fake://name-of-1",
      ["fake://name-of-1", "fake://name-of-1"],
    ])
    await table.unbind("fake://name-of-2")
    expect((await caught(table.unbind("fake://name-of-2"))).code).to.equal("ENOENT")
    await table.unbind("fake://name-of-1")
    expect([log, table.any]).to.deep.equal([["unbind fake://name-of-1 7", "unbind fake://name-of-1 7"], false])
  })

  for (const wildcard of ["fake://127.0.0.1:*", "fake://127.0.0.1:0"]) {
    it(`does not unbind ${wildcard}, which may have been bound several times`, async () => {
      const { table } = createTable()
      table.bindSync(wildcard)
      expect((await caught(table.unbind(wildcard))).code).to.equal("ENOENT")
      await table.unbind("fake://127.0.0.1:1")
      expect(table.any).to.equal(false)
    })
  }

  it("disconnects on unbind only what is connected", async () => {
    const { table, log } = createTable()
    table.connect("fake://a")
    await table.unbind("fake://a")
    expect(log.at(-1)).to.equal("disconnect 1 7")
    expect(reasonOf(await caught(table.unbind("fake://a")))).to.include("the endpoints of this socket are: none")
  })

  it("explains why the platform does not support a transport, and what is wrong with a malformed endpoint", async () => {
    const { table } = createTable()
    expect(reasonOf(thrown(() => table.connect("gone://x")))).to.equal(
      'Invalid endpoint "gone://x": not on this platform',
    )
    for (const attempt of [(): unknown => table.unbindSync("nowhere"), (): unknown => table.disconnect("nowhere")]) {
      expect(thrown(attempt).code).to.equal("EINVAL")
    }
    expect((await caught(table.unbind("gone://x"))).code).to.equal("EPROTONOSUPPORT")
  })

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

describe("supports", () => {
  it("restricts socket types to the transports that libzmq has for them", () => {
    const schemes = ["inproc", "tcp", "ws", "wss", "udp", "epgm"]
    const supported = (type: keyof typeof SOCKET_TYPES) =>
      schemes.filter((scheme) => supports(SOCKET_TYPES[type], scheme))
    expect([
      supported("PUSH"),
      supported("STREAM"),
      supported("DGRAM"),
      supported("DISH"),
      supported("PUB"),
    ]).to.deep.equal([
      ["inproc", "tcp", "ws", "wss"],
      ["inproc", "tcp"],
      ["udp"],
      ["inproc", "tcp", "ws", "wss", "udp"],
      ["inproc", "tcp", "ws", "wss", "epgm"],
    ])
  })
})
