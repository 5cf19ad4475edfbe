import { expect } from "chai"
import { networkInterfaces } from "node:os"
import { findInterface, isLinkLocal } from "../../../src/transports/epgm/local-interface.js"
import { skip } from "../../support/skip.js"

const LOOPBACK = Object.entries(networkInterfaces()).find(([, all = []]) =>
  all.some(({ address }) => address === "127.0.0.1"),
)?.[0]

describe("the network interface of a multicast session", () => {
  before(function () {
    if (LOOPBACK === undefined) skip(this, "no loopback interface")
  })

  it("is found by its name or its address", async () => {
    const expected = { address: "127.0.0.1", via: "127.0.0.1", zone: "" }
    expect(await findInterface("127.0.0.1", "239.1.1.1", 5555, "e")).to.deep.equal(expected)
    expect(await findInterface(LOOPBACK, "239.1.1.1", 5555, "e")).to.deep.equal(expected)
  })

  it("is identified by name for IPv6, whose addresses can be written in several ways", async function () {
    if (!networkInterfaces()[LOOPBACK!]?.some(({ address }) => address === "::1")) skip(this, "no loopback interface")
    const expected = { address: "::1", via: `::%${LOOPBACK}`, zone: `%${LOOPBACK}` }
    expect(await findInterface("0:0:0:0:0:0:0:1", "ff02::1", 5555, "e")).to.deep.equal(expected)
  })

  it("is one of this machine if the endpoint has none", async () => {
    const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address))
    const { address, via } = await findInterface(undefined, "127.0.0.1", 5555, "e")
    expect(own).to.include(address)
    expect(via).to.equal(address)
  })

  it("causes ENODEV if it does not exist, or has no address of the group's family", async () => {
    for (const [through, group] of [
      ["no-such", "239.1.1.1"],
      ["127.0.0.1", "ff02::1"],
      ["::1", "239.1.1.1"],
    ] as const) {
      const error: unknown = await findInterface(through, group, 5555, "epgm://x").catch((error: unknown) => error)
      expect(error).to.include({ code: "ENODEV", address: "epgm://x" })
    }
  })

  it("is added to addresses that are valid only together with it", () => {
    expect(["fe80::1", "FEBF::1", "ff02::1", "ff11::1"].map(isLinkLocal)).to.deep.equal([true, true, true, true])
    expect(["fec0::1", "ff05::1", "fd00::1", "127.0.0.1", "239.1.1.1"].some(isLinkLocal)).to.equal(false)
  })
})
