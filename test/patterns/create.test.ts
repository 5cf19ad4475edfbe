import { expect } from "chai"
import { createPattern, hasPattern, registerPattern } from "../../src/patterns/create.js"
import { DealerPattern } from "../../src/patterns/dealer.js"
import { SOCKET_TYPE_NAMES } from "../../src/zmtp/socket-type.js"
import { Host } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

/** The first type that not every entry has. */
const STREAM = 11

/** A number that no type has. */
let unused = 100

describe("createPattern", () => {
  for (const [type, name] of SOCKET_TYPE_NAMES.slice(0, STREAM).entries()) {
    it(`gives socket type ${type} the routing of ${name}`, () => {
      const pattern = createPattern(type, new Host(), DEFAULTS)
      expect(pattern.constructor.name.toUpperCase()).to.equal(`${name}PATTERN`)
    })
  }

  it("knows only types that are registered, and gives those their routing", () => {
    const type = unused++
    expect(hasPattern(type)).to.equal(false)
    registerPattern(type, (host) => new DealerPattern(host, DEFAULTS))
    expect([hasPattern(type), hasPattern(STREAM - 1), hasPattern(type + 1)]).to.deep.equal([true, true, false])
    expect(createPattern(type, new Host(), DEFAULTS)).to.be.an.instanceof(DealerPattern)
  })
})
