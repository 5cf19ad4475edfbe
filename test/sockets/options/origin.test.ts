import { expect } from "chai"
import { Dealer } from "../../../src/index.js"
import { closing } from "../../support/closing.js"

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
})
