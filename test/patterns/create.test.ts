import { expect } from "chai"
import { createPattern } from "../../src/patterns/create.js"
import { SOCKET_TYPE_NAMES } from "../../src/zmtp/socket-type.js"
import { Host } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

/** The first type that not every entry has. */
const STREAM = 11

describe("createPattern", () => {
  for (const [type, name] of SOCKET_TYPE_NAMES.slice(0, STREAM).entries()) {
    it(`gives socket type ${type} the routing of ${name}`, () => {
      const pattern = createPattern(type, new Host(), DEFAULTS)
      expect(pattern.constructor.name.toUpperCase()).to.equal(`${name}PATTERN`)
    })
  }
})
