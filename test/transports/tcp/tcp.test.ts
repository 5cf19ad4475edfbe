import { expect } from "chai"
import * as net from "node:net"
import { networkInterfaces } from "node:os"
import { Dealer, Pull, Push, type Socket } from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { freePort, HOST } from "../../support/endpoints.js"
import { caught, texts } from "../../support/receiving.js"
import { RawListener } from "../../support/raw-peer.js"
import { NOT_HERE } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

const loopback = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
const hasIpv6 = loopback.some(({ address }) => address === "::1")
const loopbackName = Object.entries(networkInterfaces()).find(([, addresses]) =>
  addresses?.some(({ address }) => address === "127.0.0.1"),
)![0]

describe("tcp", () => {
  const use = closing()

  async function carries(pull: Pull, endpoint: string, options: object = {}): Promise<void> {
    const push = use(new Push(options))
    push.connect(endpoint)
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  }

  async function bound(address: string, options: object = {}): Promise<Pull> {
    const pull = use(new Pull(options))
    await pull.bind(address)
    return pull
  }

  for (const [address, endpoint] of [
    ["tcp://127.0.0.1:*", /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
    ["tcp://127.0.0.1:0", /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
    ["tcp://localhost:*", /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
    [`tcp://${loopbackName}:*`, /^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/],
    ["tcp://*:*", /^tcp:\/\/0\.0\.0\.0:[1-9]\d*$/],
  ] as const) {
    it(`binds ${address} and reports the actual address and port`, async () => {
      const pull = await bound(address)
      expect(pull.lastEndpoint).to.match(endpoint)
      await carries(pull, pull.lastEndpoint!.replace("0.0.0.0", "127.0.0.1"))
    })
  }

  it("connects to a host name", async () => {
    const pull = await bound("tcp://127.0.0.1:*")
    await carries(pull, pull.lastEndpoint!.replace("127.0.0.1", "localhost"))
  })

  describe("with IPv6", () => {
    before(function () {
      if (!hasIpv6) skip(this, "no IPv6")
    })

    for (const [address, endpoint] of [
      ["tcp://[::1]:*", /^tcp:\/\/\[::1\]:[1-9]\d*$/],
      ["tcp://*:*", /^tcp:\/\/\[::\]:[1-9]\d*$/],
    ] as const) {
      it(`binds ${address} and accepts connections`, async () => {
        const pull = await bound(address, { ipv6: true })
        expect(pull.lastEndpoint).to.match(endpoint)
        await carries(pull, pull.lastEndpoint!.replace("[::]", "[::1]"), { ipv6: true })
      })
    }

    it("accepts IPv4 connections as well when bound to all interfaces", async () => {
      const pull = await bound("tcp://*:*", { ipv6: true })
      await carries(pull, pull.lastEndpoint!.replace("[::]", "127.0.0.1"))
    })

    it("rejects an IPv6 address unless `ipv6`: ENODEV", async () => {
      expect(await caught(use(new Pull()).bind("tcp://[::1]:*"))).to.include({ code: "ENODEV" })
    })
  })

  for (const [address, code] of [
    ["tcp://no-such-interface0:*", "ENODEV"],
    ["tcp://nosuchhost.invalid:*", "ENODEV"],
    ["tcp://192.0.2.1:*", NOT_HERE],
  ] as const) {
    it(`rejects binding ${address}: ${code}`, async () => {
      const pull = use(new Pull())
      expect(await caught(pull.bind(address))).to.include({ code, address })
      expect(pull.lastEndpoint).to.equal(null)
    })
  }

  it("is not unbound by its wildcard address: ENOENT", async () => {
    const pull = await bound("tcp://127.0.0.1:*")
    expect(await caught(pull.unbind("tcp://127.0.0.1:*"))).to.include({ code: "ENOENT" })
    await pull.unbind(pull.lastEndpoint!)
  })

  it("is unbound by the name that it was bound by", async () => {
    const address = `tcp://${loopbackName}:${await freePort()}`
    const pull = await bound(address)
    await pull.unbind(address)
  })

  it("connects from the address and port before the semicolon", async () => {
    const listener = use(await new RawListener().listen())
    const accepted = listener.accept()
    const port = await freePort()
    use(new Push()).connect(listener.endpoint.replace("tcp://", `tcp://${HOST}:${port};`))
    const { socket } = await accepted
    expect([socket.remoteAddress, socket.remotePort]).to.deep.equal([HOST, port])
  })

  it("connects from any port of an interface", async () => {
    const listener = use(await new RawListener().listen())
    const accepted = listener.accept()
    use(new Push()).connect(listener.endpoint.replace("tcp://", `tcp://${loopbackName}:*;`))
    expect((await accepted).socket.remoteAddress).to.equal("127.0.0.1")
  })

  it("never throws when connecting to an unreachable address", () => {
    for (const address of ["tcp://nosuchhost.invalid:1", "tcp://127.0.0.1:0", "tcp://no-such0:*;127.0.0.1:1"]) {
      use(new Push({ reconnectInterval: 1 })).connect(address)
    }
  })

  it("retries until a socket listens", async () => {
    const endpoint = `tcp://${HOST}:${await freePort()}`
    const dealer = use(
      new Dealer({ reconnectInterval: 1, reconnectMaxInterval: 4, tcpKeepalive: 1, tcpKeepaliveIdle: 60 }),
    )
    dealer.connect(endpoint)
    const other = use(new Dealer({ tcpKeepalive: 1 }))
    await other.bind(endpoint)
    await other.send("at last")
    expect(await texts(dealer, 1)).to.deep.equal(["at last"])
  })

  it("transfers messages even if the system rejects options of the connection", async () => {
    const prototype = net.Socket.prototype as unknown as Record<string, unknown>
    const before = Object.getOwnPropertyDescriptor(prototype, "setTypeOfService")
    use({
      close() {
        if (before === undefined) delete prototype["setTypeOfService"]
        else Object.defineProperty(prototype, "setTypeOfService", before)
      },
    })
    let refusals = 0
    // macOS does this if the peer has reset the connection.
    prototype["setTypeOfService"] = () => {
      refusals++
      throw Object.assign(new Error("setTypeOfService EINVAL"), { code: "EINVAL" })
    }
    const pull = await bound("tcp://127.0.0.1:*", { typeOfService: 8 })
    await carries(pull, pull.lastEndpoint!, { typeOfService: 8 })
    expect(refusals).to.equal(2)
  })

  it("is closed while it connects", () => {
    const socket: Socket = new Push({ linger: 0 })
    socket.connect("tcp://127.0.0.1:1")
    socket.connect("tcp://localhost:1")
    socket.close()
    expect(socket.closed).to.equal(true)
  })
})
