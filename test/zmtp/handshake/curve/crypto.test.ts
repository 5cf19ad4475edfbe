import { expect } from "chai"
import { sharedKey, type CurveCrypto } from "../../../../src/zmtp/handshake/curve/crypto.js"

/** Cryptography that records its calls. */
function recording(): { crypto: CurveCrypto; calls: unknown[][] } {
  const calls: unknown[][] = []
  const crypto = {
    sharedKey: (...args: unknown[]) => {
      calls.push(args)
      return Uint8Array.of(7)
    },
  } as unknown as CurveCrypto
  return { crypto, calls }
}

describe("sharedKey", () => {
  const secret = new Uint8Array(32).fill(1)

  it("returns the key that the cryptography derives, and passes on whether the secret key outlives the connection", () => {
    const { crypto, calls } = recording()
    const key = Uint8Array.of(9, ...new Array<number>(31).fill(0))
    expect(sharedKey(crypto, key, secret)).to.deep.equal(Uint8Array.of(7))
    sharedKey(crypto, key, secret, true)
    expect(calls).to.deep.equal([
      [key, secret, false],
      [key, secret, true],
    ])
  })

  it("returns nothing for a public key that is not in canonical form (RFC 7748): a second encoding of the same key", () => {
    const { crypto, calls } = recording()
    // 2^255 - 19 + 9, a non-canonical encoding of 9.
    const key = Uint8Array.of(0xf6, ...new Array<number>(30).fill(0xff), 0x7f)
    expect([sharedKey(crypto, key, secret), calls]).to.deep.equal([undefined, []])
  })
})
