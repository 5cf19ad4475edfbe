import { expect } from "chai"
import { createEngine, createWebSocketEngine, type EngineInit } from "../../src/zmtp/create-engine.js"
import type { Security } from "../../src/zmtp/handshake/security.js"
import { naclCrypto } from "../support/nacl-crypto.js"

const key = new Uint8Array(32)
const CURVE = { mechanism: "CURVE", asServer: false, publicKey: key, secretKey: key, serverKey: key }

describe("createEngine", () => {
  for (const [what, init, error, text] of [
    [
      "an unknown socket type",
      { socketType: "dealer" },
      TypeError,
      'Invalid socketType "dealer": expected one of PAIR',
    ],
    ["no socket type", {}, TypeError, "Invalid socketType undefined"],
    ["DGRAM", { socketType: "DGRAM" }, RangeError, "datagrams have no connection"],
    ["a routing id of text", { routingId: "me" }, TypeError, "Invalid routingId: expected a Uint8Array"],
    [
      "a routing id of 256 bytes",
      { routingId: new Uint8Array(256) },
      RangeError,
      "Invalid routingId: 256 bytes, expected at most 255",
    ],
    ["a size below -1", { maxMessageSize: -2 }, RangeError, "Invalid maxMessageSize -2: expected a number of bytes"],
    ["half a byte", { maxMultipartSize: 0.5 }, RangeError, "Invalid maxMultipartSize 0.5"],
    ["a size that is not a number", { maxMessageSize: NaN }, RangeError, "Invalid maxMessageSize NaN"],
    ["an unknown mechanism", { security: { mechanism: "GSSAPI" } }, TypeError, "Invalid mechanism GSSAPI"],
    [
      "a user name of 256 bytes",
      { security: { mechanism: "PLAIN", asServer: false, username: new Uint8Array(256), password: key } },
      RangeError,
      "Invalid username: 256 bytes",
    ],
    [
      "no password",
      { security: { mechanism: "PLAIN", asServer: false, username: key } },
      TypeError,
      "Invalid password: expected a Uint8Array",
    ],
    [
      "a key of text",
      { security: { ...CURVE, crypto: naclCrypto, serverKey: "0".repeat(40) } },
      TypeError,
      "Invalid serverKey: expected a Uint8Array",
    ],
    [
      "a key of 31 bytes",
      { security: { ...CURVE, crypto: naclCrypto, secretKey: new Uint8Array(31) } },
      RangeError,
      "Invalid secretKey: 31 bytes, expected 32",
    ],
    [
      "a server without a key",
      { security: { mechanism: "CURVE", asServer: true, crypto: naclCrypto } },
      TypeError,
      "Invalid secretKey: expected a Uint8Array",
    ],
    ["CURVE without its cryptography", { security: CURVE }, TypeError, "CURVE needs crypto"],
  ] as const) {
    it(`rejects ${what}`, () => {
      const whole = { ...(what === "no socket type" ? {} : { socketType: "PAIR" }), ...init } as unknown as EngineInit
      expect(() => createEngine(whole)).to.throw(error, text)
    })
  }

  it("requires only the secret key from a server of CURVE, and all three keys from a client", () => {
    const security = { mechanism: "CURVE", asServer: true, secretKey: new Uint8Array(32), crypto: naclCrypto } as const
    expect(createEngine({ socketType: "PULL", security }).state).to.equal("new")
    const client = { ...security, asServer: false } as unknown as Security
    expect(() => createEngine({ socketType: "PULL", security: client })).to.throw(TypeError, "Invalid publicKey")
  })

  it("accepts the largest values, and undefined for the defaults", () => {
    const username = new Uint8Array(255)
    const init = {
      socketType: "DEALER",
      routingId: username,
      maxMessageSize: 0,
      maxMultipartSize: undefined,
      security: { mechanism: "PLAIN", asServer: false, username, password: username },
    } as unknown as EngineInit
    expect(createEngine(init).state).to.equal("new")
    const engine = createEngine({ socketType: "PAIR", security: undefined } as unknown as EngineInit)
    engine.start()
    expect(engine.unsent).to.equal(10)
  })
})

describe("createWebSocketEngine", () => {
  it("rejects a subprotocol that does not match the security", () => {
    expect(() => createWebSocketEngine("ZWS2.0/CURVE", { socketType: "PAIR" })).to.throw(
      RangeError,
      'Invalid subprotocol "ZWS2.0/CURVE": expected ZWS2.0/NULL or ZWS2.0',
    )
    const security = { mechanism: "PLAIN", asServer: true } as const
    expect(() => createWebSocketEngine("ZWS2.0", { socketType: "PAIR", security })).to.throw(RangeError, "ZWS2.0/PLAIN")
  })

  it("rejects STREAM, and everything that createEngine rejects", () => {
    expect(() => createWebSocketEngine("ZWS2.0", { socketType: "STREAM" })).to.throw(RangeError, "STREAM")
    expect(() => createWebSocketEngine("ZWS2.0", { socketType: "PAIR", maxMessageSize: -2 })).to.throw(RangeError)
  })
})
