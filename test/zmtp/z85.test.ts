import { expect } from "chai"
import { decodeZ85, encodeZ85 } from "../../src/zmtp/z85.js"
import { hex } from "../support/cuts.js"

/** The test data of the reference implementation in RFC 32, and the extreme values of five characters. */
const VECTORS = [
  ["", ""],
  ["864fd26fb559f75b", "HelloWorld"],
  ["8e0bdd697628b91d8f245587ee95c5b04d48963f79259877b49cd9063aead3b7", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"],
  ["00000000", "00000"],
  ["00000001ffffffff", "00001%nSc0"],
] as const

describe("Z85 (RFC 32)", () => {
  it("has five characters for four bytes, in both directions", () => {
    for (const [bytes, text] of VECTORS) {
      expect(encodeZ85(hex(bytes))).to.equal(text)
      expect(Buffer.from(decodeZ85(text)).toString("hex")).to.equal(bytes)
    }
  })

  it("encodes the part of the memory that a view shows", () => {
    expect(encodeZ85(hex(`ffff${VECTORS[1][0]}ffff`).subarray(2, 10))).to.equal(VECTORS[1][1])
  })

  it("does not encode bytes that are not a multiple of four", () => {
    for (const length of [1, 2, 3, 5, 31, 33]) {
      expect(() => encodeZ85(new Uint8Array(length))).to.throw(RangeError, `multiples of 4 bytes, got ${length}`)
    }
  })

  it("does not decode text that is not a multiple of five characters", () => {
    for (const length of [1, 2, 3, 4, 6, 39, 41]) {
      expect(() => decodeZ85("0".repeat(length))).to.throw(RangeError, `multiple of 5 characters, got ${length}`)
    }
  })

  it("does not decode other characters, wherever they are", () => {
    for (const other of [" ", "~", '"', "ø", "_"]) {
      for (let at = 0; at < 10; at++) {
        const text = `${"0".repeat(at)}${other}${"0".repeat(9 - at)}`
        expect(() => decodeZ85(text), text).to.throw(RangeError, "Invalid Z85 digit")
      }
    }
  })

  it("does not decode five characters that exceed four bytes", () => {
    expect(() => decodeZ85("%nSc1")).to.throw(RangeError, "five digits exceed 32 bits")
    expect(() => decodeZ85("00000%nSc1")).to.throw(RangeError, "five digits exceed 32 bits")
    expect(() => decodeZ85("#####")).to.throw(RangeError, "five digits exceed 32 bits")
  })
})
