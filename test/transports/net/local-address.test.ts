import { expect } from "chai"
import { networkInterfaces } from "node:os"
import { localAddress, resolveLocal } from "../../../src/transports/net/local-address.js"
import { caught } from "../../support/receiving.js"

const ENDPOINT = "tcp://here:5555"

describe("the address that a socket binds to", () => {
  it("is every address for *, of the families that are enabled", () => {
    expect([localAddress("*", false, ENDPOINT), localAddress("*", true, ENDPOINT)]).to.deep.equal(["0.0.0.0", "::"])
  })

  it("is the address that is given, unless it needs IPv6", () => {
    expect(localAddress("192.0.2.1", false, ENDPOINT)).to.equal("192.0.2.1")
    expect(localAddress("::1", true, ENDPOINT)).to.equal("::1")
    expect(() => localAddress("::1", false, ENDPOINT))
      .to.throw()
      .that.includes({ code: "ENODEV", address: ENDPOINT })
  })

  it("is the IPv4 address of the interface that is named", () => {
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
