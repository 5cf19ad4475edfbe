import { expect } from "chai"
import { createHash } from "node:crypto"
import nacl from "tweetnacl"
import { loadSodium } from "../../src/security/sodium.js"
import type { CurveCrypto } from "../../src/zmtp/handshake/curve/crypto.js"
import { hex } from "../support/cuts.js"

/**
 * Sizes around the lengths at which libsodium changes its algorithm: blocks of 16, 64, and 256 bytes, and the separate
 * first 32 bytes.
 */
const SIZES = [0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 96, 97, 127, 128, 129, 255, 256, 257, 287]
const LARGER = [288, 289, 303, 304, 305, 511, 512, 513, 1024, 4095, 16_383, 65_535, 65_536, 1_000_003]

/** Pseudorandom bytes that are the same in each run. */
function bytes(length: number, seed: string): Buffer {
  return createHash("shake256", { outputLength: length }).update(seed).digest()
}

describe("SodiumCrypto", () => {
  let sodium: CurveCrypto

  before(() => {
    sodium = loadSodium()
  })

  it("encrypts byte for byte as tweetnacl does, and decrypts what tweetnacl encrypts", () => {
    for (const size of [...SIZES, ...LARGER]) {
      const [key, nonce, plain] = [bytes(32, `key ${size}`), bytes(24, `nonce ${size}`), bytes(size, `plain ${size}`)]
      const box = nacl.secretbox(plain, nonce, key)
      expect(Buffer.compare(sodium.seal(plain, nonce, key), box), `sealing ${size}`).to.equal(0)
      expect(Buffer.compare(sodium.open(box, nonce, key)!, plain), `opening ${size}`).to.equal(0)
    }
  })

  it("encrypts messages in place, without touching surrounding memory", () => {
    for (const size of [...SIZES, ...LARGER]) {
      const [key, nonce, body] = [bytes(32, "key"), bytes(24, "nonce"), bytes(size, `body ${size}`)]
      const target = Buffer.alloc(size + 17 + 20, 0x55)
      sodium.sealMessage(3, body, nonce, key, target, 9)
      const box = nacl.secretbox(Buffer.concat([Buffer.of(3), body]), nonce, key)
      const expected = Buffer.concat([Buffer.alloc(9, 0x55), box, Buffer.alloc(11, 0x55)])
      expect(target.equals(expected), `sealing ${size}`).to.equal(true)
      expect(sodium.openInPlace(target.subarray(0, size + 26), 9, nonce, key)).to.equal(true)
      expect(target.subarray(26, 26 + size).equals(body), `opening ${size}`).to.equal(true)
    }
  })

  it("decrypts nothing with a changed bit, and leaves it unchanged", () => {
    for (const size of [0, 1, 40, 300, 4096]) {
      const [key, nonce, plain] = [bytes(32, "key"), bytes(24, "nonce"), bytes(size, "plain")]
      const box = nacl.secretbox(plain, nonce, key)
      for (let index = 0; index < box.length; index += index < 48 ? 1 : 97) {
        const forged = Buffer.from(box)
        forged[index]! ^= 1 << (index & 7)
        const before = Buffer.from(forged)
        expect(sodium.openInPlace(forged, 0, nonce, key), `byte ${index} of ${size}`).to.equal(false)
        expect(forged.equals(before)).to.equal(true)
      }
      expect(sodium.open(box.subarray(0, -1), nonce, key)).to.equal(undefined)
      expect(sodium.open(box, bytes(24, "another nonce"), key)).to.equal(undefined)
      expect(sodium.open(box, nonce, bytes(32, "another key"))).to.equal(undefined)
    }
  })

  it("derives the same keys as tweetnacl, for permanent secrets and for others", () => {
    for (let round = 0; round < 40; round++) {
      const secret = bytes(32, `secret ${round}`)
      const other = nacl.box.keyPair.fromSecretKey(bytes(32, `other ${round}`))
      const expected = nacl.box.before(other.publicKey, secret)
      expect(Buffer.compare(sodium.sharedKey(other.publicKey, secret)!, expected)).to.equal(0)
      for (let again = 0; again < 2; again++) {
        expect(Buffer.compare(sodium.sharedKey(other.publicKey, secret, true)!, expected)).to.equal(0)
      }
      expect(Buffer.compare(sodium.publicKey(secret), nacl.scalarMult.base(secret))).to.equal(0)
    }
    const pair = sodium.keyPair()
    expect(Buffer.compare(nacl.scalarMult.base(pair.secretKey), pair.publicKey)).to.equal(0)
  })

  // RFC 7748, "Curve25519": implementations ignore the top bit of a public key, and reduce values modulo the prime.
  it("treats non-canonical public keys as others do", () => {
    const secret = bytes(32, "secret")
    for (const [last, first] of [
      [0xff, 0x07],
      [0x7f, 0xfe],
      [0xff, 0xff],
    ] as const) {
      const key = Buffer.alloc(32, 0xff)
      key[0] = first
      key[31] = last
      const expected = nacl.box.before(key, secret)
      for (const permanent of [false, true]) {
        expect(Buffer.compare(sodium.sharedKey(key, secret, permanent)!, expected)).to.equal(0)
      }
    }
  })

  // Points of small order: anyone can compute the resulting key, whatever the secret key is.
  it("derives no key from an invalid public key", () => {
    const points = [
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ].map(hex)
    const secret = bytes(32, "secret")
    for (const point of points) {
      for (const permanent of [false, true]) {
        expect(sodium.sharedKey(point, secret, permanent), point.toString("hex")).to.equal(undefined)
      }
    }
  })

  // Key pairs from RFC 7748, "Curve25519", and the resulting box key from "Cryptography in NaCl", sections 5 to 8.
  it("derives the keys of test vectors", () => {
    const alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    const bob = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    const shared = hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389")
    const own = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    expect(Buffer.compare(sodium.publicKey(alice), own)).to.equal(0)
    for (const permanent of [false, true]) {
      expect(Buffer.compare(sodium.sharedKey(bob, alice, permanent)!, shared)).to.equal(0)
    }
  })

  it("continues after a message that exceeds its kept memory, with the same keys", () => {
    const [key, nonce, plain] = [bytes(32, "key"), bytes(24, "nonce"), bytes(100, "plain")]
    const large = Buffer.alloc(9_000_000, 7)
    const small = nacl.secretbox(plain, nonce, key)
    for (let round = 0; round < 3; round++) {
      expect(Buffer.compare(sodium.seal(plain, nonce, key), small)).to.equal(0)
      const box = sodium.seal(large, nonce, key)
      expect(Buffer.compare(sodium.open(small, nonce, key)!, plain)).to.equal(0)
      expect(large.equals(sodium.open(box, nonce, key)!)).to.equal(true)
    }
  })

  it("does not use an overwritten key, even if it was cached", () => {
    const [nonce, plain] = [bytes(24, "nonce"), bytes(100, "plain")]
    const key = Buffer.from(bytes(32, "key"))
    sodium.seal(plain, nonce, key)
    sodium.wipe(key)
    expect(Buffer.compare(sodium.seal(plain, nonce, key), nacl.secretbox(plain, nonce, Buffer.alloc(32)))).to.equal(0)
  })

  it("returns random bytes only once, however many are requested", () => {
    const seen = new Set<string>()
    for (let round = 0; round < 500; round++) {
      for (const length of [16, 32, 100, 5000]) {
        const random = sodium.random(length)
        expect(random.length).to.equal(length)
        seen.add(Buffer.from(random.subarray(0, 16)).toString("hex"))
      }
    }
    expect(seen.size).to.equal(2000)
  })
})
