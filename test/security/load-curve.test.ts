import { expect } from "chai"
import { loadCurve } from "../../src/security/load-curve.js"
import { vector } from "../support/curve-vectors.js"
import { caught } from "../support/receiving.js"

describe("loadCurve", () => {
  it("loads an implementation that computes the keys of the test vectors", async () => {
    const crypto = await loadCurve()
    expect(Buffer.from(crypto.publicKey(vector("server secret")))).to.deep.equal(Buffer.from(vector("server public")))
  })

  it("creates an instance for each call", async () => {
    expect(await loadCurve()).to.not.equal(await loadCurve())
  })

  it("reports what is missing outside Node", async () => {
    const own = Object.getOwnPropertyDescriptor(globalThis, "process")!
    Object.defineProperty(globalThis, "process", { value: {}, configurable: true, writable: true })
    const loading = loadCurve()
    Object.defineProperty(globalThis, "process", own)
    expect((await caught(loading)).message).to.equal("CURVE requires node:crypto, which is not available")
  })
})
