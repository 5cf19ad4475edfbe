import { expect } from "chai"
import { loadCurve } from "../../src/security/no-curve.js"
import { caught } from "../support/receiving.js"

describe("loadCurve in pages and Workers", () => {
  it("reports what is missing, as it does outside Node", async () => {
    expect((await caught(loadCurve())).message).to.equal("CURVE requires node:crypto, which is not available")
  })
})
