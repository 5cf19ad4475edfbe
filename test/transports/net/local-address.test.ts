import { expect } from "chai"
import { syncBuiltinESMExports } from "node:module"
import os, { networkInterfaces, type NetworkInterfaceInfo } from "node:os"
import { Pull, Push } from "../../../src/index.js"
import { localAddress, resolveLocal, withZone, zoned } from "../../../src/transports/net/local-address.js"
import { closing } from "../../support/closing.js"
import { nextEvent } from "../../support/events.js"
import { caught } from "../../support/receiving.js"
import { RUNTIME } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

const ENDPOINT = "tcp://here:5555"

describe("the address that a socket binds to", () => {
  it("is every address for *, of the enabled families", () => {
    expect([localAddress("*", false, ENDPOINT), localAddress("*", true, ENDPOINT)]).to.deep.equal(["0.0.0.0", "::"])
  })

  it("is the given address, unless it needs IPv6", () => {
    expect(localAddress("192.0.2.1", false, ENDPOINT)).to.equal("192.0.2.1")
    expect(localAddress("::1", true, ENDPOINT)).to.equal("::1")
    expect(() => localAddress("::1", false, ENDPOINT))
      .to.throw()
      .that.includes({ code: "ENODEV", address: ENDPOINT })
  })

  it("is the IPv4 address of the named interface", () => {
    for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
      const expected = addresses.find(({ family }) => family === "IPv4")?.address
      expect(localAddress(name, false, ENDPOINT), name).to.equal(expected)
    }
  })

  it("is resolved if it is a host name", async () => {
    expect(await resolveLocal("localhost", false, ENDPOINT)).to.equal("127.0.0.1")
    expect(await caught(resolveLocal("no-such-host.invalid", false, ENDPOINT))).to.include({
      code: "ENODEV",
      address: ENDPOINT,
    })
  })
})

/** The part of the result of `os.networkInterfaces()` that zones depend on. */
const INTERFACES = Object.fromEntries(
  Object.entries({ lo: 0, eth0: 4, "7": 9 }).map(([name, scopeid]) => [
    name,
    [{ family: "IPv6", scopeid } as NetworkInterfaceInfo],
  ]),
)

describe("the zone of an IPv6 address", () => {
  for (const [given, platform, expected] of [
    ["fe80::1%eth0", "linux", "fe80::1%eth0"],
    ["fe80::1%4", "linux", "fe80::1%eth0"],
    ["fe80::1%4", "darwin", "fe80::1%eth0"],
    ["fe80::1%9", "linux", "fe80::1%7"],
    ["fe80::1%7", "linux", "fe80::1%7"], // the name of an interface
    ["fe80::1%5", "linux", "fe80::1%5"],
    ["fe80::1%eth0", "win32", "fe80::1%4"],
    ["fe80::1%4", "win32", "fe80::1%4"],
    ["fe80::1", "linux", "fe80::1"],
    ["127.0.0.1", "linux", "127.0.0.1"],
  ] as const) {
    it(`is what ${platform} expects: ${given} is ${expected}`, () => {
      expect(zoned(given, platform, () => INTERFACES)).to.equal(expected)
    })
  }

  describe("if the system cannot list its interfaces", () => {
    const use = closing()
    const { networkInterfaces: list } = os
    const failure = Object.assign(new Error("out of descriptors"), { code: "EMFILE" })

    beforeEach(() => {
      os.networkInterfaces = () => {
        throw failure
      }
      syncBuiltinESMExports()
    })

    afterEach(() => {
      os.networkInterfaces = list
      syncBuiltinESMExports()
    })

    it("does not matter for addresses without one", () => {
      for (const host of ["127.0.0.1", "::1", "fe80::1", "example.org"]) expect(zoned(host)).to.equal(host)
    })

    it("fails the attempt to connect, which is repeated", async function () {
      if (RUNTIME !== "Node") skip(this, "Node alone replaces functions of its modules for those that imported them")
      const push = use(new Push({ ipv6: true, reconnectInterval: 1 }))
      push.connect("tcp://[fe80::1%4]:1")
      const { error } = await nextEvent(push, "connect:retry")
      expect(error).to.include({ code: "EMFILE" })
    })
  })

  it("is that of the bound address if the server reports none, as in Bun", () => {
    expect(withZone("fe80::1", "fe80::1%eth0")).to.equal("fe80::1%eth0")
    expect(withZone("fe80::1%eth0", "fe80::1%eth0")).to.equal("fe80::1%eth0")
    expect(withZone("fe80::1", "fe80::1")).to.equal("fe80::1")
    expect(withZone("0.0.0.0", "")).to.equal("0.0.0.0")
  })

  describe("of this machine", () => {
    const use = closing()
    const [name, { address, scopeid }] = Object.entries(networkInterfaces())
      .flatMap(([name, entries = []]) => entries.map((entry) => [name, entry] as const))
      .find(([, entry]) => (entry.scopeid ?? 0) > 0) ?? ["", { address: "", scopeid: 0 }]

    for (const transport of ["tcp", "ws"]) {
      for (const binder of [name, String(scopeid)]) {
        for (const zone of [name, String(scopeid)]) {
          it(`is accepted by number and by name: ${transport}, ${binder === name ? "name" : "number"} and ${zone === name ? "name" : "number"}`, async function () {
            if (RUNTIME === "Deno") skip(this, "Deno cannot bind an address with a zone: EINVAL")
            if (name === "") skip(this, "no interface has a link-local address")
            const [push, pull] = [use(new Push({ ipv6: true })), use(new Pull({ ipv6: true }))]
            await pull.bind(`${transport}://[${address}%${binder}]:*`)
            const [port] = /\d+(?=\/?$)/.exec(pull.lastEndpoint!)!
            push.connect(`${transport}://[${address}%${zone}]:${port}`)
            await push.send("hello")
            expect(String(await pull.receive())).to.equal("hello")
            const again = use(new Push({ ipv6: true }))
            again.connect(pull.lastEndpoint!)
            await again.send("by lastEndpoint")
            expect(String(await pull.receive())).to.equal("by lastEndpoint")
          })
        }
      }
    }
  })
})
