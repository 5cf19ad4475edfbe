import { expect } from "chai"
import { readFileSync } from "node:fs"
import * as zmq from "../../src/index.js"
import { Context, Publisher, Pull, Push, Subscriber } from "../../src/index.js"
import { transportCompliance, type ComplianceOptions } from "../../src/testing.js"
import type { AnyStream, CustomTransport, StreamListener } from "../../src/transport.js"
import { closing } from "../support/closing.js"
import { duplexPair, webPair } from "../support/duplex-pair.js"
import { freeInproc, freeTcp, freeWs, SocketFolder } from "../support/endpoints.js"
import { caught, texts } from "../support/receiving.js"

const folder = new SocketFolder()

/** Endpoints within this process whose streams are the two ends of a pair. */
function within(pair: () => [AnyStream, AnyStream]): Pick<ComplianceOptions, "options" | "endpoint" | "pair"> {
  const listeners = new Map<string, StreamListener>()
  const within: CustomTransport = {
    connect(address) {
      const listener = listeners.get(address)
      if (listener === undefined) throw Object.assign(new Error("Nobody listens there"), { code: "ECONNREFUSED" })
      const [near, far] = pair()
      listener.accept(far)
      return near
    },
    bind(address, listener) {
      if (listeners.has(address)) throw Object.assign(new Error("The name is taken"), { code: "EADDRINUSE" })
      listeners.set(address, listener)
      return { close: () => listeners.delete(address) }
    },
  }
  let names = 0
  return { options: { context: new Context({ transports: { within } }) }, endpoint: () => `within://${names++}`, pair }
}

/** The transports that have to pass the compliance tests. */
const TRANSPORTS: Readonly<Record<string, Omit<ComplianceOptions, "zmq">>> = {
  tcp: { endpoint: freeTcp },
  ipc: { endpoint: () => `ipc://${folder.next()}` },
  ws: { endpoint: freeWs },
  inproc: { endpoint: freeInproc, connections: false },
  "attached Duplex": within(duplexPair),
  "attached Web streams": within(webPair),
}

describe("transports", () => {
  after(() => folder.close())

  const columns = Object.entries(TRANSPORTS).map(([name, options]) => ({
    name,
    cases: transportCompliance({ zmq, ...options }),
  }))

  for (const { name, cases } of columns) {
    describe(name, () => {
      for (const { name, run } of cases) it(name, run)
    })
  }

  it("are documented in a table of all cases", () => {
    const every = columns.find(({ name }) => name === "attached Duplex")!.cases.map(({ name }) => name)
    const rows = every.map((name) => [
      name,
      ...columns.map(({ cases }) => (cases.some((each) => each.name === name) ? "pass" : "")),
    ])
    const page = readFileSync(new URL("../../docs/testing.md", import.meta.url), "utf8")
    const table = /^\| Case.*(?:\n\|.*)+/m.exec(page)![0].split("\n")
    const documented = table.map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    expect(documented[0]).to.deep.equal(["Case", ...columns.map(({ name }) => name)])
    expect(documented.slice(2)).to.deep.equal(rows)
  })

  describe("inproc, which has no connections", () => {
    const use = closing()
    let endpoint: string

    beforeEach(() => {
      endpoint = freeInproc()
    })

    it("does not affect connections when an endpoint is unbound", async () => {
      const [push, pull] = [use(new Push()), use(new Pull())]
      await pull.bind(endpoint)
      push.connect(endpoint)
      await pull.unbind(endpoint)
      await push.send("still here")
      expect(await texts(pull, 1)).to.deep.equal(["still here"])
    })

    for (const [sendMark, receiveMark, capacity] of [
      [3, 4, 7],
      [1, 1, 2],
      [1000, 1000, 2000],
    ] as const) {
      it(`queues ${capacity} messages with marks of ${sendMark} and ${receiveMark}: their sum`, async () => {
        const push = use(new Push({ sendHighWaterMark: sendMark, sendTimeout: 0 }))
        const pull = use(new Pull({ receiveHighWaterMark: receiveMark }))
        await pull.bind(endpoint)
        push.connect(endpoint)
        for (let count = 0; count < capacity; count++) await push.send(String(count))
        expect(await caught(push.send("one more"))).to.include({ code: "EAGAIN" })
      })
    }

    it("queues any number of messages if either mark is 0", async () => {
      for (const [sendHighWaterMark, receiveHighWaterMark] of [
        [0, 1],
        [1, 0],
      ]) {
        const push = use(new Push({ sendHighWaterMark: sendHighWaterMark!, sendTimeout: 0 }))
        const pull = use(new Pull({ receiveHighWaterMark: receiveHighWaterMark! }))
        const each = freeInproc()
        await pull.bind(each)
        push.connect(each)
        for (let count = 0; count < 5000; count++) await push.send("")
      }
    })

    it("counts the receiver's mark from when it binds", async () => {
      const push = use(new Push({ sendHighWaterMark: 1, sendTimeout: 0 }))
      push.connect(endpoint)
      await push.send("1")
      expect(await caught(push.send("2"))).to.include({ code: "EAGAIN" })
      const pull = use(new Pull({ receiveHighWaterMark: 1 }))
      await pull.bind(endpoint)
      await push.send("2")
      expect(await caught(push.send("3"))).to.include({ code: "EAGAIN" })
    })

    it("drops messages for a subscriber beyond the sum of the marks, and never waits", async () => {
      const publisher = use(new Publisher({ sendHighWaterMark: 3 }))
      const subscriber = use(new Subscriber({ receiveHighWaterMark: 4, receiveTimeout: 0 }))
      await publisher.bind(endpoint)
      subscriber.subscribe("")
      subscriber.connect(endpoint)
      for (const number of "0123456789") await publisher.send(number)
      expect(await texts(subscriber, 7)).to.deep.equal(Array.from("0123456"))
      expect(await caught(subscriber.receive())).to.include({ code: "EAGAIN" })
    })
  })
})
