import { expect } from "chai"
import { networkInterfaces } from "node:os"
import { Context, Dealer, Pull, Push, Reply, Router, type Socket } from "../../../src/index.js"
import { GREETING, RawPeer } from "../../support/raw-peer.js"
import { closing } from "../../support/closing.js"
import { skip } from "../../support/skip.js"

const HANDLER = "inproc://zeromq.zap.01"
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
)

function entered(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.events.on("handshake", resolve)
  })
}

describe("ZAP (RFC 27)", () => {
  const use = closing()

  async function asking(context: Context, options: object = {}): Promise<Pull> {
    const pull = use(new Pull({ context, zapDomain: "domain", ...options }))
    await pull.bind("ipv6" in options ? "tcp://[::1]:*" : "tcp://127.0.0.1:*")
    return pull
  }

  it("allows one handler per process: EADDRINUSE for another", async () => {
    const context = new Context()
    await use(new Reply({ context })).bind(HANDLER)
    const second = await use(new Router({ context }))
      .bind(HANDLER)
      .catch((error: unknown) => error)
    expect(second).to.have.property("code", "EADDRINUSE")
  })

  it("sends frames without a delimiter to a REP", async () => {
    const context = new Context()
    const handler = use(new Reply({ context }))
    await handler.bind(HANDLER)
    const pull = await asking(context)
    const entry = entered(pull)
    use(new Push()).connect(pull.lastEndpoint!)
    const request = (await handler.receive()).map(String)
    expect(request).to.deep.equal(["1.0", request[1], "domain", "127.0.0.1", "", "NULL"])
    await handler.send(["1.0", request[1]!, "200", "", "", ""])
    await entry
  })

  for (const [fault, version, status, message] of [
    ["another version", "2.0", "200", 'Invalid ZAP reply: expected version 1.0, got "2.0"'],
    ["an unknown status", "1.0", "201", 'Invalid ZAP reply: expected status 200, 300, 400, or 500, got "201"'],
  ] as const) {
    it(`reports a reply with ${fault}, and what is valid`, async () => {
      const context = new Context()
      const handler = use(new Reply({ context }))
      await handler.bind(HANDLER)
      const pull = await asking(context)
      const error = new Promise<Error>((resolve) => {
        pull.events.on("handshake:error:protocol", ({ error }) => {
          resolve(error)
        })
      })
      use(new Push()).connect(pull.lastEndpoint!)
      const [, id] = await handler.receive()
      await handler.send([version, id!, status, "", "", ""])
      expect((await error).cause).to.have.property("message", message)
    })
  }

  it("withdraws requests of peers that have left before they were received", async () => {
    const context = new Context()
    const handler = use(new Router({ context }))
    await handler.bind(HANDLER)
    const pull = await asking(context)
    const peers = [await RawPeer.connect(pull.lastEndpoint!), await RawPeer.connect(pull.lastEndpoint!)]
    const errors = new Promise<void>((resolve) => {
      let count = 0
      pull.events.on("handshake:error:other", () => {
        if (++count === peers.length) resolve()
      })
    })
    for (const peer of peers) peer.write(GREETING)
    while (handler.stats().queued.in < peers.length) await new Promise((resolve) => setImmediate(resolve))
    for (const peer of peers) use(peer).close()
    await errors
    expect(handler.tryReceive()).to.equal(undefined)
  })

  it("sends any number of requests at once, and matches each reply by its envelope", async () => {
    const context = new Context()
    const handler = use(new Router({ context }))
    await handler.bind(HANDLER)
    const pulls = await Promise.all([asking(context), asking(context), asking(context)])
    const entries = pulls.map(entered)
    for (const pull of pulls) use(new Push()).connect(pull.lastEndpoint!)
    const requests = [await handler.receive(), await handler.receive(), await handler.receive()]
    for (const [id, , version, request] of requests.reverse()) {
      await handler.send([id!, "", version!, request!, "200", "", "", ""])
    }
    await Promise.all(entries)
  })

  it("gets replies from a REP behind a handler that forwards requests over tcp", async () => {
    const context = new Context()
    const [front, back] = [use(new Router({ context })), use(new Dealer({ context }))]
    const terminal = use(new Reply())
    await terminal.bind("tcp://127.0.0.1:*")
    back.connect(terminal.lastEndpoint!)
    await front.bind(HANDLER)
    const pull = await asking(context)
    const entry = entered(pull)
    use(new Push()).connect(pull.lastEndpoint!)
    await back.send(await front.receive())
    const [version, request] = await terminal.receive()
    await terminal.send([version!, request!, "200", "OK", "joe", ""])
    await front.send(await back.receive())
    await entry
  })

  it("sends an IPv6 address in canonical form", async function () {
    if (!hasIpv6) skip(this, "no IPv6")
    const context = new Context()
    const handler = use(new Reply({ context }))
    await handler.bind(HANDLER)
    const pull = await asking(context, { ipv6: true })
    use(new Push({ ipv6: true })).connect(pull.lastEndpoint!)
    const [, , , address] = await handler.receive()
    expect(String(address)).to.equal("::1")
  })

  for (const [zapEnforceDomain, who, how] of [
    [false, "everybody", "not enforced"],
    [true, "nobody", "enforced"],
  ] as const) {
    it(`accepts ${who} without a handler if the domain is ${how}`, async () => {
      const pull = await asking(new Context(), { zapEnforceDomain })
      const outcome = new Promise((resolve) => {
        pull.events.on("handshake", () => {
          resolve("in")
        })
        pull.events.on("handshake:error:other", ({ error }) => {
          resolve(error.code)
        })
      })
      use(new Push({ reconnectInterval: -1 })).connect(pull.lastEndpoint!)
      expect(await outcome).to.equal(zapEnforceDomain ? "EFAULT" : "in")
    })
  }
})
