import { expect } from "chai"
import { Engine } from "../../src/zmtp/engine.js"
import { FLAG_COMMAND, FLAG_MORE } from "../../src/zmtp/frame.js"
import { LimitError, ProtocolError } from "../../src/zmtp/protocol-error.js"
import type { SocketTypeName } from "../../src/zmtp/socket-type.js"
import { framingOf, subprotocols, ZwsFrameDecoder, ZwsOutbox } from "../../src/zmtp/zws.js"
import { hex } from "../support/cuts.js"
import { converse } from "../support/engines.js"
import { INSECURE } from "../support/insecure.js"

function engineFor(socketType: SocketTypeName, protocol = "ZWS2.0/NULL", routingId = ""): Engine {
  return new Engine(
    {
      socketType,
      routingId: Buffer.from(routingId),
      maxMessageSize: -1,
      maxMultipartSize: -1,
      security: INSECURE,
    },
    framingOf(protocol),
  )
}

function drained(engine: Engine): string[] {
  return engine.outbox.drain().map((piece) => Buffer.from(piece).toString("hex"))
}

/** What libzmq sends over `ws://`, without the header of the WebSocket frame. */
const READY_DEALER = "020552454144590b536f636b65742d54797065000000064445414c4552084964656e7469747900000000"

describe("ZWS frames", () => {
  for (const [bytes, flags, body] of [
    ["0068656c6c6f", 0, "hello"],
    ["0168656c6c6f", FLAG_MORE, "hello"],
    ["00", 0, ""],
    ["0205", FLAG_COMMAND, "\x05"],
  ] as const) {
    it(`SHALL be flags and body: ${bytes}`, () => {
      const outbox = new ZwsOutbox()
      outbox.frame(flags, Buffer.from(body))
      expect(Buffer.concat(outbox.drain()).toString("hex")).to.equal(bytes)
      const decoder = new ZwsFrameDecoder()
      decoder.push(hex(bytes))
      expect(decoder.next()).to.equal(true)
      expect([decoder.flags, String(decoder.body)]).to.deep.equal([flags, body])
      expect([decoder.next(), decoder.pending]).to.deep.equal([false, false])
    })
  }

  it("SHALL be one piece each, however large", () => {
    const outbox = new ZwsOutbox()
    outbox.message([Buffer.alloc(100_000, 1), Buffer.alloc(0), Buffer.alloc(3, 2)])
    expect(outbox.size).to.equal(100_001 + 1 + 4)
    const pieces = outbox.drain()
    expect(pieces.map(({ length }) => length)).to.deep.equal([100_001, 1, 4])
    expect(pieces.map(([flags]) => flags)).to.deep.equal([1, 1, 0])
  })

  it("SHALL NOT be empty", () => {
    const decoder = new ZwsFrameDecoder()
    decoder.push(Buffer.alloc(0))
    expect(() => decoder.next()).to.throw(ProtocolError, "without flags")
  })

  it("SHALL NOT have a body over the limit", () => {
    const decoder = new ZwsFrameDecoder()
    decoder.limit = 5
    decoder.push(hex("0068656c6c6f"))
    expect(decoder.next()).to.equal(true)
    decoder.push(hex("0068656c6c6f21"))
    expect(() => decoder.next()).to.throw(LimitError)
  })
})

describe("a ZWS engine", () => {
  it("SHALL begin with READY, without a greeting", () => {
    expect(drained(engineFor("DEALER"))).to.deep.equal([READY_DEALER])
  })

  it("SHALL be ready with the peer's READY", () => {
    const engine = engineFor("ROUTER")
    expect(converse(engine, [hex(READY_DEALER), hex("0161"), hex("0062")])).to.deep.equal([
      [Buffer.from("a"), Buffer.from("b")],
    ])
    expect(engine.peer).to.include({ socketType: "DEALER", mechanism: "NULL" })
  })

  it("SHALL send subscriptions as messages", () => {
    const engine = engineFor("SUB")
    engine.outbox.drain()
    engine.write([Buffer.from("\x01A")])
    expect(drained(engine)).to.deep.equal(["000141"])
  })

  it("SHALL begin with its routing id in plain ZWS2.0, and take the peer's", () => {
    const engine = engineFor("DEALER", "ZWS2.0", "me")
    expect(drained(engine)).to.deep.equal(["006d65"])
    expect(converse(engine, [hex("00796f75"), hex("0061")])).to.deep.equal([[Buffer.from("a")]])
    expect(String(engine.peer.routingId)).to.equal("you")
  })
})

describe("a ZWS engine whose peer has agreed to a handshake and begins with its routing id", () => {
  it("SHALL go on without a handshake, as with jszmq", () => {
    const engine = engineFor("DEALER")
    expect(converse(engine, [hex("00"), hex("0061")])).to.deep.equal([[Buffer.from("a")]])
    expect(engine.handshakes).to.equal(false)
  })
})

describe("subprotocols", () => {
  it("SHALL be those of the mechanism, and plain ZWS2.0 where nobody is judged", () => {
    expect(subprotocols(INSECURE)).to.deep.equal(["ZWS2.0/NULL", "ZWS2.0"])
    expect(subprotocols({ ...INSECURE, authenticates: true })).to.deep.equal(["ZWS2.0/NULL"])
    expect(subprotocols({ ...INSECURE, mechanism: "CURVE" })).to.deep.equal(["ZWS2.0/CURVE"])
  })
})
