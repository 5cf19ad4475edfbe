import { expect } from "chai"
import { mayEnter, NEXT_PHASES, type PhaseName } from "../../../src/core/connection/phase.js"

const PHASES = Object.keys(NEXT_PHASES) as PhaseName[]

describe("the phases of a connection", () => {
  it("follow each other only forward", () => {
    for (const [index, phase] of PHASES.entries()) {
      for (const next of NEXT_PHASES[phase]) {
        expect(mayEnter(phase, next)).to.equal(true)
        expect(PHASES.indexOf(next)).to.be.greaterThan(index)
      }
    }
  })

  it("end with closed, which follows every other phase, and is final", () => {
    for (const phase of PHASES) {
      expect(mayEnter(phase, "closed"), phase).to.equal(phase !== "closed")
      expect(mayEnter("closed", phase), phase).to.equal(false)
    }
  })

  it("reject every other change as a fault of the connection", () => {
    expect(() => mayEnter("draining", "open")).to.throw(
      'A connection cannot change from the phase "draining" to "open"',
    )
    for (const phase of PHASES.filter((each) => each !== "closed")) {
      expect(() => mayEnter(phase, "handshaking"), phase).to.throw()
    }
  })
})
