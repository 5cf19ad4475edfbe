import { expect } from "chai"
import { createWebSocketEngine } from "../../src/zmtp/create-engine.js"
import type { Engine, EngineOptions } from "../../src/zmtp/engine.js"
import { MAX_ROUTING_ID } from "../../src/zmtp/limits.js"
import { PlainZwsEngine, plainZws } from "../../src/zmtp/plain-zws-engine.js"
import { LimitError, ProtocolError } from "../../src/zmtp/protocol-error.js"
import { hex } from "../support/cuts.js"
import { converse } from "../support/engines.js"
import { INSECURE } from "../support/insecure.js"
import { text } from "../support/messages.js"

const OPTIONS: EngineOptions = {
  socketType: "DEALER",
  routingId: Buffer.from("me"),
  maxMessageSize: -1,
  maxMultipartSize: -1,
  security: INSECURE,
}

/** The output of the engine, in hexadecimal. Each piece is a WebSocket message. */
const said = (engine: PlainZwsEngine): string[] => engine.drain().map((piece) => Buffer.from(piece).toString("hex"))

function started(options: Partial<EngineOptions> = {}): PlainZwsEngine {
  const engine = new PlainZwsEngine({ ...OPTIONS, ...options })
  engine.start()
  return engine
}

describe('PlainZwsEngine (RFC 45, "ZWS2.0")', () => {
  it("sends nothing before it is started, and then its routing id", () => {
    const engine = new PlainZwsEngine(OPTIONS)
    expect([engine.state, said(engine)]).to.deep.equal(["new", []])
    engine.start()
    expect([engine.state, engine.unsent, said(engine)]).to.deep.equal(["handshake", 3, ["006d65"]])
    expect(said(started({ routingId: Buffer.alloc(0) }))).to.deep.equal(["00"])
  })

  it("learns the peer's routing id from its first frame, in memory of its own, and then reads messages", () => {
    const engine = started()
    const chunk = hex("00796f75")
    engine.push(chunk)
    expect([engine.unread, engine.handshake(), engine.unread]).to.deep.equal([true, true, false])
    expect(engine.handshake()).to.equal(true)
    chunk.fill(0)
    expect([engine.state, engine.version, String(engine.peer.routingId)]).to.deep.equal(["traffic", "2.0", "you"])
    expect(converse(engine, [hex("0161"), hex("0062"), hex("00")]).map(text)).to.deep.equal([["a", "b"], [""]])
  })

  it("waits for the peer's first frame", () => {
    const engine = started()
    expect([engine.handshake(), engine.state]).to.deep.equal([false, "handshake"])
  })

  it(`accepts a routing id of ${MAX_ROUTING_ID} bytes and no longer one, however large messages may be`, () => {
    const longest = started({ maxMessageSize: 1 })
    longest.push(Buffer.alloc(1 + MAX_ROUTING_ID))
    expect(longest.handshake()).to.equal(true)
    const engine = started()
    engine.push(Buffer.alloc(2 + MAX_ROUTING_ID))
    expect(() => engine.handshake())
      .to.throw(LimitError, "256")
      .with.property("limit", "length of a routing id")
    expect(engine.state).to.equal("failed")
  })

  it("rejects a peer whose routing id is not accepted, before any of its messages is read", () => {
    const asked: string[] = []
    const reason = new ProtocolError("ERR_ZMTP_INVALID_METADATA", "taken")
    const rejectionOf = (routingId: Uint8Array): ProtocolError | undefined => {
      asked.push(String(routingId))
      return String(routingId) === "taken" ? reason : undefined
    }
    const engine = createWebSocketEngine("ZWS2.0", { socketType: "ROUTER", rejectionOf })
    engine.start()
    engine.push(Buffer.from("\0taken"))
    expect(() => engine.handshake())
      .to.throw(reason.message)
      .equal(reason)
    expect([engine.state, String(engine.peer.routingId)]).to.deep.equal(["failed", "taken"])
    const other = started({ rejectionOf })
    other.push(Buffer.from("\0free"))
    expect([other.handshake(), other.state, asked]).to.deep.equal([true, "traffic", ["taken", "free"]])
  })

  it("limits messages to maxMessageSize, and fails for larger ones", () => {
    const engine = started({ maxMessageSize: 3 })
    converse(engine, [hex("00"), hex("00616263")])
    expect(() => converse(engine, [hex("0061626364")])).to.throw(LimitError)
    expect(engine.state).to.equal("failed")
  })

  it("drops commands, which do not exist", () => {
    const engine = started()
    expect(converse(engine, [hex("00"), hex("0204504f4e47"), hex("0061")]).map(text)).to.deep.equal([["a"]])
    expect(said(engine)).to.deep.equal(["006d65"])
  })

  it("writes one message per frame, without lengths", () => {
    const engine = started()
    converse(engine, [hex("00")])
    engine.drain()
    engine.write([Buffer.from("a"), Buffer.alloc(0)])
    expect([engine.unsent, said(engine)]).to.deep.equal([3, ["0161", "00"]])
  })

  it("rejects a message without flags", () => {
    const engine = started()
    engine.push(Buffer.alloc(0))
    expect(() => engine.handshake()).to.throw(ProtocolError)
    expect(engine.state).to.equal("failed")
  })

  it("throws for calls out of order, and keeps its state", () => {
    const calls = ["start", "handshake", "read", "write"] as const
    const expectOutOfOrder = (engine: Engine, allowed: (typeof calls)[number] | undefined): void => {
      const { state } = engine
      for (const call of calls.filter((each) => each !== allowed)) {
        expect(() => engine[call]([Buffer.alloc(0)])).to.throw(
          `Cannot ${call} while the engine is in the state "${state}"`,
        )
        expect(engine.state).to.equal(state)
      }
    }
    expectOutOfOrder(new PlainZwsEngine(OPTIONS), "start")
    const engine = plainZws(OPTIONS)
    engine.start()
    expectOutOfOrder(engine, "handshake")
    engine.close()
    expect(engine.state).to.equal("closed")
    expectOutOfOrder(engine, undefined)
  })

  it("stays closed if it is closed while the peer's routing id is checked", () => {
    const engine = started({
      rejectionOf: () => {
        engine.close()
        return undefined
      },
    })
    engine.push(hex("00796f75"))
    engine.handshake()
    expect(engine.state).to.equal("closed")
  })
})
