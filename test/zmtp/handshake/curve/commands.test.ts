import { expect } from "chai"
import nacl from "tweetnacl"
import { loadSodium } from "../../../../src/security/sodium.js"
import { CurveClient } from "../../../../src/zmtp/handshake/curve/client.js"
import type { CurveCrypto } from "../../../../src/zmtp/handshake/curve/crypto.js"
import { CurveServer } from "../../../../src/zmtp/handshake/curve/server.js"
import type { Mechanism } from "../../../../src/zmtp/handshake/mechanism.js"
import { FLAG_COMMAND, FLAG_MORE } from "../../../../src/zmtp/frames/frame-decoder.js"
import { Outbox } from "../../../../src/zmtp/frames/outbox.js"
import { RefusedError } from "../../../../src/zmtp/protocol-error.js"
import {
  bodies,
  command,
  CurvePeerClient,
  CurvePeerServer,
  metadata,
  type ClientLies,
} from "../../../support/curve-peer.js"
import { codeOf } from "../../../support/messages.js"

const ERROR_400 = command("ERROR", Buffer.from("\x03400"))
const EMPTY = Buffer.alloc(0)
let crypto: CurveCrypto
const ZEROS = new Uint8Array(32)

/** A server of keys that nothing has been done with before. */
function serverAnd(lies: ClientLies = {}) {
  const keys = nacl.box.keyPair()
  const server = new CurveServer(metadata("PULL"), { ...keys, crypto })
  const peer = new CurvePeerClient(keys.publicKey)
  const hello = () => server.consume(peer.hello(lies))
  const welcome = () => {
    hello()
    peer.takeWelcome(Buffer.from(server.produce()!))
  }
  const initiate = () => {
    welcome()
    server.consume(peer.initiate("PUSH", lies))
  }
  const ready = () => {
    initiate()
    return peer.takeReady(Buffer.from(server.produce()!))
  }
  return { server, peer, hello, welcome, initiate, ready }
}

function clientAnd(serverKeys = nacl.box.keyPair(), own = metadata("PUSH")) {
  const { publicKey, secretKey } = nacl.box.keyPair()
  const client = new CurveClient(own, { publicKey, secretKey, serverKey: serverKeys.publicKey, crypto })
  const peer = new CurvePeerServer(serverKeys)
  const hello = (): Buffer => Buffer.from(client.produce()!)
  const welcome = (lies = {}) => client.consume(peer.welcome(hello(), lies))
  const initiate = () => {
    welcome()
    return peer.takeInitiate(Buffer.from(client.produce()!))
  }
  const ready = () => {
    initiate()
    client.consume(peer.ready("PULL"))
  }
  return { client, peer, hello, welcome, initiate, ready }
}

/** Every command but those in `due` is refused, and ERROR is taken for what it is. */
function refusesOthers(mechanism: Mechanism, due: readonly string[]): void {
  for (const name of ["HELLO", "WELCOME", "INITIATE", "READY", "MESSAGE", "PING", ""]) {
    if (due.includes(name)) continue
    const refused = codeOf(() => mechanism.consume(command(name, Buffer.alloc(300))))
    expect(refused, name).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
  }
  expect(() => mechanism.consume(ERROR_400)).to.throw(RefusedError, "400")
}

describe("a CURVE server (RFC 26), command by command", () => {
  before(() => {
    crypto = loadSodium()
  })

  it("SHALL be ready with a client that keeps to the protocol, and say what it is", () => {
    const { server, ready } = serverAnd()
    expect([server.name, server.asServer, server.ready, server.box]).to.deep.equal(["CURVE", true, false, undefined])
    expect(ready().equals(metadata("PULL"))).to.equal(true)
    expect([server.ready, server.produce()]).to.deep.equal([true, undefined])
  })

  it("SHALL take nothing but the command that is due", () => {
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
    it(`SHALL refuse HELLO of version ${version}`, () => {
      const { hello } = serverAnd({ version: Buffer.from(version, "hex") })
      expect(codeOf(hello)).to.equal("ERR_ZMTP_MALFORMED_COMMAND_HELLO")
    })
  }

  it("SHALL refuse HELLO of any other size than 200 bytes", () => {
    for (const padding of [71, 73]) {
      const { hello } = serverAnd({ padding: Buffer.alloc(padding) })
      expect(codeOf(hello)).to.equal("ERR_ZMTP_MALFORMED_COMMAND_HELLO")
    }
    expect(codeOf(() => serverAnd().server.consume(command("HELLO")))).to.equal("ERR_ZMTP_MALFORMED_COMMAND_HELLO")
  })

  it("SHALL refuse a transient key that is none", () => {
    expect(codeOf(serverAnd({ transientShown: ZEROS }).hello)).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
  })

  it("SHALL take INITIATE without any properties, and refuse a shorter one", () => {
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

  it("SHALL take a cookie for a minute", () => {
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

  it("SHALL refuse a vouch for another transient key, or for another server", () => {
    const { publicKey } = nacl.box.keyPair()
    expect(codeOf(serverAnd({ vouchedTransient: publicKey }).initiate)).to.equal("ERR_ZMTP_KEY_EXCHANGE")
    expect(codeOf(serverAnd({ vouchedServer: publicKey }).initiate)).to.equal("ERR_ZMTP_KEY_EXCHANGE")
  })

  it("SHALL refuse a vouch of somebody else, and a permanent key that is none", () => {
    const key = nacl.box.keyPair().publicKey
    for (const lies of [{ vouchKey: key }, { permanentShown: key }, { permanentShown: ZEROS }]) {
      expect(codeOf(serverAnd(lies).initiate)).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
    }
  })

  it("SHALL refuse a nonce that does not grow from command to command", () => {
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

  it("SHALL refuse a message whose nonce is not above that of INITIATE", () => {
    const { server, peer, ready } = serverAnd({ initiateNonce: 7 })
    ready()
    for (const count of [6, 7]) {
      expect(codeOf(() => server.box!.open(peer.message(0, EMPTY, count)))).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
    }
    expect(server.box!.open(peer.message(0, Buffer.from("x"), 8))).to.deep.equal(Buffer.from("x"))
  })
})

describe("a CURVE client (RFC 26), command by command", () => {
  before(() => {
    crypto = loadSodium()
  })

  it("SHALL be ready with a server that keeps to the protocol, and say what it is", () => {
    const { client, initiate, peer } = clientAnd()
    expect([client.name, client.asServer, client.ready, client.box]).to.deep.equal(["CURVE", false, false, undefined])
    expect(initiate().equals(metadata("PUSH"))).to.equal(true)
    client.consume(peer.ready("PULL"))
    expect([client.ready, client.produce()]).to.deep.equal([true, undefined])
    expect(Buffer.from(client.peer.get("socket-type")!).toString()).to.equal("PULL")
  })

  it("SHALL take nothing but the command that is due", () => {
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

  it("SHALL refuse WELCOME of any other size than 168 bytes", () => {
    for (const change of [
      (body: Buffer) => body.subarray(0, -1),
      (body: Buffer) => Buffer.concat([body, Buffer.of(0)]),
    ]) {
      const { client, peer, hello } = clientAnd()
      const welcome = peer.welcome(hello())
      expect(codeOf(() => client.consume(change(welcome)))).to.equal("ERR_ZMTP_MALFORMED_COMMAND_WELCOME")
    }
  })

  it("SHALL refuse a transient key of the server that is none", () => {
    const { welcome } = clientAnd()
    expect(codeOf(() => welcome({ transientShown: ZEROS }))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
  })

  it("SHALL take READY without any properties, and refuse a shorter one", () => {
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

  it("SHALL refuse READY that is not sealed with the key of the two", () => {
    for (const readyKey of [nacl.randomBytes(32), ZEROS]) {
      const { client, peer, initiate } = clientAnd()
      initiate()
      expect(codeOf(() => client.consume(peer.ready("PULL", { readyKey })))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
    }
  })

  it("SHALL refuse a message whose nonce is not above that of READY", () => {
    const { client, peer, initiate } = clientAnd()
    initiate()
    client.consume(peer.ready("PULL", { readyNonce: 7 }))
    for (const count of [6, 7]) {
      expect(codeOf(() => client.box!.open(peer.message(0, EMPTY, count)))).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
    }
    expect(client.box!.open(peer.message(0, Buffer.from("x"), 8))).to.deep.equal(Buffer.from("x"))
  })
})

describe("MESSAGE (RFC 26)", () => {
  before(() => {
    crypto = loadSodium()
  })

  it("SHALL hold flags and body, whose sizes go from none to long frames", () => {
    const { server, peer, ready } = serverAnd()
    ready()
    for (const size of [0, 1, 222, 223, 10_000]) {
      const body = Buffer.alloc(size, "b")
      // Inside the box the flag of a command is 2 (RFC 26), outside it is 4 (RFC 37).
      for (const [sealed, flags] of [
        [0, 0],
        [1, FLAG_MORE],
        [2, FLAG_COMMAND],
      ] as const) {
        const opened = server.box!.open(peer.message(sealed, body))
        expect([server.box!.flags, body.equals(opened)]).to.deep.equal([flags, true])
        const outbox = new Outbox()
        server.box!.seal(flags, body, outbox)
        const stream = Buffer.concat(outbox.drain())
        expect(peer.open(bodies(stream)[0]!)).to.deep.equal(Buffer.concat([Buffer.of(sealed), body]))
        // Outside of the box nobody is told whether it is a command, or whether more follows.
        expect(stream[0]! & 0x05).to.equal(0)
      }
    }
  })

  it("SHALL be refused when any of its bytes is changed", () => {
    const { server, peer, ready } = serverAnd()
    ready()
    const message = peer.message(0, Buffer.from("body"))
    for (let at = 0; at < message.length; at++) {
      for (const mask of [0x01, 0x80]) {
        const changed = Buffer.from(message)
        changed[at]! ^= mask
        const expected = at < 8 ? "ERR_ZMTP_UNEXPECTED_COMMAND" : "ERR_ZMTP_CRYPTOGRAPHIC"
        expect(
          codeOf(() => server.box!.open(changed)),
          `byte ${at}`,
        ).to.equal(expected)
      }
    }
    expect(server.box!.open(message)).to.deep.equal(Buffer.from("body"))
  })

  it("SHALL be refused when it is cut anywhere", () => {
    const { server, peer, ready } = serverAnd()
    ready()
    const message = peer.message(0, EMPTY)
    for (let length = 0; length < message.length; length++) {
      const expected = length < 8 ? "ERR_ZMTP_UNEXPECTED_COMMAND" : "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE"
      expect(
        codeOf(() => server.box!.open(message.subarray(0, length))),
        String(length),
      ).to.equal(expected)
    }
    expect(server.box!.open(message)).to.be.empty
  })

  it("SHALL NOT be opened with the zeros that a key is overwritten with", () => {
    for (const end of ["mechanism", "box"] as const) {
      const { server, peer, ready } = serverAnd()
      ready()
      if (end === "mechanism") server.dispose()
      else server.box!.dispose()
      peer.key.fill(0)
      expect(codeOf(() => server.box!.open(peer.message(0, EMPTY)))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
    }
  })
})
