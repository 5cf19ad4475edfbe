import { expect } from "chai"
import { ignoringOwner, lengthOf } from "../../../src/transports/attached/endings.js"

describe("the end of a stream of the application", () => {
  it("is all that an ignoring owner reports", () => {
    const errors: (Error | undefined)[] = []
    const owner = ignoringOwner(() => errors.push(undefined))
    owner.data(Buffer.from("x"))
    owner.pingAnswered()
    owner.drained()
    expect([owner.requestRoom(), errors.length]).to.deep.equal([undefined, 0])
    owner.closed(new Error("lost"))
    expect(errors).to.have.length(1)
  })

  it("counts the bytes of all pieces", () => {
    expect([lengthOf([]), lengthOf([Buffer.alloc(3), new Uint8Array(0), Buffer.alloc(4)])]).to.deep.equal([0, 7])
  })
})
