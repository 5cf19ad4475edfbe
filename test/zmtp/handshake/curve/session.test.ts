import { expect } from "chai"
import fc from "fast-check"
import { loadSodium } from "../../../../src/security/sodium.js"
import { encodeText } from "../../../../src/zmtp/bytes.js"
import { CurveClient } from "../../../../src/zmtp/handshake/curve/client.js"
import type { CurveCrypto } from "../../../../src/zmtp/handshake/curve/crypto.js"
import { CurveServer } from "../../../../src/zmtp/handshake/curve/server.js"
import { encodeMetadata } from "../../../../src/zmtp/handshake/metadata.js"
import type { Box, Mechanism } from "../../../../src/zmtp/handshake/mechanism.js"
import { FLAG_COMMAND } from "../../../../src/zmtp/frames/frame-decoder.js"
import { Outbox } from "../../../../src/zmtp/frames/outbox.js"
import { ProtocolError, RefusedError } from "../../../../src/zmtp/protocol-error.js"
import { vector } from "../../../support/curve-vectors.js"
import { codeOf } from "../../../support/messages.js"

const metadata = (type: string) =>
  encodeMetadata([
    ["Socket-Type", encodeText(type)],
    ["Identity", Buffer.alloc(0)],
  ])

/** The next random values, for sessions that have to match the vectors. */
const predetermined: { pairs: string[]; random: string[] } = { pairs: [], random: [] }

/** All keys of the connection, and the inputs and contents of the cookie. */
let secrets: Uint8Array[] = []

let crypto: CurveCrypto

/** libsodium with predetermined random values, if any. */
function deterministicSodium(): CurveCrypto {
  const sodium = loadSodium()
  const keyPair = sodium.keyPair.bind(sodium)
  const random = sodium.random.bind(sodium)
  const sharedKey = sodium.sharedKey.bind(sodium)
  const seal = sodium.seal.bind(sodium)
  const open = sodium.open.bind(sodium)
  const ofCookie = (nonce: Uint8Array): boolean => Buffer.from(nonce).toString("latin1").startsWith("COOKIE--")
  return Object.assign(sodium, {
    keyPair() {
      const name = predetermined.pairs.shift()
      if (name === undefined) {
        const pair = keyPair()
        secrets.push(pair.secretKey)
        return pair
      }
      return { publicKey: Buffer.from(vector(`${name} public`)), secretKey: Buffer.from(vector(`${name} secret`)) }
    },
    random(length: number) {
      const name = predetermined.random.shift()
      const bytes = name === undefined ? random(length) : Buffer.from(vector(name))
      if (length === 32) secrets.push(bytes)
      return bytes
    },
    sharedKey(publicKey: Uint8Array, secretKey: Uint8Array) {
      const key = sharedKey(publicKey, secretKey)
      if (key !== undefined) secrets.push(key)
      return key
    },
    seal(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array) {
      if (ofCookie(nonce)) secrets.push(plain)
      return seal(plain, nonce, key)
    },
    open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array) {
      const plain = open(box, nonce, key)
      if (plain !== undefined && ofCookie(nonce)) secrets.push(plain)
      return plain
    },
  })
}

const serverKeys = { publicKey: vector("server public"), secretKey: vector("server secret") }
const clientKeys = {
  publicKey: vector("client public"),
  secretKey: vector("client secret"),
  serverKey: vector("server public"),
}

/** The body of the frame in the vector `name`. */
const body = (name: string): Buffer => {
  const frame = vector(name)
  return frame.subarray((frame[0]! & 0x02) === 0 ? 2 : 9)
}

/** Encrypts `text` with `box`, and returns the body of the frame. */
function seal(box: Box, flags: number, text: string): Buffer {
  const outbox = new Outbox()
  box.seal(flags, Buffer.from(text), outbox)
  const frame = Buffer.concat(outbox.drain())
  return Buffer.from(frame.subarray((frame[0]! & 0x02) === 0 ? 2 : 9))
}

function create() {
  const client = new CurveClient(metadata("DEALER"), { ...clientKeys, crypto })
  const server = new CurveServer(metadata("ROUTER"), { ...serverKeys, crypto })
  return { client, server }
}

/** Exchanges commands until neither side produces any. */
function shakeHands(client: Mechanism, server: Mechanism): void {
  for (let said = true; said;) {
    said = false
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const command = from.produce()
      if (command === undefined) continue
      said = true
      to.consume(command)
    }
  }
}

describe("CURVE (RFC 26)", () => {
  before(() => {
    crypto = deterministicSodium()
  })
  afterEach(() => {
    predetermined.pairs = []
    predetermined.random = []
  })

  it("matches the test vectors byte for byte, in both roles", () => {
    predetermined.pairs = ["client transient", "server transient"]
    predetermined.random = ["cookie key", "cookie nonce", "welcome nonce", "vouch nonce"]
    const { client, server } = create()
    const hello = client.produce()!
    expect(Buffer.from(hello).equals(body("HELLO"))).to.equal(true)
    server.consume(hello)
    const welcome = server.produce()!
    expect(Buffer.from(welcome).equals(body("WELCOME"))).to.equal(true)
    client.consume(welcome)
    const initiate = client.produce()!
    expect(Buffer.from(initiate).equals(body("INITIATE"))).to.equal(true)
    server.consume(initiate)
    const ready = server.produce()!
    expect(Buffer.from(ready).equals(body("READY"))).to.equal(true)
    client.consume(ready)
    expect([client.ready, server.ready]).to.deep.equal([true, true])
    expect(Buffer.from(client.peer.get("socket-type")!).toString()).to.equal("ROUTER")
    expect(Buffer.from(server.peer.get("socket-type")!).toString()).to.equal("DEALER")

    expect(seal(client.box!, 0, "hello").equals(body("MESSAGE hello"))).to.equal(true)
    expect(seal(server.box!, 0, "world").equals(body("MESSAGE world"))).to.equal(true)
    expect(seal(client.box!, 1, "A").equals(body("MESSAGE A"))).to.equal(true)
    const opened = server.box!.open(body("MESSAGE PING"))
    expect(server.box!.flags).to.equal(FLAG_COMMAND)
    expect(Buffer.from(opened).toString("latin1")).to.equal("\x04PING\0\0")
  })

  it("has no secrets before its first command", () => {
    secrets = []
    create()
    expect(secrets).to.deep.equal([])
  })

  for (const steps of [1, 2, 3, 4]) {
    it(`overwrites every key when the connection ends after ${steps} of 4 commands`, () => {
      secrets = []
      const { client, server } = create()
      for (let step = 0; step < steps; step++) {
        const [from, to] = step % 2 === 0 ? [client, server] : [server, client]
        to.consume(from.produce()!)
      }
      expect(secrets.some((key) => key.some((byte) => byte !== 0))).to.equal(true)
      client.dispose()
      server.dispose()
      expect(secrets.every((key) => key.every((byte) => byte === 0))).to.equal(true)
    })
  }

  it("overwrites every key when a command is forged", () => {
    for (const step of [0, 1, 2, 3]) {
      secrets = []
      const { client, server } = create()
      const sides = [client, server, client, server]
      const error = codeOf(() => {
        sides.forEach((side, index) => {
          const command = side.produce()!
          if (index === step) command[command.length - 1]! ^= 1
          sides[1 - (index % 2)]!.consume(command)
        })
      })
      expect(error).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
      client.dispose()
      server.dispose()
      expect(secrets.every((key) => key.every((byte) => byte === 0))).to.equal(true)
    }
  })

  it("keeps only the key for messages after the handshake", () => {
    secrets = []
    const { client, server } = create()
    shakeHands(client, server)
    const left = new Set(secrets.filter((key) => key.some((byte) => byte !== 0)).map((key) => key.join()))
    expect(left.size).to.equal(1)
  })

  it("overwrites that key, too, when no messages are encrypted or decrypted anymore", () => {
    secrets = []
    const { client, server } = create()
    shakeHands(client, server)
    client.box!.dispose()
    server.box!.dispose()
    expect(secrets.every((key) => key.every((byte) => byte === 0))).to.equal(true)
  })

  it("keeps nothing of the client between WELCOME and INITIATE", () => {
    const { client, server } = create()
    const hello = client.produce()!
    secrets = []
    server.consume(hello)
    server.produce()
    // Only the key of the cookie is kept.
    expect(new Set(secrets.filter((key) => key.some((byte) => byte !== 0)))).to.have.property("size", 1)
    expect(server.peer.size).to.equal(0)
  })

  it("rejects a cookie after a minute, and overwrites its content", () => {
    secrets = []
    const { client, server } = create()
    server.consume(client.produce()!)
    client.consume(server.produce()!)
    const now = performance.now.bind(performance)
    const later = now() + 60_001
    performance.now = () => later
    try {
      expect(codeOf(() => server.consume(client.produce()!))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
    } finally {
      performance.now = now
    }
    client.dispose()
    server.dispose()
    expect(secrets.every((key) => key.every((byte) => byte === 0))).to.equal(true)
  })

  it("overwrites the content of a cookie after it is sent, and after it is read", () => {
    secrets = []
    const { client, server } = create()
    server.consume(client.produce()!)
    client.consume(server.produce()!)
    const made = secrets.filter(({ length }) => length === 64)
    expect(made.map((secret) => secret.every((byte) => byte === 0))).to.deep.equal([true])
    server.consume(client.produce()!)
    const held = secrets.filter(({ length }) => length === 64)
    expect(held.map((secret) => secret.every((byte) => byte === 0))).to.deep.equal([true, true])
  })

  it("encrypts and decrypts nothing after the connection has ended", () => {
    const { client, server } = create()
    shakeHands(client, server)
    const sealed = seal(client.box!, 0, "x")
    client.dispose()
    server.dispose()
    const outbox = new Outbox()
    client.box!.seal(0, Buffer.from("x"), outbox)
    expect(outbox.size).to.equal(0)
    expect(codeOf(() => server.box!.open(sealed))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
  })

  it("rejects a message that was sent before: a replay", () => {
    const { client, server } = create()
    shakeHands(client, server)
    const [first, second] = [seal(client.box!, 0, "1"), seal(client.box!, 0, "2")]
    server.box!.open(Buffer.from(second))
    for (const replayed of [second, first]) {
      expect(codeOf(() => server.box!.open(replayed))).to.equal("ERR_ZMTP_INVALID_SEQUENCE")
    }
  })

  it("rejects a message that was encrypted by this side itself", () => {
    const { client, server } = create()
    shakeHands(client, server)
    const own = seal(client.box!, 0, "x")
    expect(codeOf(() => client.box!.open(own))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
  })

  it("rejects a frame that is not encrypted", () => {
    const { client, server } = create()
    shakeHands(client, server)
    expect(codeOf(() => server.box!.open(Buffer.from("plain")))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
    expect(codeOf(() => server.box!.open(Buffer.from("\x07MESSAGE")))).to.equal("ERR_ZMTP_MALFORMED_COMMAND_MESSAGE")
  })

  it("rejects a client that knows another server's key", () => {
    const client = new CurveClient(metadata("DEALER"), { ...clientKeys, crypto, serverKey: vector("client public") })
    const { server } = create()
    expect(codeOf(() => server.consume(client.produce()!))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
  })

  it("rejects a client that does not have the secret of its public key", () => {
    const client = new CurveClient(metadata("DEALER"), { ...clientKeys, crypto, publicKey: vector("server public") })
    const { server } = create()
    expect(codeOf(() => shakeHands(client, server))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
  })

  it("rejects a cookie of another connection, and a cookie used twice", () => {
    const [one, other] = [create(), create()]
    for (const { client, server } of [one, other]) {
      server.consume(client.produce()!)
      client.consume(server.produce()!)
    }
    const initiate = one.client.produce()!
    expect(codeOf(() => other.server.consume(initiate))).to.equal("ERR_ZMTP_CRYPTOGRAPHIC")
    one.server.consume(initiate)
    expect(codeOf(() => one.server.consume(initiate))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
  })

  it("pauses between INITIATE and READY until the client's key is authenticated", () => {
    const client = new CurveClient(metadata("DEALER"), { ...clientKeys, crypto })
    const server = new CurveServer(metadata("ROUTER"), { ...serverKeys, crypto, authenticates: true })
    shakeHands(client, server)
    expect(server.credentials!.map((key) => Buffer.from(key).toString("hex"))).to.deep.equal([
      vector("client public").toString("hex"),
    ])
    expect([client.ready, server.ready]).to.deep.equal([false, false])
    server.accept()
    shakeHands(client, server)
    expect([client.ready, server.ready]).to.deep.equal([true, true])
  })

  it("does not complete when any byte of any command is changed, lost, or added", () => {
    // The version and the padding of HELLO are the only bytes that no box protects.
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 2, 3),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom("change", "cut", "add", "repeat"),
        (step, at, mask, kind) => {
          const { client, server } = create()
          const sides = [client, server, client, server]
          let error: unknown
          try {
            sides.forEach((side, index) => {
              let command = Buffer.from(side.produce()!)
              const position = at % command.length
              if (index === step) {
                if (kind === "change") {
                  if (index === 0 && position >= 8 && position < 80) throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", "")
                  command[position]! ^= mask
                } else if (kind === "cut") command = command.subarray(0, position)
                else if (kind === "add") command = Buffer.concat([command, Buffer.of(mask)])
                else sides[1 - (index % 2)]!.consume(command)
              }
              sides[1 - (index % 2)]!.consume(command)
            })
          } catch (thrown) {
            error = thrown
          }
          expect(error).to.satisfy((error: unknown) => error instanceof ProtocolError || error instanceof RefusedError)
          expect(client.ready && server.ready && step < 3).to.equal(false)
        },
      ),
      { numRuns: 1000 },
    )
  }).timeout(60_000)

  it("generates new keys, cookies, and nonces for each connection", () => {
    const commands = [create(), create()].map(({ client, server }) => {
      const hello = Buffer.from(client.produce()!)
      server.consume(hello)
      const welcome = Buffer.from(server.produce()!)
      client.consume(Buffer.from(welcome))
      return { transient: hello.subarray(80, 112), nonce: welcome.subarray(8, 24), box: welcome.subarray(24) }
    })
    for (const part of ["transient", "nonce", "box"] as const) {
      expect(commands[0]![part].equals(commands[1]![part]), part).to.equal(false)
    }
  })

  it("rejects an invalid key of a server", () => {
    const client = new CurveClient(metadata("DEALER"), { ...clientKeys, crypto, serverKey: Buffer.alloc(32) })
    expect(codeOf(() => client.produce())).to.equal("ERR_ZMTP_KEY_EXCHANGE")
  })

  describe("if the library fails", () => {
    /** Makes the library's function `name` fail during `attempt`. */
    const failing = (name: "sealMessage" | "openInPlace", attempt: () => void): void => {
      const library = crypto
      const own = Object.getOwnPropertyDescriptor(library, name)
      const fail = (): never => {
        throw new Error("out of memory")
      }
      Object.defineProperty(library, name, { value: fail, configurable: true, writable: true })
      try {
        attempt()
      } finally {
        if (own === undefined) Reflect.deleteProperty(library, name)
        else Object.defineProperty(library, name, own)
      }
    }

    it("sends no uninitialized memory", () => {
      const { client, server } = create()
      shakeHands(client, server)
      const outbox = new Outbox()
      failing("sealMessage", () => {
        expect(() => {
          client.box!.seal(0, Buffer.from("secret"), outbox)
        }).to.throw("out of memory")
      })
      const bytes = Buffer.concat(outbox.drain())
      expect(bytes.subarray(2).equals(Buffer.alloc(bytes.length - 2))).to.equal(true)
    })

    it("does not blame the peer if a message cannot be decrypted", () => {
      const { client, server } = create()
      shakeHands(client, server)
      const sealed = seal(client.box!, 0, "x")
      failing("openInPlace", () => {
        expect(() => server.box!.open(sealed)).to.throw("out of memory")
      })
    })
  })
})
