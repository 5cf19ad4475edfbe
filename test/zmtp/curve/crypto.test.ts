import { expect } from "chai"
import { loadSodium } from "../../../src/node/sodium.js"
import { crypto, provideCrypto } from "../../../src/zmtp/curve/crypto.js"

describe("the library for CURVE", () => {
  after(() => {
    provideCrypto(loadSodium)
  })

  it("is loaded again where that has failed, and once where it has not", () => {
    let loads = 0
    provideCrypto(() => {
      if (++loads === 1) throw new RangeError("Out of memory")
      return loadSodium()
    })
    expect(() => crypto()).to.throw("Out of memory")
    expect(crypto()).to.equal(crypto())
    expect(loads).to.equal(2)
  })
})
