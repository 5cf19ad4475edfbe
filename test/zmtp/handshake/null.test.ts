import { expect } from "chai"
import { NullMechanism } from "../../../src/zmtp/handshake/null.js"
import { hex } from "../../support/cuts.js"
import { codeOf } from "../../support/messages.js"
import { COMMAND, READY } from "../../support/vectors.js"

const body = (frame: Buffer): Buffer => frame.subarray(2)
const create = (): NullMechanism => new NullMechanism(READY.REP.subarray(8))

describe('NullMechanism (RFC 37, "The NULL Security Mechanism")', () => {
  it("sends READY with its metadata, once", () => {
    const mechanism = create()
    expect(Buffer.from(mechanism.produce()!)).to.deep.equal(body(READY.REP))
    expect(mechanism.produce()).to.equal(undefined)
  })

  it("is complete when READY was sent in both directions, in either order", () => {
    const first = create()
    first.produce()
    expect(first.ready).to.equal(false)
    first.consume(body(READY.REQ))
    expect(first.ready).to.equal(true)

    const last = create()
    last.consume(body(READY.REQ))
    expect(last.ready).to.equal(false)
    last.produce()
    expect(last.ready).to.equal(true)
  })

  it("sends READY only after that of the peer if it has to wait", () => {
    const mechanism = new NullMechanism(READY.REP.subarray(8), false, true)
    expect(mechanism.produce()).to.equal(undefined)
    mechanism.consume(body(READY.REQ))
    expect(Buffer.from(mechanism.produce()!)).to.deep.equal(body(READY.REP))
    expect(mechanism.ready).to.equal(true)
  })

  it("returns the properties that the peer announces", () => {
    const mechanism = create()
    mechanism.consume(body(READY.REQ))
    expect(Buffer.from(mechanism.peer.get("socket-type")!).toString()).to.equal("REQ")
  })

  it("rejects a second READY", () => {
    const mechanism = create()
    mechanism.consume(body(READY.REQ))
    expect(codeOf(() => mechanism.consume(body(READY.REQ)))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
  })

  it("rejects any other command", () => {
    expect(codeOf(() => create().consume(body(COMMAND.ping)))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
    expect(codeOf(() => create().consume(hex("")))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
  })

  it("states in the error which command was expected, and which one arrived", () => {
    const mechanism = create()
    expect(() => mechanism.consume(body(COMMAND.ping))).to.throw("expected READY, got PING")
    mechanism.consume(body(READY.REQ))
    expect(() => mechanism.consume(body(READY.REQ))).to.throw("expected none, got READY")
  })

  it("rejects malformed metadata", () => {
    expect(codeOf(() => create().consume(hex("05524541445901")))).to.equal("ERR_ZMTP_INVALID_METADATA")
  })
})
