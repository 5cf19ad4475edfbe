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

  for (const [address, bind, connect] of [
    ["host", "missing port", "missing port"],
    ["[::1]", "missing port", "missing port"],
    ["host:", "missing port: expected 0 to 65535", "missing port: expected 0 to 65535"],
    ["host:12x", 'invalid port "12x": expected 0 to 65535', 'invalid port "12x": expected 0 to 65535'],
    ["host:99999", 'invalid port "99999": expected 0 to 65535', 'invalid port "99999": expected 0 to 65535'],
    [":1", "missing host", "missing host"],
    ["*:1", undefined, "host * is valid only for bind"],
    ["host:*", undefined, "port * is valid only for bind"],
    ["a:1;*:2", undefined, "host * is valid only for bind"],
    ["a:1;[:2", undefined, "expected a host and a port, as in 127.0.0.1:5555"],
    [`${"h".repeat(256)}:1`, undefined, "host exceeds the limit of 255 characters"],
    [`${"h".repeat(255)}:1`, undefined, undefined],
  ] as const) {
    it(`are rejected with the reason: "${address.slice(0, 20)}"`, () => {
      const reasonOf = (parse: (address: string) => unknown): string | undefined => {
        try {
          parse(address)
        } catch (error) {
          return ((error as Error).cause as Error).message
        }
        return undefined
      }
      const expected = (reason: string | undefined) =>
        reason === undefined ? undefined : `Invalid endpoint "tcp://${address}": ${reason}`
      if (!address.includes(";")) expect(reasonOf(parseBindAddress)).to.equal(expected(bind))
      expect(reasonOf(parseConnectAddress)).to.equal(expected(connect))
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
