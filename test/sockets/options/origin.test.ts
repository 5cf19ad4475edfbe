import { expect } from "chai"
import { Dealer } from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { thrown } from "../../support/receiving.js"

describe("origins of web pages", () => {
  const use = closing()

  for (const origin of [
    "http://localhost:5173",
    "https://example.com",
    "http://[::1]:3000",
    "null",
    "chrome-extension://abcdefghijklmnop",
    "capacitor://localhost",
    "*",
  ]) {
    it(`are accepted as browsers send them: ${origin}`, () => {
      expect(use(new Dealer({ webSocketOrigin: origin })).webSocketOrigin).to.equal(origin)
      if (origin !== "*") expect(use(new Dealer({ webSocketOrigin: [origin] })).webSocketOrigin).to.deep.equal([origin])
    })
  }

  // What is rejected, and the example that the error suggests.
  for (const [value, example] of [
    ["http://localhost:5173/", "http://localhost:5173"],
    ["https://Example.com", "https://example.com"],
    ["https://example.com:443", "https://example.com"],
    ["https://example.com/path?query", "https://example.com"],
    ["example.com", "http://example.com"],
    ["localhost", "http://localhost"],
    ["[::1]", "http://[::1]"],
    ["https://*.example.com", "https://example.com"],
    ["*.example.com", "https://example.com"],
    ["", "https://example.com"],
    ["file:///path", "https://example.com"],
    ["data:text/html,", "https://example.com"],
    ["chrome-extension://id/page", "chrome-extension://id"],
  ] as const) {
    it(`are rejected if browsers never send them: ${JSON.stringify(value)}`, () => {
      const what = "an origin (a scheme, a host, and a port unless it is the default)"
      const expected = `Invalid webSocketOrigin: ${JSON.stringify(value)}, expected ${what}, such as ${JSON.stringify(example)}`
      for (const webSocketOrigin of [value, [value], ["https://example.com", value]]) {
        const error = thrown(() => new Dealer({ webSocketOrigin }))
        expect([error.code, (error.cause as Error).message]).to.deep.equal(["EINVAL", expected])
      }
    })
  }

  it("are not a list that contains all origins", () => {
    const error = thrown(() => new Dealer({ webSocketOrigin: ["https://example.com", "*"] }))
    expect([error.code, (error.cause as Error).message]).to.deep.equal([
      "EINVAL",
      'Invalid webSocketOrigin: ["*"], expected "*" itself, which allows every origin',
    ])
  })

  it("are accepted as a function, or as none", () => {
    const check = (): boolean => true
    expect(use(new Dealer({ webSocketOrigin: check })).webSocketOrigin).to.equal(check)
    const dealer = use(new Dealer({ webSocketOrigin: "*" }))
    dealer.webSocketOrigin = undefined
    expect(dealer.webSocketOrigin).to.equal(undefined)
  })

  it("are rejected as other types", () => {
    for (const webSocketOrigin of [5, true, {}, null]) {
      expect(() => new Dealer({ webSocketOrigin: webSocketOrigin as never })).to.throw(
        TypeError,
        "Origins must be a string, an array, or a function",
      )
    }
  })
})
