import { expect } from "chai"
import { RefusedError } from "../../src/zmtp/protocol-error.js"
import { negotiatesMechanism } from "../../src/zmtp/version.js"
import type { Engine } from "../../src/zmtp/engine.js"
import { loadSodium } from "../../src/security/sodium.js"
import type { Security } from "../../src/zmtp/handshake/security.js"
import type { SocketTypeName } from "../../src/zmtp/socket-types.js"
import { protocolOf, subprotocols } from "../../src/zmtp/over-web-socket.js"
import { hex } from "../support/cuts.js"
import { converse } from "../support/engines.js"
import { INSECURE } from "../support/insecure.js"
import { codeOf } from "../support/messages.js"

function engineFor(
  socketType: SocketTypeName,
  protocol = "ZWS2.0/NULL",
  routingId = "",
  security: Security = INSECURE,
): Engine {
  const engine = protocolOf(protocol)({
    socketType,
    routingId: Buffer.from(routingId),
    maxMessageSize: -1,
    maxMultipartSize: -1,
    security,
  })
  engine.start()
  return engine
}

function drained(engine: Engine): string[] {
  return engine.drain().map((piece) => Buffer.from(piece).toString("hex"))
}

/** libzmq's READY over `ws://`, without the header of the WebSocket frame. */
const READY_DEALER = "020552454144590b536f636b65742d54797065000000064445414c4552084964656e7469747900000000"

describe("a ZWS engine", () => {
  it("begins with READY, without a greeting", () => {
    expect(drained(engineFor("DEALER"))).to.deep.equal([READY_DEALER])
  })

  it("begins with its routing id if the subprotocol has no handshake", () => {
    expect(drained(engineFor("DEALER", "ZWS2.0", "me"))).to.deep.equal(["006d65"])
  })

  it("is ready with the peer's READY", () => {
    const engine = engineFor("ROUTER")
    expect(converse(engine, [hex(READY_DEALER), hex("0161"), hex("0062")])).to.deep.equal([
      [Buffer.from("a"), Buffer.from("b")],
    ])
    expect(engine.peer).to.include({ socketType: "DEALER", mechanism: "NULL" })
  })

  it("sends subscriptions as messages", () => {
    const engine = engineFor("SUB")
    converse(engine, [hex("02 05 5245414459 0b 536f636b65742d54797065 00000003 505542")])
    engine.drain()
    engine.write([Buffer.from("\x01A")])
    expect(drained(engine)).to.deep.equal(["000141"])
  })
})

describe("a ZWS engine whose peer has agreed to a handshake and begins with its routing id", () => {
  it("learns the peer's routing id, and is complete", () => {
    const engine = engineFor("ROUTER")
    engine.push(hex("00796f75"))
    expect([engine.handshake(), engine.state === "traffic", String(engine.peer.routingId)]).to.deep.equal([
      true,
      true,
      "you",
    ])
    expect(engine.heartbeats?.supported).to.equal(false)
  })

  it("does not continue if peers must authenticate", () => {
    for (const security of [
      { mechanism: "PLAIN", asServer: true },
      { ...INSECURE, authenticates: true },
    ] as const) {
      const engine = engineFor("ROUTER", "ZWS2.0/PLAIN", "", security)
      if (security.mechanism === "NULL")
        engine.verdictRequest!.resolve({ status: 200, userId: "", metadata: new Map() })
      expect(codeOf(() => converse(engine, [hex("00796f75")]))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
    }
  })

  it("does not mistake a command for a routing id, whether flagged as a command or not", () => {
    const engine = engineFor("ROUTER")
    converse(engine, [hex(`00${READY_DEALER.slice(2)}`)])
    expect([engine.state === "traffic", negotiatesMechanism(engine.version), engine.peer.socketType]).to.deep.equal([
      true,
      true,
      "DEALER",
    ])
    expect(() => converse(engineFor("ROUTER"), [hex("00054552524f5203343030")])).to.throw(RefusedError, "400")
    expect(codeOf(() => converse(engineFor("ROUTER"), [hex("02796f75")]))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
  })

  it("continues without a handshake, as with jszmq", () => {
    const engine = engineFor("DEALER")
    expect(converse(engine, [hex("00"), hex("0061")])).to.deep.equal([[Buffer.from("a")]])
    expect(negotiatesMechanism(engine.version)).to.equal(false)
  })
})

describe("subprotocols", () => {
  it("are those of the mechanism, and plain ZWS2.0 without authentication", () => {
    const secretKey = Buffer.alloc(32)
    const curve: Security = { mechanism: "CURVE", asServer: true, secretKey, crypto: loadSodium() }
    expect(subprotocols(INSECURE)).to.deep.equal(["ZWS2.0/NULL", "ZWS2.0"])
    expect(subprotocols({ ...INSECURE, authenticates: true })).to.deep.equal(["ZWS2.0/NULL"])
    expect(subprotocols(curve)).to.deep.equal(["ZWS2.0/CURVE"])
  })
})
