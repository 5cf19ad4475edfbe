import { expect } from "chai"
import { GreetingReader } from "../../../src/zmtp/handshake/greeting-reader.js"
import { hex } from "../../support/cuts.js"
import { GREETING_3_0, GREETING_3_1, READY } from "../../support/vectors.js"

/** A ZMTP 3.1 greeting from a CURVE server of libzmq. */
const CURVE_SERVER = hex(`ff00000000000000017f 0301 4355525645 ${"00".repeat(15)} 01 ${"00".repeat(31)}`)

describe("GreetingReader", () => {
  for (const [what, bytes, version, mechanism, asServer, rest] of [
    ["ZMTP 3.1", GREETING_3_1, "3.1", "NULL", false, ""],
    ["ZMTP 3.0", GREETING_3_0, "3.0", "NULL", false, ""],
    ["a CURVE server", CURVE_SERVER, "3.1", "CURVE", true, ""],
    ["ZMTP 2.0", hex("ff00000000000000017f 01 05"), "2.0", "", false, ""],
    ["ZMTP 1.0 with a signature", hex("ff00000000000000017f 00 05"), "1.0", "", false, ""],
    ["ZMTP 1.0 without a greeting", hex("0100"), "unversioned", "", false, "0100"],
  ] as const) {
    it(`reads ${what} however it is split, and returns the rest`, () => {
      const whole = Buffer.concat([bytes, READY.PAIR])
      for (let at = 0; at <= whole.length; at++) {
        const reader = new GreetingReader()
        expect(reader.version).to.equal(undefined)
        const left = [whole.subarray(0, at), whole.subarray(at)].map((chunk) => {
          if (reader.version === undefined) return reader.push(chunk)
          return chunk
        })
        expect([reader.version, reader.mechanism, reader.asServer]).to.deep.equal([version, mechanism, asServer])
        const found = Buffer.concat(left.map((chunk) => chunk ?? Buffer.alloc(0)))
        expect(found.toString("hex")).to.equal(`${rest}${READY.PAIR.toString("hex")}`)
      }
    })
  }

  for (const [what, greeting, frame] of [
    ["ZMTP 3.1", GREETING_3_1, "00 02 6869"],
    ["ZMTP 2.0", hex("ff00000000000000017f 01 05"), "00 02 6869"],
    ["ZMTP 1.0", hex("ff00000000000000017f 00 05"), "03 00 6869"],
    ["ZMTP 1.0 without a greeting", hex(""), "03 00 6869"],
  ] as const) {
    it(`creates the decoder for the frames of ${what}`, () => {
      const reader = new GreetingReader()
      const rest = reader.push(Buffer.concat([greeting, hex(frame)]))!
      const decoder = reader.createDecoder()
      decoder.push(rest)
      expect([decoder.next(), Buffer.from(decoder.body).toString(), decoder.next()]).to.deep.equal([true, "hi", false])
    })
  }
})
