import { expect } from "chai"
import { FIN_OPTION, nakListOption, readOptions } from "../../src/pgm/options.js"
import { hex } from "../support/cuts.js"
import { CAPTURED } from "../support/pgm.js"

const NONE = { fragment: undefined, nakList: [], fin: false, rst: false }

/** Prepends OPT_LENGTH with the total length of the options. */
function list(options: string): Buffer {
  const rest = hex(options)
  const length = Buffer.from([0, 4, 0, 0])
  length.writeUInt16BE(rest.length + 4, 2)
  return Buffer.concat([length, rest])
}

describe("options (RFC 3208, section 9)", () => {
  it("are parsed as libzmq has written them", () => {
    expect(readOptions(CAPTURED.fin, 36)).to.deep.equal({ ...NONE, size: 8, fin: true })
    expect(readOptions(CAPTURED.nakList, 36)).to.deep.equal({ ...NONE, size: 16, nakList: [0x3c, 0x3d] })
  })

  it("are written as libzmq writes them", () => {
    expect(Buffer.from(FIN_OPTION)).to.deep.equal(CAPTURED.fin.subarray(36))
    expect(Buffer.from(nakListOption([0x3c, 0x3d]))).to.deep.equal(CAPTURED.nakList.subarray(36))
    expect(readOptions(Buffer.from(nakListOption([0xfffe_fdfc])), 0)).to.deep.include({ nakList: [0xfffe_fdfc] })
  })

  it("are parsed if they are fragments, or the end or failure of a session", () => {
    expect(readOptions(list("8110 0000 00000005 00000100 00001000"), 0)).to.deep.equal({
      ...NONE,
      size: 20,
      fragment: { first: 5, offset: 0x100, size: 0x1000 },
    })
    expect(readOptions(list("8f04 0000"), 0)).to.deep.equal({ ...NONE, size: 8, rst: true })
    expect(readOptions(list("0e04 0000 8110 0000 00000005 00000000 00000001"), 0)).to.deep.include({ fin: true })
  })

  it("can have no data: three bytes", () => {
    expect(readOptions(list("8803 00"), 0)).to.deep.equal({ ...NONE, size: 7 })
    expect(readOptions(list("8802 00"), 0)).to.equal(undefined)
  })

  it("are skipped if they are meant for others", () => {
    // OPT_JOIN, OPT_SYN, OPT_PARITY_PRM, OPT_INVALID
    for (const option of ["8308 0000 00000001", "8d04 0000", "8808 0002 00000004", "ff04 0003"]) {
      expect(readOptions(list(option), 0), option).to.deep.equal({ ...NONE, size: list(option).length })
    }
  })

  it("have at least three bytes", () => {
    expect(readOptions(list("6003 00 8e04 0000"), 0)).to.deep.equal({ ...NONE, fin: true, size: 11 })
    expect(readOptions(list("6002 8e04 0000"), 0)).to.equal(undefined)
  })

  it("are ignored, or invalidate their packet, as unknown options specify", () => {
    const outcome = (bits: number) => readOptions(list(`e004 0${bits}00`), 0)
    expect([outcome(0), outcome(1)]).to.deep.equal([
      { ...NONE, size: 8 },
      { ...NONE, size: 8 },
    ])
    expect([outcome(2), outcome(3)]).to.deep.equal([undefined, undefined])
  })

  it("are not accepted if they are malformed", () => {
    const malformed = [
      "",
      "0004",
      "00040004", // no option
      "0104000800048e040000", // no OPT_LENGTH
      "000500088e040000",
      "000400098e040000", // past the end of the packet
      "000400078e040000", // past the end of the options
      "000400058e", // no length
      "000400088e020000", // shorter than its header
      "000400080e040000", // no last option
      "000400088e050000",
      "0004000c8108000000000000", // a fragment of another size
      "000400088204 0000", // an empty list
      "0004000a820600000000",
    ]
    for (const bytes of malformed) expect(readOptions(hex(bytes), 0), bytes).to.equal(undefined)
    const good = list("0e04 0000 8110 0000 00000005 00000000 00000001")
    for (let end = 0; end < good.length; end++) expect(readOptions(good.subarray(0, end), 0)).to.equal(undefined)
  })

  it("do not exceed 16, and a list does not exceed 62 entries", () => {
    const many = (count: number) => list("0d040000".repeat(count - 1) + "8d040000")
    expect(readOptions(many(15), 0)).not.to.equal(undefined)
    expect(readOptions(many(16), 0)).to.equal(undefined)
    const long = (count: number) => Buffer.from(nakListOption(Array.from({ length: count }, (_, index) => index)))
    expect(readOptions(long(62), 0)?.nakList).to.have.length(62)
    expect(readOptions(long(63), 0)).to.equal(undefined)
    // Lists do not add up: the last one counts.
    const two = list("0208 0000 00000001 8208 0000 00000002")
    expect(readOptions(two, 0)?.nakList).to.deep.equal([2])
  })
})
