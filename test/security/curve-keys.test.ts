import { expect } from "chai"
import { curveKeyPair, curvePublicKey, decodeZ85, Dealer, encodeZ85 } from "../../src/index.js"
import { vector } from "../support/curve-vectors.js"
import { codeOf } from "../support/messages.js"
import { HAS_ADDON } from "../support/runtime.js"
import { skip } from "../support/skip.js"

describe("Z85 (RFC 32)", () => {
  it("encodes and decodes the vector of the RFC", () => {
    expect(encodeZ85(Buffer.from("864fd26fb559f75b", "hex"))).to.equal("HelloWorld")
    expect(Buffer.from(decodeZ85("HelloWorld")).toString("hex")).to.equal("864fd26fb559f75b")
  })

  it("rejects invalid text", () => {
    expect(() => encodeZ85(Buffer.alloc(3))).to.throw(RangeError, "multiples of 4 bytes")
    expect(() => decodeZ85("abcd")).to.throw(RangeError, "multiple of 5")
    expect(() => decodeZ85("ab~cd")).to.throw(RangeError, "Invalid Z85 digit")
    expect(() => decodeZ85("#####")).to.throw(RangeError, "five digits exceed 32 bits")
  })
})

const native = HAS_ADDON ? await import("zeromq") : undefined

describe("CURVE keys", () => {
  it("are generated in pairs of 40 characters that libzmq accepts", function () {
    if (native === undefined) skip(this, "no zeromq.js")
    const { publicKey, secretKey } = curveKeyPair()
    expect([publicKey.length, secretKey.length]).to.deep.equal([40, 40])
    const dealer = new native.Dealer({ curveServer: true, curvePublicKey: publicKey, curveSecretKey: secretKey })
    expect(dealer.securityMechanism).to.equal("curve")
    dealer.close()
  })

  it("have the public key derived from the secret one, also for libzmq's keys", function () {
    if (native === undefined) skip(this, "no zeromq.js")
    const pair = native.curveKeyPair()
    expect(curvePublicKey(pair.secretKey)).to.equal(pair.publicKey)
    expect(curvePublicKey(encodeZ85(vector("server secret")))).to.equal(encodeZ85(vector("server public")))
    expect(codeOf(() => curvePublicKey("short"))).to.equal("EINVAL")
  })

  it("are accepted as 40 characters or 32 bytes, and read as characters", () => {
    const { publicKey } = curveKeyPair()
    const dealer = new Dealer()
    dealer.curveServerKey = publicKey
    expect(dealer.curveServerKey).to.equal(publicKey)
    Object.assign(dealer, { curveServerKey: decodeZ85(publicKey) })
    expect(dealer.curveServerKey).to.equal(publicKey)
    expect(codeOf(() => (dealer.curveServerKey = "short"))).to.equal("EINVAL")
    dealer.close()
  })
})
