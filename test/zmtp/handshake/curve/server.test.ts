import { expect } from "chai"
import nacl from "tweetnacl"
import { CurveServer } from "../../../../src/zmtp/handshake/curve/server.js"
import { command, CurvePeerClient, metadata } from "../../../support/curve-peer.js"
import { refusesOthers, serverAnd } from "../../../support/curve-conversation.js"
import { codeOf } from "../../../support/messages.js"
import { naclCrypto } from "../../../support/nacl-crypto.js"

const EMPTY = Buffer.alloc(0)
const ZEROS = new Uint8Array(32)

describe("CurveServer (RFC 26)", () => {
  it("completes the handshake with a correct client, and returns its properties", () => {
    const { server, ready } = serverAnd()
    expect([server.name, server.asServer, server.ready, server.box]).to.deep.equal(["CURVE", true, false, undefined])
    expect(ready().equals(metadata("PULL"))).to.equal(true)
    expect([server.ready, server.produce()]).to.deep.equal([true, undefined])
  })

  it("computes its public key once for all connections of an endpoint, because that takes long", () => {
    const { publicKey, secretKey } = nacl.box.keyPair()
    let computed = 0
    const crypto = {
      ...naclCrypto,
      publicKey: (key: Uint8Array) => {
        if (key === secretKey) computed++
        return naclCrypto.publicKey(key)
      },
    }
    for (let connection = 0; connection < 3; connection++) {
      const server = new CurveServer(metadata("PULL"), { secretKey, crypto })
      const peer = new CurvePeerClient(publicKey)
      server.consume(peer.hello())
      peer.takeWelcome(Buffer.from(server.produce()!))
      server.consume(peer.initiate("PUSH"))
      peer.takeReady(Buffer.from(server.produce()!))
    }
    expect(computed).to.equal(1)
  })

  it("lets the cryptographic library keep its permanent key, and no key of one connection", () => {
    const { publicKey, secretKey } = nacl.box.keyPair()
    const kept: [permanent: boolean, own: boolean][] = []
    const crypto = {
      ...naclCrypto,
      sharedKey: (key: Uint8Array, secret: Uint8Array, permanent: boolean) => {
        kept.push([permanent, secret === secretKey])
        return naclCrypto.sharedKey(key, secret, permanent)
      },
    }
    const server = new CurveServer(metadata("PULL"), { secretKey, crypto })
    const peer = new CurvePeerClient(publicKey)
    server.consume(peer.hello())
    peer.takeWelcome(Buffer.from(server.produce()!))
    server.consume(peer.initiate("PUSH"))
    // For HELLO, INITIATE, and the vouch.
    expect(kept).to.deep.equal([
      [true, true],
      [false, false],
      [false, false],
    ])
  })

  it("accepts only the expected command", () => {
    refusesOthers(serverAnd().server, ["HELLO"])
    const afterHello = serverAnd()
    afterHello.hello()
    refusesOthers(afterHello.server, [])
    const afterWelcome = serverAnd()
    afterWelcome.welcome()
    refusesOthers(afterWelcome.server, ["INITIATE"])
    const afterInitiate = serverAnd()
    afterInitiate.initiate()
    refusesOthers(afterInitiate.server, [])
    const done = serverAnd()
    done.ready()
    refusesOthers(done.server, [])
  })

  for (const version of ["0000", "0200", "0101", "0001"]) {
    it(`rejects HELLO of version ${version}`, () => {
      const { hello } = serverAnd({ version: Buffer.from(version, "hex") })
      expect(codeOf(hello)).to.equal("ERR_ZMTP_MALFORMED_COMMAND_HELLO")
    })
  }

  it("rejects HELLO of any other size than 200 bytes", () => {
    for (const padding of [71, 73]) {
      const { hello } = serverAnd({ padding: Buffer.alloc(padding) })
      expect(codeOf(hello)).to.equal("ERR_ZMTP_MALFORMED_COMMAND_HELLO")
    }
    expect(codeOf(() => serverAnd().server.consume(command("HELLO")))).to.equal("ERR_ZMTP_MALFORMED_COMMAND_HELLO")
  })

  it("rejects an invalid transient key", () => {
    expect(codeOf(serverAnd({ transientShown: ZEROS }).hello)).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
  })

  it("accepts INITIATE without any properties, and rejects a shorter one", () => {
    const { server, ready } = serverAnd({ metadata: EMPTY })
    ready()
    expect([server.ready, server.peer.size]).to.deep.equal([true, 0])
    for (const lost of [1, 100]) {
      const { server, peer, welcome } = serverAnd({ metadata: EMPTY })
      welcome()
      const short = peer.initiate("PUSH", { metadata: EMPTY }).subarray(0, -lost)
      expect(codeOf(() => server.consume(short))).to.equal("ERR_ZMTP_MALFORMED_COMMAND_INITIATE")
    }
  })

  it("accepts a cookie for a minute", () => {
    const now = performance.now.bind(performance)
    try {
      for (const [age, code] of [
        [59_999, undefined],
        [60_000, undefined],
        [60_001, "ERR_ZMTP_CRYPTOGRAPHIC"],
      ] as const) {
        const { server, peer, welcome } = serverAnd()
        performance.now = () => 1_000_000
        welcome()
        performance.now = () => 1_000_000 + age
        expect(
          codeOf(() => server.consume(peer.initiate("PUSH"))),
          `${age} ms`,
        ).to.equal(code)
      }
    } finally {
      performance.now = now
    }
  })

  it("rejects a vouch for another transient key, or for another server", () => {
    const { publicKey } = nacl.box.keyPair()
    expect(codeOf(serverAnd({ vouchedTransient: publicKey }).initiate)).to.equal("ERR_ZMTP_KEY_EXCHANGE")
    expect(codeOf(serverAnd({ vouchedServer: publicKey }).initiate)).to.equal("ERR_ZMTP_KEY_EXCHANGE")
  })

  it("rejects a vouch of another client, and an invalid permanent key", () => {
    const key = nacl.box.keyPair().publicKey
    for (const lies of [{ vouchKey: key }, { permanentShown: key }, { permanentShown: ZEROS }]) {
      expect(codeOf(serverAnd(lies).initiate)).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
    }
  })

  it("rejects a nonce that does not increase from command to command", () => {
    for (const [helloNonce, initiateNonce] of [
      [1, 1],
      [5, 4],
      [5, 5],
    ] as const) {
      const { initiate } = serverAnd({ helloNonce, initiateNonce })
      expect(codeOf(initiate)).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
    }
    expect(codeOf(serverAnd({ helloNonce: 0 }).hello)).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
  })

  it("rejects a message whose nonce is not above that of INITIATE", () => {
    const { server, peer, ready } = serverAnd({ initiateNonce: 7 })
    ready()
    for (const count of [6, 7]) {
      expect(codeOf(() => server.box!.open(peer.message(0, EMPTY, count)))).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
    }
    expect(server.box!.open(peer.message(0, Buffer.from("x"), 8))).to.deep.equal(Buffer.from("x"))
  })
})
