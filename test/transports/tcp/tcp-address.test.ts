import { expect } from "chai"
import { parseBindAddress, parseConnectAddress } from "../../../src/transports/tcp/tcp-address.js"

describe("tcp addresses", () => {
  for (const [address, expected] of [
    ["127.0.0.1:5555", { host: "127.0.0.1", port: 5555 }],
    ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["127.0.0.1:*", { host: "127.0.0.1", port: 0 }],
    ["*:*", { host: "*", port: 0 }],
    ["[::1]:5555", { host: "::1", port: 5555 }],
    ["::1:5555", { host: "::1", port: 5555 }],
    ["lo:65535", { host: "lo", port: 65_535 }],
    ["host_name.example:1", { host: "host_name.example", port: 1 }],
  ] as const) {
    it(`are parsed to bind: ${address}`, () => {
      expect(parseBindAddress(address)).to.deep.equal(expected)
    })
  }

  for (const [address, expected] of [
    ["127.0.0.1:5555", { host: "127.0.0.1", port: 5555 }],
    ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
    ["[::1]:5", { host: "::1", port: 5 }],
    ["::1:5", { host: "::1", port: 5 }],
    ["host_name:12", { host: "host_name", port: 12 }],
    ["127.0.0.1:*;127.0.0.1:5556", { host: "127.0.0.1", port: 5556, source: { host: "127.0.0.1", port: 0 } }],
    ["lo:7;host:5556", { host: "host", port: 5556, source: { host: "lo", port: 7 } }],
    ["[::1]:0;[::1]:5556", { host: "::1", port: 5556, source: { host: "::1", port: 0 } }],
  ] as const) {
    it(`are parsed to connect: ${address}`, () => {
      expect(parseConnectAddress(address)).to.deep.equal(expected)
    })
  }

  const neither = ["127.0.0.1", "127.0.0.1:", "127.0.0.1:abc", "127.0.0.1:12x", "127.0.0.1:0x10", "127.0.0.1:!"]
  for (const address of [...neither, "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:5555/foo", ""]) {
    it(`are rejected: "${address}"`, () => {
      for (const parse of [parseBindAddress, parseConnectAddress]) {
        expect(() => parse(address))
          .to.throw()
          .that.includes({ code: "EINVAL", address: `tcp://${address}` })
      }
    })
  }

  it("are rejected without a host: ENODEV to bind, EINVAL to connect", () => {
    expect(() => parseBindAddress(":5555"))
      .to.throw()
      .that.includes({ code: "ENODEV", address: "tcp://:5555" })
    expect(() => parseConnectAddress(":5555"))
      .to.throw()
      .that.includes({ code: "EINVAL", address: "tcp://:5555" })
  })

  for (const address of [
    "*:5",
    "127.0.0.1:*",
    "-a:12",
    "%eth0:1",
    "*:5555;127.0.0.1:5556",
    ";127.0.0.1:1",
    "a:1;*:2",
  ]) {
    it(`are rejected to connect: "${address}"`, () => {
      expect(() => parseConnectAddress(address))
        .to.throw()
        .that.includes({ code: "EINVAL", address: `tcp://${address}` })
    })
  }
})
