import { expect } from "chai"
import { readFileSync } from "node:fs"
import { loadSodium } from "../../src/security/sodium.js"
import { createWebSodium } from "../../src/security/web-sodium.js"
import { naclCrypto } from "../support/nacl-crypto.js"

const compiled = new WebAssembly.Module(
  readFileSync(new URL("../../scripts/libsodium/libsodium-small.wasm", import.meta.url)),
)

describe("libsodium as a module that the host has compiled", () => {
  const web = createWebSodium(compiled)

  it("derives the same keys as libsodium in Node, and TweetNaCl", () => {
    const [mine, theirs] = [web.keyPair(), web.keyPair()]
    for (const other of [loadSodium(), naclCrypto]) {
      expect(Buffer.from(other.publicKey(mine.secretKey)).equals(web.publicKey(mine.secretKey))).to.equal(true)
      const [here, there] = [
        web.sharedKey(theirs.publicKey, mine.secretKey, true)!,
        other.sharedKey(mine.publicKey, theirs.secretKey)!,
      ]
      expect(Buffer.from(here).equals(there)).to.equal(true)
      const nonce = web.random(24)
      expect(String(other.open(web.seal(Buffer.from("secret"), nonce, here), nonce, there))).to.not.equal("undefined")
    }
  })

  it("derives no shared key from a point of small order", () => {
    expect(web.sharedKey(new Uint8Array(32), web.keyPair().secretKey)).to.equal(undefined)
  })

  for (const length of [1, 32, 1024, 65_536, 200_000]) {
    it(`returns ${length} random bytes`, () => {
      const [one, other] = [web.random(length), web.random(length)]
      expect([one.length, other.length]).to.deep.equal([length, length])
      if (length < 32) return
      expect(Buffer.from(one).equals(other)).to.equal(false)
      // The last bytes are random as well.
      expect(one.subarray(-32).some((byte) => byte !== 0)).to.equal(true)
    })
  }

  it("compares secrets", () => {
    const secret = web.random(32)
    expect(web.equal(secret, secret.slice())).to.equal(true)
    for (const at of [0, 15, 31]) {
      const other = secret.slice()
      other[at]! ^= 1
      expect(web.equal(secret, other)).to.equal(false)
    }
    expect(web.equal(secret, secret.subarray(1))).to.equal(false)
  })
})
