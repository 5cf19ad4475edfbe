import { expect } from "chai"
import { loadSodium } from "../../../src/node/sodium.js"
import { cryptoLoaded, loadCrypto, provideCrypto } from "../../../src/zmtp/curve/crypto.js"
import { caught } from "../../support/receiving.js"

describe("the library for CURVE", () => {
  after(() => {
    provideCrypto(loadSodium)
  })

  it("is loaded again where that has failed, once for all who need it", async () => {
    const fault = new RangeError("Out of memory")
    let loads = 0
    provideCrypto(() => (++loads === 1 ? Promise.reject(fault) : loadSodium()))
    expect(await Promise.all([caught(loadCrypto()), caught(loadCrypto())])).to.deep.equal([fault, fault])
    expect([loads, cryptoLoaded()]).to.deep.equal([1, false])
    await Promise.all([loadCrypto(), loadCrypto()])
    expect([loads, cryptoLoaded()]).to.deep.equal([2, true])
  })
})
