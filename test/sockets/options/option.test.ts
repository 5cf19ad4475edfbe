import { expect } from "chai"
import { Dealer, Router, type ZmqError } from "../../../src/index.js"
import { closing } from "../../support/closing.js"

/** The error when `name` is set to `value`. */
function refusal(socket: object, name: string, value: unknown): ZmqError {
  try {
    Object.assign(socket, { [name]: value })
  } catch (error) {
    return error as ZmqError
  }
  throw new Error(`${name} was set`)
}

describe("an option out of range", () => {
  const use = closing()

  for (const [name, value, why] of [
    [
      "webSocketOrigin",
      "http://x:1/",
      'Invalid webSocketOrigin: "http://x:1/", expected an origin (a scheme, a host, and a port unless it is the default), such as "http://x:1"',
    ],
    [
      "webSocketOrigin",
      "localhost:5173",
      'Invalid webSocketOrigin: "localhost:5173", expected an origin (a scheme, a host, and a port unless it is the default), such as "http://localhost:5173"',
    ],
    [
      "webSocketOrigin",
      "https://example.com:443",
      'Invalid webSocketOrigin: "https://example.com:443", expected an origin (a scheme, a host, and a port unless it is the default), such as "https://example.com"',
    ],
    [
      "webSocketOrigin",
      "https://Example.com",
      'Invalid webSocketOrigin: "https://Example.com", expected an origin (a scheme, a host, and a port unless it is the default), such as "https://example.com"',
    ],
    [
      "webSocketOrigin",
      "example.com",
      'Invalid webSocketOrigin: "example.com", expected an origin (a scheme, a host, and a port unless it is the default), such as "http://example.com"',
    ],
    [
      "webSocketOrigin",
      "",
      'Invalid webSocketOrigin: "", expected an origin (a scheme, a host, and a port unless it is the default), such as "https://example.com"',
    ],
    [
      "webSocketOrigin",
      "http://*.example.com",
      'Invalid webSocketOrigin: "http://*.example.com", expected an origin (a scheme, a host, and a port unless it is the default), such as "https://example.com"',
    ],
    [
      "webSocketOrigin",
      ["http://a.example", "http://b.example/"],
      'Invalid webSocketOrigin: "http://b.example/", expected an origin (a scheme, a host, and a port unless it is the default), such as "http://b.example"',
    ],
    ["webSocketOrigin", ["*"], 'Invalid webSocketOrigin: ["*"], expected "*" itself, which allows every origin'],
    ["linger", -2, "Invalid linger: -2, expected -1 to 2147483647"],
    ["tcpKeepalive", 7, "Invalid tcpKeepalive: 7, expected -1 to 1"],
    ["maxMultipartSize", -3, "Invalid maxMultipartSize: -3, expected -1 to 9223372036854776000"],
    ["typeOfService", -1, "Invalid typeOfService: 4294967295, expected 0 to 2147483647"],
    ["routingId", "", "Invalid routingId: 0 bytes, expected 1 to 255"],
    ["routingId", "é".repeat(128), "Invalid routingId: 256 bytes, expected 1 to 255"],
    ["plainUsername", "", "Invalid plainUsername: 0 bytes, expected 1 to 255"],
    ["zapDomain", null, "Invalid zapDomain: 0 bytes, expected 1 to 255"],
    [
      "tcpAcceptFilter",
      "10.0.0.300",
      'Invalid tcpAcceptFilter: "10.0.0.300", expected an IP address or a block such as 10.0.0.0/8',
    ],
    ["tcpAcceptFilter", "::1", 'Invalid tcpAcceptFilter: "::1", an IPv6 address without the ipv6 option'],
  ] as const) {
    it(`causes EINVAL with the option, the value, and the valid values: ${name} ${String(value)}`, () => {
      const error = refusal(use(new Router()), name, value)
      expect([error.code, error.message, (error.cause as Error).message]).to.deep.equal([
        "EINVAL",
        "Invalid argument",
        why,
      ])
    })
  }

  it("does not reveal a password", () => {
    const error = refusal(use(new Dealer()), "plainPassword", "secret".repeat(50))
    expect((error.cause as Error).message).to.equal("Invalid plainPassword: 300 bytes, expected 1 to 255")
  })
})
