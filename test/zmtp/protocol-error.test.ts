import { expect } from "chai"
import { LimitError, ProtocolError, RefusedError } from "../../src/zmtp/protocol-error.js"

describe("protocol errors", () => {
  it("have a code and a message that is safe for terminals", () => {
    const error = new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "Unexpected command: \x1b[2J")
    expect(error).to.include({ name: "ProtocolError", code: "ERR_ZMTP_UNEXPECTED_COMMAND" })
    expect(error.message).to.equal("Unexpected command: \\x1b[2J")
  })

  it("have bounded messages, however much the peer has sent", () => {
    expect(new ProtocolError("ERR_ZMTP_UNSPECIFIED", "x".repeat(1_000_000)).message.length).to.be.below(2100)
  })

  it("name the limit that was exceeded", () => {
    expect(new LimitError("maxMessageSize", "Too large")).to.include({
      limit: "maxMessageSize",
      code: "ERR_ZMTP_UNSPECIFIED",
    })
  })

  for (const [reason, status] of [
    ["300", 300],
    ["400", 400],
    ["500", 500],
    ["4000", undefined],
    ["", undefined],
  ] as const) {
    it(`have status ${String(status)} for an ERROR command with reason "${reason}" (RFC 37)`, () => {
      expect(new RefusedError(reason).status).to.equal(status)
    })
  }
})
