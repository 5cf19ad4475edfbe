import { expect } from "chai"
import { HangUpError } from "../../../src/core/errors.js"
import { decodeError, encodeError } from "../../../src/transports/io/error-note.js"
import { IncompatiblePeerError, LimitError, ProtocolError, RefusedError } from "../../../src/zmtp/protocol-error.js"

/** The error as it arrives in another thread. */
const sent = (error: unknown): Error => decodeError(structuredClone(encodeError(error)))

const propertiesOf = (error: Error): object => Object.fromEntries(Object.entries(error))

describe("errors between threads", () => {
  for (const [name, error] of Object.entries({
    ProtocolError: new ProtocolError("ERR_ZMTP_INVALID_METADATA", "No Socket-Type"),
    LimitError: new LimitError("maxMessageSize", "Too large"),
    IncompatiblePeerError: new IncompatiblePeerError("ERR_ZMTP_MECHANISM_MISMATCH", "Peer uses PLAIN"),
    RefusedError: new RefusedError("400"),
    HangUpError: new HangUpError("CURVE"),
  })) {
    it(`keep their class, message, stack, and properties: ${name}`, () => {
      const arrived = sent(error)
      expect(arrived).to.be.instanceOf(error.constructor)
      expect(arrived.constructor.name).to.equal(name)
      expect(propertiesOf(arrived)).to.deep.equal(propertiesOf(error))
      expect([arrived.message, arrived.stack, arrived.name]).to.deep.equal([error.message, error.stack, error.name])
    })
  }

  it("keep the code of system errors", () => {
    const error = Object.assign(new Error("connect ECONNREFUSED"), {
      code: "ECONNREFUSED",
      errno: -111,
      syscall: "connect",
    })
    expect(sent(error)).to.include({ code: "ECONNREFUSED", errno: -111, syscall: "connect", message: error.message })
  })

  it("arrive as Error if their class is not part of this library", () => {
    const arrived = sent(new RangeError("out of range"))
    expect(arrived).not.to.be.instanceOf(RangeError)
    expect(arrived.message).to.equal("out of range")
  })

  it("lose properties that cannot be cloned, and no others", () => {
    const error = Object.assign(new Error("x"), { port: 5555, hook: () => 1, host: "a", socket: {}, fatal: false })
    expect(propertiesOf(sent(error))).to.deep.equal({ port: 5555, host: "a", fatal: false })
  })

  it("keep their causes, each with its class", () => {
    const cause = new ProtocolError("ERR_ZMTP_UNSPECIFIED", "Frame of 9 bytes")
    cause.cause = new Error("root")
    const arrived = sent(new Error("Handshake failed", { cause }))
    expect(arrived.cause).to.be.instanceOf(ProtocolError)
    expect((arrived.cause as Error).message).to.equal("Frame of 9 bytes")
    expect(((arrived.cause as Error).cause as Error).message).to.equal("root")
    expect("cause" in sent(new Error("none"))).to.equal(false)
  })

  it("end a chain of causes that refers to itself", () => {
    const error = new Error("loop")
    error.cause = error
    let length = 0
    for (let each: unknown = sent(error); each instanceof Error; each = each.cause) length++
    expect(length).to.equal(9)
  })

  it("arrive as errors if something else was thrown", () => {
    expect(sent("plain text").message).to.equal("plain text")
    expect(sent(undefined).message).to.equal("undefined")
    expect(sent(new Error("x", { cause: 7 })).cause).to.include({ message: "7" })
  })
})
