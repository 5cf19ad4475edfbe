import { expect } from "chai"
import { Socket } from "node:net"
import { isAllowedOrigin, isRebindable } from "../../../src/transports/ws/origin.js"

describe("isAllowedOrigin", () => {
  it("accepts a page of the host that it connects to, on any port and with either scheme", () => {
    for (const [origin, host] of [
      ["http://example.com", "example.com"],
      ["https://example.com:8443", "example.com:9000"],
      ["http://EXAMPLE.com", "example.COM"],
      ["http://[2001:db8::1]:80", "[2001:db8::1]:9000"],
      ["http://localhost:3000", "127.0.0.1:9000"],
      ["http://127.0.0.1", "[::1]:9000"],
      ["http://127.1.2.3", "localhost"],
    ] as const) {
      expect(isAllowedOrigin(undefined, origin, host, false), `${origin} at ${host}`).to.equal(true)
    }
  })

  it("rejects pages of other hosts, and everything that is not a page", () => {
    for (const [origin, host] of [
      ["http://example.org", "example.com"],
      ["http://a.example.com", "example.com"],
      ["http://example.com", undefined],
      ["null", "null"],
      ["file://", ""],
      ["file://example.com", "example.com"],
      ["chrome-extension://example.com", "example.com"],
      ["http://example.com", "example.com/x"],
      ["http://example.com", "user@example.com"],
      ["http://example.com", "example.com#@evil.com"],
      ["http://localhost.evil.com", "localhost"],
      ["http://128.0.0.1", "localhost"],
      ["", ""],
    ] as const) {
      expect(isAllowedOrigin(undefined, origin, host, false), `${origin} at ${host}`).to.equal(false)
    }
  })

  it("accepts clients that send no origin, such as programs", () => {
    expect(isAllowedOrigin(undefined, undefined, undefined, true)).to.equal(true)
    expect(isAllowedOrigin("https://example.com", undefined, "other", true)).to.equal(true)
  })

  it("rejects names that a site could have rebound to a loopback address, but not addresses and localhost", () => {
    for (const [origin, host, allowed] of [
      ["http://evil.com", "evil.com", false],
      ["http://127.0.0.1", "127.0.0.1", true],
      ["http://192.168.0.1", "192.168.0.1", true],
      ["http://localhost", "localhost", true],
    ] as const) {
      expect(isAllowedOrigin(undefined, origin, host, true), origin).to.equal(allowed)
    }
  })

  it("accepts an origin, a list of origins, or `*`", () => {
    const allowed = (check: string | string[], origin: string): boolean => isAllowedOrigin(check, origin, "x", true)
    expect([allowed("https://a.com", "https://a.com"), allowed("https://a.com", "https://a.com:8")]).to.deep.equal([
      true,
      false,
    ])
    const list = ["https://a.com", "null"]
    expect(["https://a.com", "null", "https://b.com"].map((origin) => allowed(list, origin))).to.deep.equal([
      true,
      true,
      false,
    ])
    expect(allowed("*", "https://anything.com")).to.equal(true)
  })

  it("lets a function decide, and accepts only the answer true", () => {
    const asked: unknown[] = []
    const answering = (answer: unknown): boolean =>
      isAllowedOrigin(((origin: unknown) => (asked.push(origin), answer)) as () => boolean, "https://a.com", "x", true)
    expect([true, false, 1, "yes", Promise.resolve(true), undefined].map(answering)).to.deep.equal([
      true,
      ...[false, false, false, false, false],
    ])
    expect(asked.every((origin) => origin === "https://a.com")).to.equal(true)
    expect(answering(Promise.reject(new Error("no")))).to.equal(false)
  })
})

describe("isRebindable", () => {
  it("is true for connections of a loopback address without TLS", () => {
    const [plain, encrypted] = [new Socket(), Object.assign(new Socket(), { encrypted: true })]
    for (const [peer, rebindable] of [
      ["127.0.0.1", true],
      ["127.255.0.9", true],
      ["::1", true],
      ["::ffff:127.0.0.1", true],
      ["192.168.0.1", false],
      ["::ffff:10.0.0.1", false],
      ["2001:db8::1", false],
      ["", false],
    ] as const) {
      expect(isRebindable(plain, peer), peer).to.equal(rebindable)
      expect(isRebindable(encrypted, peer), peer).to.equal(false)
    }
  })
})
