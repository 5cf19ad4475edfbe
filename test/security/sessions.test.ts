import { expect } from "chai"
import { readFileSync } from "node:fs"
import { loadSodium } from "../../src/security/sodium.js"
import type { CurveCrypto } from "../../src/zmtp/handshake/curve/crypto.js"
import type { Engine } from "../../src/zmtp/engine.js"
import type { Security } from "../../src/zmtp/handshake/security.js"
import { vector } from "../support/curve-vectors.js"
import { hex, someCuts } from "../support/cuts.js"
import { createEngine } from "../support/engines.js"
import { text } from "../support/messages.js"

const file = readFileSync(new URL("../vectors/sessions.txt", import.meta.url), "utf8")

/** The bytes of one side of the session `name`. */
function session(name: string, side: "heard" | "said"): Buffer {
  const found = new RegExp(`^${name}: ${side}: ([0-9a-f ]+)$`, "m").exec(file)
  return hex(found![1]!)
}

/** Offsets at which the parts of a greeting, the frames after it, and their bodies begin. */
function borders(stream: Buffer): number[] {
  const found = [10, 12, 32, 33]
  for (let at = 64; at < stream.length;) {
    const long = (stream[at]! & 0x02) !== 0
    const body = at + (long ? 9 : 2)
    found.push(at, body)
    at = body + (long ? stream.readUInt32BE(at + 5) : stream[at + 1]!)
  }
  return found
}

/** The next random values. */
const predetermined: { pairs: string[]; random: string[] } = { pairs: [], random: [] }

const vectors = new Map<string, Buffer>()

/** A copy of a vector, because keys are overwritten after use. */
function copyOf(name: string): Buffer {
  const known = vectors.get(name) ?? vector(name)
  vectors.set(name, known)
  return Buffer.from(known)
}

/** libsodium with predetermined random values. Key exchanges are cached, because all splits repeat them. */
function deterministicSodium(): CurveCrypto {
  const sodium = loadSodium()
  const exchange = sodium.sharedKey.bind(sodium)
  const exchanged = new Map<string, Uint8Array>()
  return Object.assign(sodium, {
    keyPair() {
      const name = predetermined.pairs.shift()!
      return { publicKey: copyOf(`${name} public`), secretKey: copyOf(`${name} secret`) }
    },
    random: () => copyOf(predetermined.random.shift()!),
    sharedKey(publicKey: Uint8Array, secretKey: Uint8Array) {
      const pair = Buffer.concat([publicKey, secretKey]).toString("latin1")
      const key = exchanged.get(pair) ?? exchange(publicKey, secretKey)!
      exchanged.set(pair, key)
      return Buffer.from(key)
    },
  })
}

let crypto: CurveCrypto

const MESSAGES = [["hello"], ["A", "", "B"], [""]]
const ADMIN = { username: Buffer.from("admin"), password: Buffer.from("secret") }
const ROUTING_ID = Buffer.from("ab")
const CLIENT = { publicKey: vector("client public"), secretKey: vector("client secret") }

const SERVER = { publicKey: vector("server public"), secretKey: vector("server secret") }

/** Our server, with the random values of the recorded session. */
function createServer(mechanism: "PLAIN" | "CURVE"): Engine {
  predetermined.pairs = ["server transient"]
  predetermined.random = ["cookie key", "cookie nonce", "welcome nonce"]
  const security: Security =
    mechanism === "PLAIN"
      ? { mechanism, asServer: true }
      : { mechanism, asServer: true, authenticates: true, secretKey: SERVER.secretKey, crypto }
  return createEngine("ROUTER", { security })
}

function createClient(mechanism: "PLAIN" | "CURVE"): Engine {
  predetermined.pairs = ["client transient"]
  predetermined.random = ["vouch nonce"]
  const security: Security =
    mechanism === "PLAIN"
      ? { mechanism, asServer: false, ...ADMIN }
      : { mechanism, asServer: false, ...CLIENT, serverKey: SERVER.publicKey, crypto }
  return createEngine("DEALER", { routingId: ROUTING_ID, security })
}

/** Passes all `chunks` to the engine, and accepts every peer. */
function hear(engine: Engine, chunks: readonly Uint8Array[]): (string[] | undefined)[] {
  const messages: (string[] | undefined)[] = []
  for (const chunk of chunks) {
    engine.push(chunk)
    let ready = engine.state === "traffic" || engine.handshake()
    if (engine.verdictRequest !== undefined) {
      engine.verdictRequest.resolve({ status: 200, userId: "", metadata: new Map() })
      ready = engine.handshake()
    }
    if (!ready) continue
    for (let message = engine.read(); message !== undefined; message = engine.read()) messages.push(text(message))
  }
  return messages
}

describe("sessions recorded with libzmq", function () {
  this.timeout(60_000)
  before(() => {
    crypto = deterministicSodium()
  })

  for (const mechanism of ["PLAIN", "CURVE"] as const) {
    for (const role of ["client", "server"] as const) {
      it(`are understood and answered however they are split: a libzmq ${mechanism} ${role}`, () => {
        const name = `${mechanism} ${role} of libzmq`
        const heard = session(name, "heard")
        const said = session(name, "said")
        const expected = JSON.stringify(MESSAGES)
        for (const chunks of someCuts(heard, borders(heard), { others: 1000, seed: 26 })) {
          const engine = role === "client" ? createServer(mechanism) : createClient(mechanism)
          // Boxes are decrypted in place, so pass a copy of the vector.
          const received = hear(
            engine,
            chunks.map((chunk) => Buffer.from(chunk)),
          )
          const answer = Buffer.concat(engine.drain())
          if (JSON.stringify(received) !== expected || !answer.equals(said)) {
            expect.fail(`Cut into ${chunks.map(({ length }) => length).join(", ")} bytes: ${JSON.stringify(received)}`)
          }
        }
      })
    }
  }

  it("are not understood with another key", () => {
    const name = "CURVE client of libzmq"
    predetermined.pairs = ["server transient"]
    predetermined.random = ["cookie key", "cookie nonce", "welcome nonce"]
    const security: Security = { mechanism: "CURVE", asServer: true, secretKey: CLIENT.secretKey, crypto }
    expect(() => hear(createEngine("ROUTER", { security }), [session(name, "heard")])).to.throw(
      "HELLO cannot be decrypted",
    )
  })
})
