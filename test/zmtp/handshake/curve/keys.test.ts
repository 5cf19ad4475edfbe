import { expect } from "chai"
import nacl from "tweetnacl"
import { loadSodium } from "../../../../src/security/sodium.js"
import { CurveClient } from "../../../../src/zmtp/handshake/curve/client.js"
import { isCanonicalKey } from "../../../../src/zmtp/handshake/curve/keys.js"
import { CurveServer } from "../../../../src/zmtp/handshake/curve/server.js"
import { hex } from "../../../support/cuts.js"

/** `value` as a public key: 32 bytes in little-endian order (RFC 7748, section 5). */
function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn))
}

const P = 2n ** 255n - 19n

describe("encodings of X25519 public keys (RFC 7748)", () => {
  it("accepts values below 2^255 - 19, and no others", () => {
    for (const value of [0n, 1n, 9n, 2n ** 254n, P - 2n, P - 1n, P - 256n, P - 2n ** 248n]) {
      expect(isCanonicalKey(littleEndian(value)), String(value)).to.equal(true)
    }
    for (let byte = 1; byte < 32; byte++) {
      const value = P - 2n ** BigInt(8 * byte)
      expect(isCanonicalKey(littleEndian(value)), String(value)).to.equal(true)
    }
    for (let value = P; value < 2n ** 255n; value++) {
      expect(isCanonicalKey(littleEndian(value)), String(value)).to.equal(false)
    }
    for (const value of [2n ** 255n, 2n ** 255n + 9n, 2n ** 255n + P, 2n ** 256n - 1n]) {
      expect(isCanonicalKey(littleEndian(value)), String(value)).to.equal(false)
    }
  })

  it("accepts the keys that other libraries generate", () => {
    // The public keys of RFC 7748, section 6.1.
    for (const key of [
      "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    ]) {
      expect(isCanonicalKey(hex(key))).to.equal(true)
    }
    for (let index = 0; index < 100; index++) expect(isCanonicalKey(nacl.box.keyPair().publicKey)).to.equal(true)
  })

  it("accepts 32 bytes only", () => {
    for (const length of [0, 1, 31, 33, 64]) expect(isCanonicalKey(new Uint8Array(length))).to.equal(false)
  })
})

describe("keys of another length", () => {
  const key = nacl.box.keyPair().publicKey
  const keys = { publicKey: key, secretKey: key, serverKey: key }
  const metadata = new Uint8Array(0)

  for (const length of [0, 31, 33]) {
    it(`do not reach the cipher: ${length} bytes`, () => {
      const crypto = loadSodium()
      const other = new Uint8Array(length)
      for (const name of ["publicKey", "secretKey", "serverKey"]) {
        expect(() => new CurveClient(metadata, { ...keys, crypto, [name]: other })).to.throw(
          RangeError,
          `Invalid ${name}: ${length} bytes, expected 32`,
        )
      }
      expect(() => new CurveServer(metadata, { ...keys, crypto, secretKey: other })).to.throw(
        RangeError,
        `Invalid secretKey: ${length} bytes, expected 32`,
      )
    })
  }
})
