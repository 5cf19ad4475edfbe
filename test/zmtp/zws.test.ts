import { expect } from "chai"
import { FLAG_COMMAND, FLAG_MORE } from "../../src/zmtp/frames/frame-decoder.js"
import { LimitError, ProtocolError, RefusedError } from "../../src/zmtp/protocol-error.js"
import { hasHandshake } from "../../src/zmtp/handshake/greeting.js"
import type { Engine } from "../../src/zmtp/engine.js"
import { loadSodium } from "../../src/security/sodium.js"
import type { Security } from "../../src/zmtp/handshake/security.js"
import type { SocketTypeName } from "../../src/zmtp/socket-types.js"
import { protocolOf, subprotocols } from "../../src/zmtp/zws.js"
import { ZwsFrameDecoder, ZwsOutbox } from "../../src/zmtp/frames/zws-frame.js"
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

  it("SHALL each keep their bytes, however many are made one after the other", () => {
    const outbox = new ZwsOutbox()
    const bodies = Array.from({ length: 2000 }, (_, index) => Buffer.from(String(index).repeat(1 + (index % 90))))
    const large = [4095, 4096, 16_383, 16_384, 16_385].map((size, index) => Buffer.alloc(size, 65 + index))
    const all = [...bodies, ...large, ...bodies]
    for (const body of all) outbox.frame(0, body)
    const pieces = outbox.drain().map((piece) => Buffer.from(piece))
    expect(pieces.map((piece) => piece.subarray(1).toString())).to.deep.equal(all.map(String))
    expect(pieces.every(([flags]) => flags === 0)).to.equal(true)
  })

  it("SHALL be counted while they wait, and be given out once", () => {
    const outbox = new ZwsOutbox()
    outbox.frame(0, Buffer.alloc(10))
    outbox.raw(Buffer.alloc(7))
    outbox.place(FLAG_MORE, 5)
    expect(outbox.size).to.equal(11 + 7 + 6)
    expect(outbox.drain().map(({ length }) => length)).to.deep.equal([11, 7, 6])
    expect([outbox.size, outbox.drain()]).to.deep.equal([0, []])
  })

  it("SHALL be made in place", () => {
    const outbox = new ZwsOutbox()
    for (const text of ["abc", "de"]) {
      outbox.place(FLAG_COMMAND, text.length)
      outbox.target.set(Buffer.from(text), outbox.at)
    }
    expect(outbox.drain().map(String)).to.deep.equal(["\x02abc", "\x02de"])
  })

  it("SHALL have no flags but MORE and COMMAND", () => {
    const decoder = new ZwsFrameDecoder()
    for (const [byte, flags] of [
      ["fc", 0],
      ["ff", FLAG_MORE | FLAG_COMMAND],
      ["04", 0],
    ] as const) {
      decoder.push(hex(byte))
      decoder.next()
      expect(decoder.flags, byte).to.equal(flags)
    }
  })

  it("SHALL wait, as they are, until they are read", () => {
    const decoder = new ZwsFrameDecoder()
    expect([decoder.pending, decoder.rest().length, decoder.next()]).to.deep.equal([false, 0, false])
    decoder.push(hex("0061"))
    expect([decoder.pending, String(decoder.rest())]).to.deep.equal([true, "\0a"])
    decoder.next()
    expect([decoder.pending, decoder.rest().length]).to.deep.equal([false, 0])
  })

  it("SHALL NOT be a command over the limit for commands, and may be such a message", () => {
    const decoder = new ZwsFrameDecoder()
    decoder.commandLimit = 3
    for (const bytes of ["02616263", "0061626364"]) {
      decoder.push(hex(bytes))
      expect(decoder.next(), bytes).to.equal(true)
    }
    decoder.push(hex("0261626364"))
    expect(() => decoder.next()).to.throw(LimitError, "Command of 4 bytes exceeds the limit of 3")
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
    expect(() => decoder.next()).to.throw(LimitError, "Frame of 6 bytes exceeds the limit of 5")
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
    converse(engine, [hex("02 05 5245414459 0b 536f636b65742d54797065 00000003 505542")])
    engine.drain()
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
  it("SHALL know the peer by it, and be complete", () => {
    const engine = engineFor("ROUTER")
    engine.push(hex("00796f75"))
    expect([engine.handshake(), engine.state === "traffic", String(engine.peer.routingId)]).to.deep.equal([
      true,
      true,
      "you",
    ])
    expect(engine.heartbeats?.supported).to.equal(false)
  })

  it("SHALL NOT go on where peers have to say who they are", () => {
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

  it("SHALL NOT take a command for it, whether flagged as one or not", () => {
    const engine = engineFor("ROUTER")
    converse(engine, [hex(`00${READY_DEALER.slice(2)}`)])
    expect([engine.state === "traffic", hasHandshake(engine.version), engine.peer.socketType]).to.deep.equal([
      true,
      true,
      "DEALER",
    ])
    expect(() => converse(engineFor("ROUTER"), [hex("00054552524f5203343030")])).to.throw(RefusedError, "400")
    expect(codeOf(() => converse(engineFor("ROUTER"), [hex("02796f75")]))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
  })

  it("SHALL go on without a handshake, as with jszmq", () => {
    const engine = engineFor("DEALER")
    expect(converse(engine, [hex("00"), hex("0061")])).to.deep.equal([[Buffer.from("a")]])
    expect(hasHandshake(engine.version)).to.equal(false)
  })
})

describe("subprotocols", () => {
  it("SHALL be those of the mechanism, and plain ZWS2.0 where nobody is judged", () => {
    const secretKey = Buffer.alloc(32)
    const curve: Security = { mechanism: "CURVE", asServer: true, secretKey, crypto: loadSodium() }
    expect(subprotocols(INSECURE)).to.deep.equal(["ZWS2.0/NULL", "ZWS2.0"])
    expect(subprotocols({ ...INSECURE, authenticates: true })).to.deep.equal(["ZWS2.0/NULL"])
    expect(subprotocols(curve)).to.deep.equal(["ZWS2.0/CURVE"])
  })
})
