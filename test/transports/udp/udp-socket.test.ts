import { expect } from "chai"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { networkInterfaces } from "node:os"
import {
  bindNow,
  configure,
  createUdp,
  interfaceFor,
  isBound,
  whenBound,
} from "../../../src/transports/udp/udp-socket.js"
import { closing } from "../../support/closing.js"
import { caught, thrown } from "../../support/receiving.js"
import { RUNTIME } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

const ENDPOINT = "udp://127.0.0.1:5555"

describe("UDP sockets", () => {
  const use = closing()
  const udp = (ip = "127.0.0.1", reuse = false) => {
    const socket = createUdp(ip, reuse)
    use({
      close: () => {
        try {
          socket.close()
        } catch {
          // The test has already closed it.
        }
      },
    })
    return socket
  }

  /** A plain UDP socket on a free port. */
  async function receiver() {
    const socket = createSocket("udp4")
    use(socket)
    socket.bind(0, "127.0.0.1")
    await once(socket, "listening")
    return socket
  }

  it("are bound when bindNow returns", function () {
    if (RUNTIME === "Bun") skip(this, "Bun binds in a later turn")
    const socket = udp()
    expect(isBound(socket)).to.equal(false)
    bindNow(socket, "127.0.0.1", 0, ENDPOINT)
    expect(isBound(socket)).to.equal(true)
    expect(socket.address().address).to.equal("127.0.0.1")
  })

  it("are bound when whenBound resolves", async () => {
    const socket = udp()
    const bound = whenBound(socket, ENDPOINT)
    socket.bind(0, "127.0.0.1")
    await bound
    expect(isBound(socket)).to.equal(true)
  })

  it("send to an address without waiting for a lookup", async () => {
    const to = await receiver()
    const socket = udp()
    bindNow(socket, "0.0.0.0", 0, ENDPOINT)
    if (!isBound(socket)) await whenBound(socket, ENDPOINT)
    const arrived = once(to, "message")
    socket.send(Buffer.from("hello"), to.address().port, "127.0.0.1")
    expect(((await arrived) as [Buffer])[0].toString()).to.equal("hello")
  })

  it("report that a port is in use, with the endpoint: EADDRINUSE", async () => {
    const { port } = (await receiver()).address()
    const socket = udp()
    const attempt = async (): Promise<void> => {
      bindNow(socket, "127.0.0.1", port, ENDPOINT)
      await whenBound(socket, ENDPOINT)
    }
    expect(await caught(attempt())).to.include({ code: "EADDRINUSE", address: ENDPOINT })
  })

  it("report an address of another host", async () => {
    const socket = udp()
    const attempt = async (): Promise<void> => {
      bindNow(socket, "192.0.2.1", 0, ENDPOINT)
      await whenBound(socket, ENDPOINT)
    }
    expect(await caught(attempt())).to.include({ code: "EADDRNOTAVAIL", address: ENDPOINT })
  })

  it("share a port only if they are created for that", function () {
    if (RUNTIME !== "Node") skip(this, "only Node reports both results in the same way")
    const first = udp("127.0.0.1", true)
    bindNow(first, "0.0.0.0", 0, ENDPOINT)
    const { port } = first.address()
    bindNow(udp("127.0.0.1", true), "0.0.0.0", port, ENDPOINT)
    expect(
      thrown(() => {
        bindNow(udp(), "0.0.0.0", port, ENDPOINT)
      }).code,
    ).to.equal("EADDRINUSE")
  })

  it("are closed if their configuration fails, and the error has the endpoint", () => {
    const socket = udp()
    const error = thrown(() =>
      configure(socket, ENDPOINT, () => {
        throw Object.assign(new Error("no such option"), { code: "ENOPROTOOPT" })
      }),
    )
    expect(error).to.include({ code: "ENOPROTOOPT", address: ENDPOINT })
    // In Deno, a socket can be closed twice.
    if (RUNTIME !== "Deno") expect(() => socket.close()).to.throw()
    expect(configure(udp(), ENDPOINT, () => "result")).to.equal("result")
  })

  it("keep an error that already names an endpoint", () => {
    const original = Object.assign(new Error("in use"), { code: "EADDRINUSE", address: "udp://other" })
    const error = thrown(() =>
      configure(udp(), ENDPOINT, () => {
        throw original
      }),
    )
    expect(error).to.equal(original)
  })
})

describe("interfaceFor", () => {
  const [loopback] = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.filter(({ address }) => address === "127.0.0.1").map(() => name),
  )

  it("is any interface for `*`", () => {
    expect([interfaceFor("*", false, ENDPOINT), interfaceFor("*", true, ENDPOINT)]).to.deep.equal(["0.0.0.0", "::"])
  })

  it("is an address for IPv4, and a name with a zone for IPv6, as Node expects them", () => {
    expect(interfaceFor("127.0.0.1", false, ENDPOINT)).to.equal("127.0.0.1")
    expect(interfaceFor(loopback!, false, ENDPOINT)).to.equal("127.0.0.1")
    expect(interfaceFor("127.0.0.1", true, ENDPOINT)).to.equal(`::%${loopback!}`)
    expect(interfaceFor(loopback!, true, ENDPOINT)).to.equal(`::%${loopback!}`)
  })

  it("rejects an unknown interface: ENODEV", () => {
    for (const ipv6 of [false, true]) {
      expect(thrown(() => interfaceFor("nothing0", ipv6, ENDPOINT))).to.include({ code: "ENODEV", address: ENDPOINT })
    }
  })
})
