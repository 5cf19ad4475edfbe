import { expect } from "chai"
import { registerStandardTypes } from "../../src/sockets/standard-sockets.js"
import { registeredType } from "../../src/sockets/type-registry.js"
import { SOCKET_TYPE_NAMES } from "../../src/zmtp/socket-types.js"
import { DEFAULTS } from "../support/pattern-options.js"
import { Host } from "../support/peer.js"

/** The first type that some entry points do not include. */
const STREAM = 11

describe("registeredType", () => {
  before(registerStandardTypes)

  for (const [number, name] of SOCKET_TYPE_NAMES.slice(0, STREAM).entries()) {
    it(`returns the routing and the name of ${name} for number ${number}`, () => {
      const type = registeredType(number)!
      const pattern = type.pattern(new Host(), DEFAULTS)
      expect(pattern.constructor.name.toUpperCase()).to.equal(`${name}PATTERN`)
      expect(type.name).to.equal(name)
    })
  }
})
