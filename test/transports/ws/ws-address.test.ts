import { expect } from "chai"
import { parseWsBindAddress, parseWsConnectAddress } from "../../../src/transports/ws/ws-address.js"

describe("addresses of ws:// and wss://", () => {
  it("have the path / by default", () => {
    expect(parseWsBindAddress("ws", "127.0.0.1:5555")).to.include({ path: "/" })
    expect(parseWsBindAddress("ws", "127.0.0.1:5555/feed")).to.include({ path: "/feed" })
  })

  it("have paths as in requests: escaped, without . and ..", () => {
    expect(parseWsBindAddress("ws", "127.0.0.1:1/a b/../ü")).to.include({ path: "/%C3%BC" })
  })

  it("can have a query to connect, but not to bind", () => {
    expect(parseWsConnectAddress("ws", "example.org:80/feed?key=1")).to.include({ path: "/feed?key=1" })
    expect(() => parseWsBindAddress("ws", "127.0.0.1:1/feed?key=1"))
      .to.throw()
      .that.includes({ code: "EINVAL", address: "ws://127.0.0.1:1/feed?key=1" })
  })

  it("have no fragment and no control characters", () => {
    for (const address of ["127.0.0.1:1/a#b", "127.0.0.1:1/a\nb"]) {
      for (const parse of [parseWsBindAddress, parseWsConnectAddress]) {
        expect(() => parse("wss", address)).to.throw().that.includes({ code: "EINVAL", address: `wss://${address}` }) // prettier-ignore
      }
    }
  })

  for (const [endpoint, host, port, path] of [
    ["ws://example.com", "example.com", 80, "/"],
    ["ws://example.com/feed", "example.com", 80, "/feed"],
    ["wss://example.com/feed?a=b:c", "example.com", 443, "/feed?a=b:c"],
    ["wss://[::1]/feed", "::1", 443, "/feed"],
    ["wss://[::1]:8443", "::1", 8443, "/"],
    ["ws://example.com:8080/a:1", "example.com", 8080, "/a:1"],
  ] as const) {
    it(`have the default port of their scheme, unless another is given: ${endpoint}`, () => {
      const [scheme, address] = endpoint.split("://") as [string, string]
      expect(parseWsConnectAddress(scheme, address)).to.deep.equal({ host, port, path })
    })
  }

  it("match the URL class", () => {
    for (const [url, port] of [
      ["wss://example.com:443/feed", 443],
      ["ws://example.com:80/feed", 80],
    ] as const) {
      const { protocol, href } = new URL(url)
      const [scheme, address] = [protocol.slice(0, -1), href.slice(`${protocol}//`.length)]
      expect(parseWsConnectAddress(scheme, address)).to.include({ host: "example.com", port })
    }
  })

  it("have the default port after the local address, too", () => {
    expect(parseWsConnectAddress("ws", "127.0.0.1:0;example.com/feed")).to.deep.include({
      host: "example.com",
      port: 80,
      source: { host: "127.0.0.1", port: 0 },
    })
  })

  for (const address of ["example.com:", ":80", "", "example.com:/feed", "a b/feed"]) {
    it(`are rejected: ws://${address}`, () => {
      expect(() => parseWsConnectAddress("ws", address))
        .to.throw()
        .that.includes({ code: "EINVAL" })
    })
  }
})
