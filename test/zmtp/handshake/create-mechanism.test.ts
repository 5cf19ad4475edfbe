import { expect } from "chai"
import nacl from "tweetnacl"
import { loadSodium } from "../../../src/security/sodium.js"
import { createMechanism } from "../../../src/zmtp/handshake/create-mechanism.js"
import type { Security } from "../../../src/zmtp/handshake/security.js"
import { INSECURE } from "../../support/insecure.js"

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString("latin1")

/** The name of the first command, and the size of its body; `undefined` if the mechanism waits for the peer. */
function first(security: Security, ...waits: [waits?: boolean]): [string, number] | undefined {
  const body = text(createMechanism(security, Buffer.alloc(0), ...waits).produce())
  return body === undefined ? undefined : [body.slice(1, 1 + body.charCodeAt(0)), body.length]
}

describe("createMechanism", () => {
  const { publicKey, secretKey } = nacl.box.keyPair()
  const serverKey = nacl.box.keyPair().publicKey

  it("begins NULL with READY on both sides (RFC 37)", () => {
    expect(first(INSECURE)).to.deep.equal(["READY", 6])
  })

  it("waits for the peer's READY if the peer's routing id is needed first", () => {
    expect(first(INSECURE, true)).to.equal(undefined)
  })

  it("begins PLAIN with the client's HELLO: username and password (RFC 24)", () => {
    expect(
      text(
        createMechanism(
          { mechanism: "PLAIN", asServer: false, username: Buffer.from("admin"), password: Buffer.from("secret") },
          Buffer.alloc(0),
        ).produce(),
      ),
    ).to.equal("\x05HELLO\x05admin\x06secret")
    expect(first({ mechanism: "PLAIN", asServer: true })).to.equal(undefined)
  })

  it("begins CURVE with the client's HELLO of 200 bytes (RFC 26)", () => {
    const crypto = loadSodium()
    expect(first({ mechanism: "CURVE", asServer: false, publicKey, secretKey, serverKey, crypto })).to.deep.equal([
      "HELLO",
      200,
    ])
    expect(first({ mechanism: "CURVE", asServer: true, secretKey, crypto })).to.equal(undefined)
  })
})
