import { expect } from "chai"
import { loadSodium } from "../../../src/security/sodium.js"
import { curveKeyPair, Pull, type SocketOptions } from "../../../src/index.js"
import { coreOf } from "../../../src/sockets/socket.js"
import {
  createConnectionFeatures,
  type ConnectionFeatures,
} from "../../../src/transports/authentication/connection-features.js"
import type { Security } from "../../../src/zmtp/handshake/security.js"
import { closing } from "../../support/closing.js"

describe("the library for CURVE", () => {
  const use = closing()

  /** The security that `features` gives the connections of a socket with the options `init`. */
  function securityOf(features: ConnectionFeatures, init: SocketOptions<Pull>): Security {
    const socket = use(new Pull(init))
    return features.secure("tcp://127.0.0.1:1", coreOf(socket).transportOptions()).security
  }

  const server = (): SocketOptions<Pull> => ({ curveServer: true, curveSecretKey: curveKeyPair().secretKey })

  it("is loaded on the first use of CURVE, and once for all endpoints", () => {
    let loads = 0
    const library = loadSodium()
    const features = createConnectionFeatures(() => {
      loads++
      return library
    })
    expect(securityOf(features, {})).to.deep.equal({ mechanism: "NULL", authenticates: false })
    expect(securityOf(features, { plainServer: true })).to.deep.equal({ mechanism: "PLAIN", asServer: true })
    expect(loads).to.equal(0)
    for (const init of [server(), server()]) expect(securityOf(features, init)).to.have.property("crypto", library)
    expect(loads).to.equal(1)
  })

  it("is not loaded for an endpoint whose options are incomplete", () => {
    const features = createConnectionFeatures(() => expect.fail("loaded"))
    expect(() => securityOf(features, { curveServer: true }))
      .to.throw("Invalid argument")
      .with.nested.property("cause.message", "Incomplete CURVE options: missing curveSecretKey")
  })

  it("is loaded again after a failure, which is ENOTSUP with its cause", () => {
    let loads = 0
    const fault = new RangeError("Out of memory")
    const features = createConnectionFeatures(() => {
      if (++loads === 1) throw fault
      return loadSodium()
    })
    const init = server()
    expect(() => securityOf(features, init))
      .to.throw("Operation not supported")
      .with.property("cause", fault)
    expect(securityOf(features, init)).to.have.property("mechanism", "CURVE")
    expect(loads).to.equal(2)
  })
})
