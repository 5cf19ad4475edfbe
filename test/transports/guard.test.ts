import { expect } from "chai"
import { loadSodium } from "../../src/node/sodium.js"
import { curveKeyPair, Pull } from "../../src/index.js"
import { coreOf } from "../../src/socket.js"
import { createGuard, type Guard } from "../../src/transports/guard.js"
import type { CurveCrypto } from "../../src/zmtp/curve/crypto.js"
import type { Security } from "../../src/zmtp/security.js"
import { closing } from "../support/closing.js"

function cryptoOf(security: Security): CurveCrypto {
  if (security.mechanism !== "CURVE") throw new Error(`Unexpected mechanism ${security.mechanism}`)
  return security.crypto
}

describe("the library for CURVE", () => {
  const use = closing()

  /** The security of a CURVE server, as `guard` passes it to engines. */
  function serverOf(guard: Guard): Security {
    const socket = use(new Pull({ curveServer: true, curveSecretKey: curveKeyPair().secretKey }))
    return guard.options(coreOf(socket)).security
  }

  it("is there once prepare has resolved, and is loaded once for all who wait", async () => {
    let loads = 0
    const guard = createGuard(() => {
      loads++
      return loadSodium()
    })
    const security = serverOf(guard)
    expect(guard.isPrepared({ mechanism: "NULL" })).to.equal(true)
    expect(guard.isPrepared(security)).to.equal(false)
    expect(() => cryptoOf(security)).to.throw("not loaded yet")
    await Promise.all([guard.prepare(), guard.prepare()])
    expect([guard.isPrepared(security), loads]).to.deep.equal([true, 1])
    expect(cryptoOf(security).random(3)).to.have.length(3)
  })

  it("is loaded again after that has failed", async () => {
    let loads = 0
    const guard = createGuard(async () => {
      if (loads++ === 0) throw new Error("no such file")
      return loadSodium()
    })
    const security = serverOf(guard)
    const failure: unknown = await guard.prepare().catch((error: unknown) => error)
    expect(String(failure)).to.equal("Error: no such file")
    expect(guard.isPrepared(security)).to.equal(false)
    await guard.prepare()
    expect(guard.isPrepared(security)).to.equal(true)
  })
})
