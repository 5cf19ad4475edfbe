import { expect } from "chai"
import { createPattern } from "../../src/patterns/create.js"
import { SOCKET_TYPE_NAMES } from "../../src/zmtp/socket-type.js"
import { Host } from "../support/peer.js"

describe("createPattern", () => {
  for (const [type, name] of SOCKET_TYPE_NAMES.entries()) {
    it(`gives socket type ${type} the routing of ${name}`, () => {
      const pattern = createPattern(type, new Host(), { mandatory: false, handover: false, verbosity: null })
      expect(pattern.constructor.name.toUpperCase()).to.equal(`${name}PATTERN`)
    })
  }
})
