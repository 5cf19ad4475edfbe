import { expect } from "chai"
import { errorText, errorTextWithCause } from "../../src/cli/error-text.js"

describe("the text of an error", () => {
  it("is its message on one line, without anything that moves a cursor", () => {
    expect(errorText(new Error("refused"))).to.equal("refused")
    expect(errorText("refused")).to.equal("refused")
    const text = errorText(new Error("one\ntwo\u001b[2Jthree"))
    expect(text).to.not.match(/[\n\u001b]/)
    expect(text).to.include("one").and.include("two").and.include("three")
  })

  it("has a limited length, whatever a peer has sent", () => {
    expect(errorText(new Error("x".repeat(100_000))).length).to.be.below(1100)
  })

  it("ends with the cause, if that is an error", () => {
    const cause = new Error("why")
    expect(errorTextWithCause(new Error("what", { cause }))).to.equal("what: why")
    expect(errorTextWithCause(new Error("what", { cause: "no error" }))).to.equal("what")
    expect(errorTextWithCause(new Error("what"))).to.equal("what")
  })
})
