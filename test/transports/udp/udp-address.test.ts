import { expect } from "chai"
import { isMulticast, parseUdpAddress } from "../../../src/transports/udp/udp-address.js"
import { codeOf } from "../../support/messages.js"
import { thrown } from "../../support/receiving.js"

describe("udp addresses", () => {
  it("consist of a host and a port, the port 0 for any when binding", () => {
    expect(parseUdpAddress("127.0.0.1:5555", true)).to.deep.equal({ host: "127.0.0.1", port: 5555 })
    expect(parseUdpAddress("*:*", true)).to.deep.equal({ host: "*", port: 0 })
    expect(parseUdpAddress("lo:0", true)).to.deep.equal({ host: "lo", port: 0 })
    expect(parseUdpAddress("[::1]:5555", false)).to.deep.equal({ host: "::1", port: 5555 })
  })

  it("have ports up to 65535, from 1 when connecting", () => {
    for (const local of [true, false]) {
      for (const port of [1, 65_535])
        expect(parseUdpAddress(`host:${port}`, local)).to.deep.equal({ host: "host", port })
    }
  })

  it("are rejected with the reason", () => {
    for (const [address, expected] of [
      ["127.0.0.1", "a host and a port, as in 127.0.0.1:5555"],
      ["lo;127.0.0.1:5", "a multicast group after ;"],
    ] as const) {
      const error = thrown(() => parseUdpAddress(address, true))
      expect((error.cause as Error).message).to.equal(`Invalid endpoint "udp://${address}": expected ${expected}`)
    }
  })

  it("can have an interface before a multicast group", () => {
    for (const through of ["lo", "*", "127.0.0.1"]) {
      expect(parseUdpAddress(`${through};239.0.0.1:5`, false)).to.deep.equal({ host: "239.0.0.1", port: 5, through })
    }
  })

  it("are rejected otherwise, as in libzmq: EINVAL", () => {
    for (const address of [
      "127.0.0.1",
      "127.0.0.1:",
      ":5",
      "127.0.0.1:65536",
      "lo;127.0.0.1:5",
      ";239.0.0.1:5",
      "a b:5",
    ]) {
      expect(
        codeOf(() => parseUdpAddress(address, true)),
        address,
      ).to.equal("EINVAL")
    }
    for (const address of ["*:5", "127.0.0.1:*", "127.0.0.1:0"]) {
      expect(
        codeOf(() => parseUdpAddress(address, false)),
        address,
      ).to.equal("EINVAL")
    }
  })

  it("distinguish multicast groups from others", () => {
    for (const group of ["224.0.0.1", "239.255.255.255", "ff02::1", "FF05::2"])
      expect(isMulticast(group), group).to.equal(true)
    for (const host of ["223.255.255.255", "240.0.0.1", "::1", "fe80::1", "224.example", "ff"]) {
      expect(isMulticast(host), host).to.equal(false)
    }
  })
})
