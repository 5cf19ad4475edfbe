import { expect } from "chai"
import { loadSodium } from "../../../src/security/sodium.js"
import { curveKeyPair, Pull } from "../../../src/index.js"
import { coreOf } from "../../../src/sockets/socket.js"
import {
  createConnectionSecurity,
  type ConnectionSecurity,
} from "../../../src/transports/authentication/connection-security.js"
import type { CurveCrypto } from "../../../src/zmtp/handshake/curve/crypto.js"
import type { Security } from "../../../src/zmtp/handshake/security.js"
import { closing } from "../../support/closing.js"

function cryptoOf(security: Security): CurveCrypto {
  if (security.mechanism !== "CURVE") throw new Error(`Unexpected mechanism ${security.mechanism}`)
  return security.crypto
}

describe("the library for CURVE", () => {
  const use = closing()

  /** The security of a CURVE server as its engines receive it from `own`. */
  function serverOf(own: ConnectionSecurity): Security {
    const socket = use(new Pull({ curveServer: true, curveSecretKey: curveKeyPair().secretKey }))
    return own.options(coreOf(socket)).security
  }

  it("is loaded on the first use of CURVE, and once for all connections", () => {
    let loads = 0
    const own = createConnectionSecurity(() => {
      loads++
      return loadSodium()
    })
    const security = serverOf(own)
    own.check("tcp://127.0.0.1:1", { mechanism: "NULL" })
    expect(loads).to.equal(0)
    own.check("tcp://127.0.0.1:1", security)
    expect(cryptoOf(security).random(3)).to.have.length(3)
    expect(loads).to.equal(1)
  })

  it("is loaded again after a failure, which is ENOTSUP with its cause", () => {
    let loads = 0
    const fault = new RangeError("Out of memory")
    const own = createConnectionSecurity(() => {
      if (++loads === 1) throw fault
      return loadSodium()
    })
    const security = serverOf(own)
    const check = (): void => {
      own.check("tcp://127.0.0.1:1", security)
    }
    expect(check).to.throw("Operation not supported").with.property("cause", fault)
    check()
    expect(loads).to.equal(2)
  })
})
