import { expect } from "chai"
import { encodeError, unexpected } from "../../../src/zmtp/commands/error.js"
import { RefusedError } from "../../../src/zmtp/protocol-error.js"
import { hex } from "../../support/cuts.js"
import { COMMAND } from "../../support/vectors.js"

const body = (frame: Buffer): Buffer => frame.subarray(2)

describe("unexpected", () => {
  const statuses: [reason: string, status: number | undefined][] = [
    ["300", 300],
    ["400", 400],
    ["500", 500],
    ["200", undefined],
    ["", undefined],
    ["go away", undefined],
  ]
  for (const [reason, status] of statuses) {
    it(`contains the reason ${JSON.stringify(reason)} of an ERROR command, and its status`, () => {
      const bytes = Buffer.concat([hex("054552524f52"), Buffer.of(reason.length), Buffer.from(reason)])
      const error = unexpected(bytes, "READY")
      expect(error).to.be.instanceOf(RefusedError)
      expect(error).to.include({ reason, status })
    })
  }

  it("names the expected command and the one received", () => {
    const messages = [unexpected(hex("0548454c4c4f"), "READY"), unexpected(hex("00"), undefined)].map(String)
    expect(messages).to.deep.equal([
      "ProtocolError: Unexpected command: expected READY, got HELLO",
      "ProtocolError: Unexpected command: expected none, got a malformed command",
    ])
  })

  it("reports that the peer gave no reason", () => {
    expect(unexpected(body(COMMAND.errorEmpty), "READY").message).to.equal(
      "Peer refused the connection: no reason given",
    )
    expect(unexpected(body(COMMAND.error400), "READY").message).to.equal("Peer refused the connection: 400")
  })

  it("reads no more of the reason than its length announces", () => {
    expect(unexpected(hex("054552524f52 03343030 303030"), "READY")).to.include({ reason: "400", status: 400 })
    expect(unexpected(hex("054552524f52 00 343030"), "READY")).to.include({ reason: "", status: undefined })
  })

  it("blames the peer for a truncated ERROR command", () => {
    for (const bytes of ["054552524f52", "054552524f5204343030", "054552524f5201", "054552524f52ff343030"]) {
      expect(unexpected(hex(bytes), "READY")).to.include({ code: "ERR_ZMTP_MALFORMED_COMMAND_ERROR" })
    }
  })

  it("recognizes the ERROR command as libzmq's PLAIN servers spell it", () => {
    const error = unexpected(Buffer.concat([Buffer.from("^RROR"), hex("03343030")]), "READY")
    expect(error).to.include({ reason: "400", status: 400 })
  })
})

describe("encodeError", () => {
  it("writes the length of the reason, then the reason", () => {
    expect(Buffer.from(encodeError("400", false))).to.deep.equal(hex("054552524f52 03343030"))
  })

  it("spells the name as libzmq's PLAIN servers do", () => {
    expect(Buffer.from(encodeError("400", true))).to.deep.equal(Buffer.concat([Buffer.from("^RROR"), hex("03343030")]))
  })
})
