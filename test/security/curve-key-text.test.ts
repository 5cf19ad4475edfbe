import { expect } from "chai"
import nacl from "tweetnacl"
import { publicKeyText, textOf } from "../../src/security/curve-key-text.js"
import { encodeZ85 } from "../../src/zmtp/z85.js"
import { vector } from "../support/curve-vectors.js"
import { codeOf } from "../support/messages.js"

const publicKeyOf = (secretKey: Uint8Array): Uint8Array => nacl.scalarMult.base(secretKey)

describe("CURVE keys as text", () => {
  it("are 40 characters of Z85 each (RFC 32)", () => {
    const pair = textOf({ publicKey: vector("server public"), secretKey: vector("server secret") })
    expect(pair).to.deep.equal({
      publicKey: encodeZ85(vector("server public")),
      secretKey: encodeZ85(vector("server secret")),
    })
    expect([pair.publicKey.length, pair.secretKey.length]).to.deep.equal([40, 40])
  })

  it("include the public key of a secret one", () => {
    const secretKey = encodeZ85(vector("server secret"))
    expect(publicKeyText(secretKey, publicKeyOf)).to.equal(encodeZ85(vector("server public")))
  })

  it("are rejected if they are not text (TypeError), too short, or not Z85 (EINVAL)", () => {
    expect(() => publicKeyText(vector("server secret") as unknown as string, publicKeyOf)).to.throw(
      TypeError,
      "Invalid key: expected a string, got object",
    )
    for (const wrong of ["", "x".repeat(39), "x".repeat(41), `${"x".repeat(39)}~`, "#".repeat(40)]) {
      expect(
        codeOf(() => publicKeyText(wrong, publicKeyOf)),
        wrong,
      ).to.equal("EINVAL")
    }
  })
})
