import { expect } from "chai"
import nacl from "tweetnacl"
import { command, metadata } from "../../../support/curve-peer.js"
import { clientAnd, refusesOthers } from "../../../support/curve-conversation.js"
import { codeOf } from "../../../support/messages.js"

const EMPTY = Buffer.alloc(0)
const ZEROS = new Uint8Array(32)

describe("CurveClient (RFC 26)", () => {
  it("completes the handshake with a correct server, and returns its properties", () => {
    const { client, initiate, peer } = clientAnd()
    expect([client.name, client.asServer, client.ready, client.box]).to.deep.equal(["CURVE", false, false, undefined])
    expect(initiate().equals(metadata("PUSH"))).to.equal(true)
    client.consume(peer.ready("PULL"))
    expect([client.ready, client.produce()]).to.deep.equal([true, undefined])
    expect(Buffer.from(client.peer.get("socket-type")!).toString()).to.equal("PULL")
  })

  it("accepts only the expected command", () => {
    refusesOthers(clientAnd().client, [])
    const afterHello = clientAnd()
    afterHello.hello()
    refusesOthers(afterHello.client, ["WELCOME"])
    const afterWelcome = clientAnd()
    afterWelcome.welcome()
    refusesOthers(afterWelcome.client, [])
    const afterInitiate = clientAnd()
    afterInitiate.initiate()
    refusesOthers(afterInitiate.client, ["READY"])
    const done = clientAnd()
    done.ready()
    refusesOthers(done.client, [])
  })

  it("rejects WELCOME of any other size than 168 bytes", () => {
    for (const change of [
      (body: Buffer) => body.subarray(0, -1),
      (body: Buffer) => Buffer.concat([body, Buffer.of(0)]),
    ]) {
      const { client, peer, hello } = clientAnd()
      const welcome = peer.welcome(hello())
      expect(codeOf(() => client.consume(change(welcome)))).to.equal("ERR_ZMTP_MALFORMED_COMMAND_WELCOME")
    }
  })

  it("rejects an invalid transient key of the server", () => {
    const { welcome } = clientAnd()
    expect(codeOf(() => welcome({ transientShown: ZEROS }))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
  })

  it("accepts READY without any properties, and rejects a shorter one", () => {
    const { client, peer, initiate } = clientAnd()
    initiate()
    client.consume(peer.ready("PULL", { metadata: EMPTY }))
    expect([client.ready, client.peer.size]).to.deep.equal([true, 0])
    for (const length of [0, 8, 23]) {
      const { client, initiate } = clientAnd()
      initiate()
      const short = command("READY", Buffer.alloc(length))
      expect(
        codeOf(() => client.consume(short)),
        String(length),
      ).to.equal("ERR_ZMTP_MALFORMED_COMMAND_READY")
    }
  })

  it("rejects READY that is not encrypted with the shared key", () => {
    for (const readyKey of [nacl.randomBytes(32), ZEROS]) {
      const { client, peer, initiate } = clientAnd()
      initiate()
      expect(codeOf(() => client.consume(peer.ready("PULL", { readyKey })))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
    }
  })

  it("rejects a message whose nonce is not above that of READY", () => {
    const { client, peer, initiate } = clientAnd()
    initiate()
    client.consume(peer.ready("PULL", { readyNonce: 7 }))
    for (const count of [6, 7]) {
      expect(codeOf(() => client.box!.open(peer.message(0, EMPTY, count)))).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
    }
    expect(client.box!.open(peer.message(0, Buffer.from("x"), 8))).to.deep.equal(Buffer.from("x"))
  })
})
