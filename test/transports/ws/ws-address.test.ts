import { expect } from "chai"
import { parseWsBindAddress, parseWsConnectAddress } from "../../../src/transports/ws/ws-address.js"

describe("addresses of ws:// and wss://", () => {
  it("have the path / unless there is another", () => {
    expect(parseWsBindAddress("ws", "127.0.0.1:5555")).to.include({ path: "/" })
    expect(parseWsBindAddress("ws", "127.0.0.1:5555/feed")).to.include({ path: "/feed" })
  })

  it("have paths as they are in requests: escaped, without . and ..", () => {
    expect(parseWsBindAddress("ws", "127.0.0.1:1/a b/../ü")).to.include({ path: "/%C3%BC" })
  })

  it("may have a query where they are connected, but not where they are bound", () => {
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
})
