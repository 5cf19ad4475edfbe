import { expect } from "chai"
import { costOfEvent } from "../../src/sockets/event-cost.js"

describe("costOfEvent", () => {
  const plain = costOfEvent({ type: "accept", address: "tcp://127.0.0.1:1" })

  it("counts the texts of errors and their causes", () => {
    const withError = (error: Error): number => costOfEvent({ type: "disconnect", error })
    const short = withError(new Error("x"))
    expect(short).to.be.above(plain + 1000)
    expect(withError(new Error("x".repeat(10_000)))).to.be.above(short + 20_000)
    expect(withError(new Error("x", { cause: new Error("y".repeat(10_000)) }))).to.be.above(short + 20_000)
  })

  it("terminates for circular causes, and ignores unreadable stacks", () => {
    const error: Error = new Error("x")
    error.cause = error
    Object.defineProperty(error, "stack", {
      get() {
        throw new Error("No stack")
      },
    })
    expect(costOfEvent({ type: "disconnect", error })).to.be.within(plain, plain + 20_000)
  })

  it("counts what a peer has announced, and the properties of the verdict", () => {
    const peer = {
      properties: new Map([["x", new Uint8Array(5000)]]),
      metadata: new Map([["y", new Uint8Array(3000)]]),
    }
    expect(costOfEvent({ type: "handshake", peer })).to.be.within(plain + 8000, plain + 9000)
    expect(costOfEvent({ type: "handshake", peer: {} })).to.equal(plain)
    const named = (length: number): number =>
      costOfEvent({ type: "handshake", peer: { properties: new Map([["x".repeat(length), new Uint8Array(0)]]) } })
    // Texts take two bytes for each character.
    expect([named(1) > plain, named(5000) - named(1)]).to.deep.equal([true, 2 * 4999])
  })
})
