import { expect } from "chai"
import { mayEnter, NEXT_STATES, type EngineState } from "../../src/zmtp/state.js"

const STATES = Object.keys(NEXT_STATES) as EngineState[]

describe("the states of an engine", () => {
  it("follow each other only forward, except for the handshake after a verdict", () => {
    const order = ["new", "greeting", "awaiting-verdict", "handshake", "traffic"]
    for (const [state, next] of STATES.flatMap((from) => NEXT_STATES[from].map((to) => [from, to] as const))) {
      expect(mayEnter(state, next)).to.equal(true)
      if (next !== "awaiting-verdict") expect(order.indexOf(next)).to.be.greaterThan(order.indexOf(state))
    }
  })

  it("reject every other change as a fault of the engine", () => {
    expect(() => mayEnter("traffic", "handshake")).to.throw(
      'An engine cannot change from the state "traffic" to "handshake"',
    )
    for (const state of STATES.filter((each) => each !== "closed"))
      expect(() => mayEnter(state, "new"), state).to.throw()
  })

  it("end with failed and closed, which follow every other state, and closed is final", () => {
    for (const state of STATES) {
      const open = state !== "closed"
      expect([mayEnter(state, "failed"), mayEnter(state, "closed")], state).to.deep.equal([open, open])
    }
    expect(mayEnter("closed", "traffic")).to.equal(false)
  })
})
