import { expect } from "chai"
import type { Data } from "../../src/pgm/packet.js"
import { Reassembly } from "../../src/pgm/reassembly.js"
import { ProtocolError } from "../../src/zmtp/protocol-error.js"
import { CAPTURED_SESSION } from "../support/pgm.js"

function data(payload: string, fragment?: [first: number, offset: number, size: number]): Data {
  const [first = 0, offset = 0, size = 0] = fragment ?? []
  return {
    kind: "data",
    ...CAPTURED_SESSION,
    repair: false,
    sequence: 0,
    trail: 0,
    fragment: fragment === undefined ? undefined : { first, offset, size },
    payload: Buffer.from(payload),
  }
}

const text = (apdu: Uint8Array | undefined) => (apdu === undefined ? undefined : Buffer.from(apdu).toString())

describe("APDUs in fragments (OPT_FRAGMENT, RFC 3208, section 9.2)", () => {
  it("are complete when their last part has arrived", () => {
    const reassembly = new Reassembly()
    expect(text(reassembly.add(data("abc", [7, 0, 7])))).to.equal(undefined)
    expect(reassembly.begun).to.equal(true)
    expect(text(reassembly.add(data("def", [7, 3, 7])))).to.equal(undefined)
    expect(text(reassembly.add(data("g", [7, 6, 7])))).to.equal("abcdefg")
    expect(reassembly.begun).to.equal(false)
    expect(text(reassembly.add(data("h")))).to.equal("h")
    expect(text(reassembly.add(data("only", [8, 0, 4])))).to.equal("only")
  })

  it("do not begin in the middle", () => {
    const reassembly = new Reassembly()
    expect([reassembly.add(data("def", [7, 3, 7])), reassembly.begun]).to.deep.equal([undefined, false])
    expect([reassembly.add(data("bcdefg", [7, 1, 7])), reassembly.begun]).to.deep.equal([undefined, false])
  })

  it("are dropped when a part is missing", () => {
    const reassembly = new Reassembly()
    reassembly.add(data("abc", [7, 0, 7]))
    reassembly.reset()
    expect([reassembly.add(data("def", [7, 3, 7])), reassembly.begun]).to.deep.equal([undefined, false])
  })

  it("are rejected when their parts do not belong together", () => {
    for (const next of [
      data("h"),
      data("def", [8, 3, 7]),
      data("def", [7, 3, 8]),
      data("def", [7, 2, 7]),
      data("def", [7, 0, 7]),
      data("defgh", [7, 3, 7]),
      data("def", [7, 3, 65_536]),
    ]) {
      const reassembly = new Reassembly()
      reassembly.add(data("abc", [7, 0, 7]))
      expect(() => reassembly.add(next)).to.throw(ProtocolError)
      expect(reassembly.begun).to.equal(false)
    }
  })

  it("have at most 65,535 bytes, as in OpenPGM", () => {
    const reassembly = new Reassembly()
    expect(reassembly.add(data("abc", [7, 0, 65_535]))).to.equal(undefined)
    expect(() => new Reassembly().add(data("abc", [7, 0, 65_536]))).to.throw(
      ProtocolError,
      /65536 bytes exceeds the limit/,
    )
  })
})
