import { expect } from "chai"
import { encode } from "@msgpack/msgpack"
import { msgpack } from "../../src/msgpack.js"
import { checkStructure, MAX_DEPTH } from "../../src/messaging/msgpack-structure.js"
import { hex } from "../support/cuts.js"

/** Headers with 32-bit sizes, all of which are `size`. */
function uint32(type: string, size: number, count = 1): Buffer {
  return hex(`${type}${size.toString(16).padStart(8, "0")}`.repeat(count))
}

function decode(bytes: Uint8Array): unknown {
  return msgpack().decode([Buffer.from(bytes)])
}

describe("sizes in MessagePack", () => {
  // A decoder that allocates arrays before it has their values would use hundreds of megabytes for each of these, or
  // all memory.
  for (const [what, bytes] of [
    ["nested arrays of 2^25 - 1 values", uint32("dd", 0x01ff_ffff, 12)],
    ["nested arrays of 2^32 - 1 values", uint32("dd", 0xffff_ffff, 12)],
    ["an array of one value more than there are bytes", Buffer.concat([uint32("dd", 8), Buffer.alloc(7)])],
    ["an array of 16 bits", hex("dcffff")],
    ["an array of 4 bits", hex("9f")],
    ["a map of 32 bits", uint32("df", 0x01ff_ffff)],
    ["a map of 16 bits", hex("deffff")],
    ["a map of 4 bits, without its last value", hex("82a16101a162")],
    ["a string of 32 bits", uint32("db", 0xffff_ffff)],
    ["a string of 16 bits", hex("daffff")],
    ["a string of 8 bits", hex("d9ff")],
    ["a string of 5 bits", hex("bf")],
    ["bytes of 32 bits", uint32("c6", 0xffff_ffff)],
    ["bytes of 16 bits", hex("c5ffff")],
    ["bytes of 8 bits", hex("c4ff")],
    ["an extension of 32 bits", uint32("c9", 0xffff_ffff)],
    ["an extension of 16 bits", hex("c8ffff01")],
    ["an extension of 8 bits", hex("c7ff01")],
    ["an extension of 16 bytes", hex("d801")],
    ["a string in an array in a map", hex("81a16191dbffffffff")],
    // Each array alone could fit in the remaining bytes, but not all of them together.
    [
      "arrays that share the remaining bytes",
      Buffer.concat([uint32("dd", 1_000_000, 200_000), Buffer.alloc(1_000_000)]),
    ],
    ["a text without its size", hex("d9")],
    ["a text with a part of its size", hex("db000000")],
    ["bytes without their size, in an array", hex("91c5")],
    ["an extension without its size and type", hex("c8")],
    ["an array without its size", hex("dc")],
    ["a map with a part of its size", hex("df0000")],
    ["nothing", hex("")],
    ["a number without its bytes", hex("cf00")],
  ] as const) {
    it(`are at most what the remaining bytes can contain: ${what}`, () => {
      expect(() => {
        checkStructure(bytes)
      }).to.throw(RangeError, "MessagePack")
      expect(() => decode(bytes)).to.throw(RangeError, "MessagePack")
    })
  }

  it("are accepted as the encoder writes them, for values of all kinds", () => {
    const text = (length: number): string => "x".repeat(length)
    const values = [
      ...[0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32, -1, -32, -33, -128, -129, -32_769, -(2 ** 31) - 1, 1.5],
      ...[null, true, false, "", text(31), text(32), text(255), text(256), text(65_536)],
      ...[0, 255, 256, 65_536].map((length) => Buffer.alloc(length, 7)),
      ...[0, 1, 15, 16, 65_536].map((length) => Array.from({ length }, (_, index) => index)),
      ...[1, 15, 16, 65_536].map((length) =>
        Object.fromEntries(Array.from({ length }, (_, index) => [`k${index}`, index])),
      ),
      ...[new Date(0), new Date(1.5e12), new Date(-1)],
      { a: [{ b: [[], {}, [1, [2, [3]]]] }], c: "d" },
    ]
    for (const value of [...values, values]) {
      expect(decode(encode(value))).to.deep.equal(value)
      // The data is incomplete wherever it is truncated.
      const whole = encode(value)
      for (const length of [0, 1, whole.length >> 1, whole.length - 1]) {
        if (length >= whole.length) continue
        expect(() => decode(whole.subarray(0, length))).to.throw(RangeError)
      }
    }
  })

  it("do not exceed the nesting limit, in arrays and in maps", () => {
    const nested = (depth: number, header: string): Buffer => Buffer.concat([hex(header.repeat(depth)), hex("c0")])
    for (const header of ["91", "dc0001", "81a161", "de0001a161"]) {
      let value = decode(nested(MAX_DEPTH, header))
      for (let depth = 0; depth < MAX_DEPTH; depth++) value = Object.values(value as object)[0]
      expect(value).to.equal(null)
      expect(() => decode(nested(MAX_DEPTH + 1, header))).to.throw(RangeError, `more than ${MAX_DEPTH} levels`)
    }
    // Siblings do not increase the depth.
    expect(decode(Buffer.concat([hex("dcffff"), Buffer.alloc(65_535, 0x90)]))).to.have.length(65_535)
  })

  it("leave all other errors to the decoder", () => {
    expect(() => decode(hex("c1"))).to.throw("Unrecognized type byte")
    expect(() => decode(hex("0000"))).to.throw(RangeError, "Extra")
    expect(() => decode(hex("81c000"))).to.throw("key")
  })
})
