import { expect } from "chai"
import { Counter, nonceOf, Sequence } from "../../../../src/zmtp/handshake/curve/nonce.js"
import { hex } from "../../../support/cuts.js"
import { codeOf } from "../../../support/messages.js"

/** `count` as eight bytes in big-endian order. */
function short(count: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(count)
  return bytes
}

describe('nonces (RFC 26, "Nonces")', () => {
  it("are 24 bytes: the prefix, and the part that is sent", () => {
    expect(Buffer.from(nonceOf("CurveZMQHELLO---", short(1n))).toString("latin1")).to.equal(
      "CurveZMQHELLO---\0\0\0\0\0\0\0\x01",
    )
    expect(Buffer.from(nonceOf("COOKIE--", Buffer.alloc(16, "n"))).toString()).to.equal(`COOKIE--${"n".repeat(16)}`)
  })

  it("count from one, most significant byte first", () => {
    const counter = new Counter()
    for (let count = 1; count <= 70_000; count++) {
      const bytes = counter.next()
      if (count < 3 || count % 255 < 3) expect(Buffer.from(bytes), String(count)).to.deep.equal(short(BigInt(count)))
    }
  })

  it("count on beyond 32 bits, up to the largest whole number that is exact, and no further", () => {
    for (const used of [2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 40 - 1, 2 ** 48 - 1, Number.MAX_SAFE_INTEGER - 1]) {
      expect(Buffer.from(new Counter(used).next()), String(used)).to.deep.equal(short(BigInt(used) + 1n))
    }
    const all = [0x10, 0x0203_0405_0607]
    expect(Buffer.from(new Counter(all[0]! * 2 ** 48 + all[1]! - 1).next())).to.deep.equal(hex("0010020304050607"))
    expect(() => new Counter(Number.MAX_SAFE_INTEGER).next()).to.throw("All nonces of this connection have been used")
  })

  it("are written completely over others, and nowhere else", () => {
    const bytes = Buffer.alloc(12, 0xff)
    new Counter().write(bytes, 2)
    expect(bytes).to.deep.equal(hex("ffff 0000000000000001 ffff"))
  })

  it("are each greater than the one before, in any of the eight bytes", () => {
    const sequence = new Sequence()
    for (const count of [1n, 2n, 255n, 256n, 257n, 2n ** 16n, 2n ** 24n, 2n ** 32n, 2n ** 32n + 2n ** 24n, 2n ** 40n]) {
      sequence.check(short(count))
      for (const replayed of [count, count - 1n]) {
        expect(
          codeOf(() => sequence.check(short(replayed))),
          String(replayed),
        ).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
      }
    }
  })

  it("are compared as numbers", () => {
    for (let byte = 0; byte < 8; byte++) {
      const power = 2n ** BigInt(8 * byte)
      if (power > 2n ** 48n) continue
      // Just below, at, and just above the last count.
      const sequence = new Sequence()
      sequence.check(short(5n * power))
      for (const lower of [5n * power - 1n, 4n * power, 5n * power]) {
        expect(
          codeOf(() => sequence.check(short(lower))),
          `${lower} after ${5n * power}`,
        ).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
      }
      sequence.check(short(5n * power + 1n))
      sequence.check(short(6n * power + 1n))
    }
  })

  it("are found in the middle of other bytes", () => {
    const sequence = new Sequence()
    sequence.check(Buffer.concat([Buffer.alloc(3, 0xff), short(0x01_0203_0405_0607n), Buffer.alloc(3, 0xff)]), 3)
    expect(codeOf(() => sequence.check(short(0x01_0203_0405_0607n)))).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
    sequence.check(short(0x01_0203_0405_0608n))
  })

  it("do not begin with zero", () => {
    expect(codeOf(() => new Sequence().check(short(0n)))).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
  })

  it("are rejected if they cannot be distinguished anymore: from 2^53", () => {
    new Sequence().check(short(2n ** 53n - 1n))
    for (const count of [2n ** 53n, 2n ** 56n, 2n ** 63n, 2n ** 64n - 1n]) {
      expect(
        codeOf(() => new Sequence().check(short(count))),
        String(count),
      ).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
    }
  })
})
