import { expect } from "chai"
import type { Engine, EngineOptions } from "../../src/zmtp/engine.js"
import { MAX_FRAMES, MAX_HANDSHAKE_COMMAND, MAX_ROUTING_ID } from "../../src/zmtp/limits.js"
import { LimitError, ProtocolError, RefusedError } from "../../src/zmtp/protocol-error.js"
import { zmtp } from "../../src/zmtp/over-bytes.js"
import { ZmtpEngine } from "../../src/zmtp/zmtp-engine.js"
import { INSECURE } from "../support/insecure.js"
import { cuts, hex } from "../support/cuts.js"
import { decode } from "../support/decode.js"
import { converse, createEngine } from "../support/engines.js"
import { codeOf, message, text } from "../support/messages.js"
import { COMMAND, GREETING_3_0, GREETING_3_1, RADIO_MESSAGES, READY, READY_DEALER_AB } from "../support/vectors.js"

const said = (engine: Engine): Buffer => Buffer.concat(engine.drain())

/** Socket types that use ZMTP. */
type ZmtpType = keyof typeof READY
const TYPES = Object.keys(READY) as ZmtpType[]

/** A compatible peer for each type. */
const PARTNER: Readonly<Record<ZmtpType, ZmtpType>> = {
  PAIR: "PAIR",
  PUB: "SUB",
  SUB: "PUB",
  REQ: "REP",
  REP: "REQ",
  DEALER: "ROUTER",
  ROUTER: "DEALER",
  PULL: "PUSH",
  PUSH: "PULL",
  XPUB: "XSUB",
  XSUB: "XPUB",
  SERVER: "CLIENT",
  CLIENT: "SERVER",
  RADIO: "DISH",
  DISH: "RADIO",
  GATHER: "SCATTER",
  SCATTER: "GATHER",
  PEER: "PEER",
  CHANNEL: "CHANNEL",
}

/** An engine after the handshake with a libzmq peer, with its output drained. */
function ready(socketType: ZmtpType, options: Partial<EngineOptions> = {}, greeting: Buffer = GREETING_3_1): Engine {
  const engine = createEngine(socketType, options)
  converse(engine, [greeting, READY[PARTNER[socketType]]])
  expect(engine.state).to.equal("traffic")
  engine.drain()
  return engine
}

/** A READY frame with these properties. */
function readyWith(properties: Buffer): Buffer {
  const body = Buffer.concat([hex("055245414459"), properties])
  const size = Buffer.alloc(8)
  size.writeUInt32BE(body.length, 4)
  return Buffer.concat([hex("06"), size, body])
}

function property(name: string, value: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(value.length)
  return Buffer.concat([Buffer.of(name.length), Buffer.from(name), size, value])
}

describe("ZmtpEngine, handshake", () => {
  for (const type of TYPES) {
    it(`sends what a libzmq ${type} sends`, () => {
      const engine = createEngine(type)
      converse(engine, [GREETING_3_1, READY[PARTNER[type]]])
      expect(said(engine)).to.deep.equal(Buffer.concat([GREETING_3_1, READY[type]]))
      expect(engine.peer.socketType).to.equal(PARTNER[type])
    })
  }

  it("announces its routing id", () => {
    const engine = createEngine("DEALER", { routingId: Buffer.from("ab") })
    converse(engine, [GREETING_3_1])
    expect(decode([said(engine).subarray(64)])).to.deep.equal(decode([READY_DEALER_AB]))
  })

  it("sends READY after the greeting, and nothing else before the peer's READY", () => {
    const engine = createEngine("PUSH")
    converse(engine, [GREETING_3_1.subarray(0, 63)])
    expect(said(engine)).to.deep.equal(GREETING_3_1)
    converse(engine, [GREETING_3_1.subarray(63)])
    expect(said(engine)).to.deep.equal(READY.PUSH)
    expect(engine.state).to.not.equal("traffic")
  })

  it("stores the peer's routing id in its own memory", () => {
    const engine = createEngine("ROUTER")
    const bytes = Buffer.concat([GREETING_3_1, READY_DEALER_AB])
    converse(engine, [bytes])
    bytes.fill(0)
    expect(engine.peer.socketType).to.equal("DEALER")
    expect(Buffer.from(engine.peer.routingId).toString()).to.equal("ab")
    expect(engine.peer.routingId.buffer.byteLength).to.equal(2)
  })

  it("tolerates a READY without the COMMAND flag, as libzmq does", () => {
    const engine = createEngine("PULL")
    converse(engine, [GREETING_3_1, Buffer.concat([hex("00"), READY.PUSH.subarray(1)])])
    expect(engine.state).to.equal("traffic")
  })

  it("returns at each step whether it is complete", () => {
    const engine = createEngine("PULL")
    for (const [chunk, complete] of [
      [GREETING_3_1.subarray(0, 10), false],
      [GREETING_3_1.subarray(10), false],
      [READY.PUSH.subarray(0, 5), false],
      [READY.PUSH.subarray(5), true],
    ] as const) {
      engine.push(chunk)
      expect([engine.handshake(), engine.state === "traffic"]).to.deep.equal([complete, complete])
    }
  })

  it("has skipped nothing before it is complete", () => {
    const engine = createEngine("PULL")
    converse(engine, [GREETING_3_1])
    expect(engine.takeSkipped(0)).to.equal(0)
  })

  it("has no public key without CURVE", () => {
    const { peer } = ready("PULL")
    expect(peer).to.not.have.property("publicKey")
    expect([peer.mechanism, peer.userId, peer.metadata.size]).to.deep.equal(["NULL", "", 0])
  })

  it("accepts a peer that does not announce its socket type", () => {
    const engine = createEngine("PULL")
    converse(engine, [GREETING_3_1, hex("04060552454144 59")])
    expect(engine.state).to.equal("traffic")
    expect(engine.peer.socketType).to.equal("")
  })

  for (const type of TYPES) {
    it(`rejects illegal peers of ${type}`, () => {
      const illegal = type === "SUB" || type === "XSUB" ? READY.PULL : READY.PUB
      const engine = createEngine(type)
      expect(codeOf(() => converse(engine, [GREETING_3_1, illegal]))).to.equal("ERR_ZMTP_INVALID_METADATA")
      expect(engine.state).to.not.equal("traffic")
      // Events report the peer, even if it is rejected.
      expect(engine.peer).to.include({ socketType: illegal === READY.PULL ? "PULL" : "PUB", mechanism: "NULL" })
    })
  }

  it("rejects a command other than READY before the handshake is complete", () => {
    for (const frame of [COMMAND.ping, COMMAND.subscribeA, hex("000568656c6c6f")]) {
      expect(codeOf(() => converse(createEngine("PUB"), [GREETING_3_1, frame]))).to.equal("ERR_ZMTP_UNEXPECTED_COMMAND")
    }
  })

  it("reports a peer that refuses it", () => {
    expect(() => converse(createEngine("PULL"), [GREETING_3_1, COMMAND.error400])).to.throw(RefusedError, "400")
  })

  it(`accepts a READY of ${MAX_HANDSHAKE_COMMAND} bytes and no more, regardless of the limit for messages`, () => {
    const fill = (size: number): Buffer => {
      const type = property("Socket-Type", Buffer.from("PUSH"))
      return readyWith(Buffer.concat([type, property("X", Buffer.alloc(size - 6 - type.length - 6))]))
    }
    const engine = createEngine("PULL", { maxMessageSize: 1 })
    converse(engine, [GREETING_3_1, fill(MAX_HANDSHAKE_COMMAND)])
    expect(engine.state).to.equal("traffic")
    const other = createEngine("PULL")
    expect(codeOf(() => converse(other, [GREETING_3_1, fill(MAX_HANDSHAKE_COMMAND + 1)]))).to.equal(
      "ERR_ZMTP_UNSPECIFIED",
    )
  })

  it("checks the routing id of a peer before it sends READY, and ends the connection if it is rejected", () => {
    const asked: string[] = []
    const rejection = new ProtocolError("ERR_ZMTP_INVALID_METADATA", "taken")
    const rejectionOf = (routingId: Uint8Array): ProtocolError | undefined => {
      asked.push(Buffer.from(routingId).toString())
      return asked.length > 1 ? rejection : undefined
    }
    for (const [state, error] of [
      ["traffic", undefined],
      ["failed", rejection],
    ] as const) {
      const engine = createEngine("ROUTER", { rejectionOf })
      engine.push(GREETING_3_1)
      engine.handshake()
      expect(said(engine)).to.deep.equal(GREETING_3_1)
      const finish = (): unknown => converse(engine, [READY_DEALER_AB])
      if (error === undefined) finish()
      else {
        expect(finish).to.throw(error)
        // With READY, the peer would consider the handshake complete.
        expect(engine.drain()).to.deep.equal([])
      }
      expect(engine.state).to.equal(state)
    }
    expect(asked).to.deep.equal(["ab", "ab"])
  })

  it(`accepts routing ids up to ${MAX_ROUTING_ID} bytes (RFC 37, "The Identity Property")`, () => {
    const named = (length: number): Engine => {
      const engine = createEngine("ROUTER")
      const type = property("Socket-Type", Buffer.from("DEALER"))
      converse(engine, [
        GREETING_3_1,
        readyWith(Buffer.concat([type, property("Identity", Buffer.alloc(length, "i"))])),
      ])
      return engine
    }
    expect(named(MAX_ROUTING_ID).peer.routingId).to.have.length(MAX_ROUTING_ID)
    expect(codeOf(() => named(MAX_ROUTING_ID + 1))).to.equal("ERR_ZMTP_INVALID_METADATA")
  })
})

describe("ZmtpEngine, traffic", () => {
  it("reads a complete libzmq session, however it is split", () => {
    const session = Buffer.concat([GREETING_3_1, READY.DEALER, hex("010000026869"), COMMAND.ping, hex("0001780000")])
    for (const chunks of cuts(session)) {
      const engine = createEngine("ROUTER")
      expect(converse(engine, chunks).map(text)).to.deep.equal([["", "hi"], ["x"], [""]])
      expect(engine.heartbeats.answerDue).to.equal(true)
    }
  })

  it("reads a subscriber's session of ZMTP 3.0, however it is split", () => {
    const session = Buffer.concat([GREETING_3_0, READY.SUB, hex("00020141 00020041")])
    for (const chunks of cuts(session)) {
      expect(converse(createEngine("PUB"), chunks).map(text)).to.deep.equal([["\x01A"], ["\x00A"]])
    }
  })

  it("delivers nothing of a message before its last frame", () => {
    const engine = ready("PULL")
    expect(converse(engine, [hex("010161"), hex("010162")])).to.be.empty
    expect(converse(engine, [hex("000163")]).map(text)).to.deep.equal([["a", "b", "c"]])
  })

  it("handles commands between the frames of a message", () => {
    const engine = ready("PULL")
    const bytes = Buffer.concat([hex("010161"), COMMAND.ping, hex("000162")])
    expect(converse(engine, [bytes]).map(text)).to.deep.equal([["a", "b"]])
    engine.heartbeats!.answer()
    expect(said(engine)).to.deep.equal(COMMAND.pong)
  })

  it("ignores the reserved flags", () => {
    expect(converse(ready("PULL"), [hex("f80178")]).map(text)).to.deep.equal([["x"]])
  })

  it("drops unknown and malformed commands", () => {
    const commands = [
      "0400",
      "0406 05 48454c4c4f",
      "0404 ff616263",
      "0405 0450494e47",
      "0406 0450494e4700",
      "0409044a4f494e6e657773",
    ]
    const bytes = Buffer.concat([...commands.map(hex), COMMAND.error400, READY.PUSH, COMMAND.pong])
    const engine = ready("PULL")
    expect(converse(engine, [bytes, hex("000178")]).map(text)).to.deep.equal([["x"]])
    engine.heartbeats!.answer()
    expect(said(engine)).to.be.empty
  })

  it("drops subscriptions if the socket does not publish", () => {
    expect(converse(ready("PULL"), [COMMAND.subscribeA, COMMAND.cancelA])).to.be.empty
  })

  it("reports whether pushed bytes wait", () => {
    const engine = ready("PULL")
    engine.push(hex("000161000162"))
    expect(text(engine.read())).to.deep.equal(["a"])
    expect(engine.unread).to.equal(true)
    engine.read()
    expect(engine.unread).to.equal(false)
  })

  it("sends a message as its frames", () => {
    const engine = ready("PUSH")
    engine.write(message("", "hi"))
    expect(said(engine)).to.deep.equal(hex("010000026869"))
  })

  it("accepts a frame of maxMessageSize bytes and no larger one", () => {
    const engine = ready("PULL", { maxMessageSize: 3 })
    expect(converse(engine, [hex("0103616263 0003616263")]).map(text)).to.deep.equal([["abc", "abc"]])
    expect(codeOf(() => converse(engine, [hex("0004")]))).to.equal("ERR_ZMTP_UNSPECIFIED")
  })

  it(`accepts a message of ${MAX_FRAMES} frames and no more`, () => {
    const more = Buffer.alloc(2 * (MAX_FRAMES - 1), hex("0100"))
    expect(converse(ready("PULL"), [more, hex("0000")])[0]).to.have.length(MAX_FRAMES)
    expect(codeOf(() => converse(ready("PULL"), [more, hex("01000000")]))).to.equal("ERR_ZMTP_UNSPECIFIED")
  })
})

describe('ZmtpEngine, subscriptions (RFC 37, "The SUBSCRIBE and CANCEL Commands")', () => {
  for (const type of ["PUB", "XPUB"] as const) {
    it(`delivers commands to ${type} in the form of messages`, () => {
      const { subscribeAll, subscribeA, cancelA, cancelAll } = COMMAND
      const received = converse(ready(type), [subscribeAll, subscribeA, cancelA, cancelAll])
      expect(received.map(text)).to.deep.equal([["\x01"], ["\x01A"], ["\x00A"], ["\x00"]])
    })

    it(`accepts the message form for ${type} from a peer of any version`, () => {
      for (const greeting of [GREETING_3_0, GREETING_3_1]) {
        const received = converse(ready(type, {}, greeting), [hex("00020141 00020041")])
        expect(received.map(text)).to.deep.equal([["\x01A"], ["\x00A"]])
      }
    })
  }

  it("accepts a subscription whose MORE flag is set, as libzmq does", () => {
    const frame = Buffer.concat([hex("05"), COMMAND.subscribeA.subarray(1)])
    expect(converse(ready("XPUB"), [frame]).map(text)).to.deep.equal([["\x01A"]])
  })

  for (const type of ["SUB", "XSUB"] as const) {
    it(`sends those of ${type} as commands to a peer of 3.1 and as messages to one of 3.0`, () => {
      const topics = ["\x01", "\x01A", "\x00A", "\x00"]
      const recent = ready(type)
      const older = ready(type, {}, GREETING_3_0)
      for (const topic of topics) {
        recent.write(message(topic))
        older.write(message(topic))
      }
      const { subscribeAll, subscribeA, cancelA, cancelAll } = COMMAND
      expect(said(recent)).to.deep.equal(Buffer.concat([subscribeAll, subscribeA, cancelA, cancelAll]))
      expect(said(older)).to.deep.equal(hex("000101 00020141 00020041 000100"))
    })
  }

  it("sends other messages of an XSUB unchanged", () => {
    const engine = ready("XSUB")
    for (const frames of [["hi"], [""], ["\x01A", "x"], ["\x02"]]) engine.write(message(...frames))
    expect(said(engine)).to.deep.equal(hex("00026869 0000 01020141000178 000102"))
  })

  it("keeps messages of other types that begin like subscriptions", () => {
    const engine = ready("PUSH")
    engine.write(message("\x01A"))
    expect(said(engine)).to.deep.equal(hex("00020141"))
  })

  it("sets LONG for topics of 246 bytes and more, and of 249 for cancellations", () => {
    const header = (sign: string, length: number): Buffer => {
      const engine = ready("SUB")
      engine.write(message(sign + "t".repeat(length)))
      return said(engine).subarray(0, 9)
    }
    expect(header("\x01", 245).subarray(0, 2)).to.deep.equal(hex("04ff"))
    expect(header("\x01", 246)).to.deep.equal(hex("060000000000000100"))
    expect(header("\x00", 248).subarray(0, 2)).to.deep.equal(hex("04ff"))
    expect(header("\x00", 249)).to.deep.equal(hex("060000000000000100"))
  })
})

describe("ZmtpEngine, groups (RFC 48)", () => {
  it("delivers commands to RADIO in the form of messages, however they are split", () => {
    for (const chunks of cuts(Buffer.concat([COMMAND.joinNews, COMMAND.leaveNews]))) {
      expect(converse(ready("RADIO"), chunks).map(text)).to.deep.equal([["\x01news"], ["\x00news"]])
    }
  })

  it("sends those of DISH as commands to peers of 3.1 and of 3.0, as libzmq does", () => {
    for (const greeting of [GREETING_3_1, GREETING_3_0]) {
      const engine = ready("DISH", {}, greeting)
      for (const group of ["\x01b", "\x01news", "\x00b", "\x00news"]) engine.write(message(group))
      const { joinB, joinNews, leaveB, leaveNews } = COMMAND
      expect(said(engine)).to.deep.equal(Buffer.concat([joinB, joinNews, leaveB, leaveNews]))
    }
  })

  it("sends a message of RADIO as its group and its body", () => {
    const engine = ready("RADIO")
    engine.write(message("news", "hi"))
    engine.write(message("news", ""))
    expect(said(engine)).to.deep.equal(RADIO_MESSAGES)
  })

  it("reads a message of RADIO as its group and its body, however it is split", () => {
    for (const chunks of cuts(RADIO_MESSAGES)) {
      expect(converse(ready("DISH"), chunks).map(text)).to.deep.equal([
        ["news", "hi"],
        ["news", ""],
      ])
    }
  })

  it("rejects messages without a group and body, and groups of over 255 bytes, at a DISH", () => {
    const long = Buffer.concat([hex("03 0000000000000100"), Buffer.alloc(256), hex("0000")])
    for (const frames of [hex("00026869"), hex("010161010162000163"), long]) {
      expect(codeOf(() => converse(ready("DISH"), [frames]))).to.equal("ERR_ZMTP_UNSPECIFIED")
    }
  })

  it("does not treat a command as a message, unlike a libzmq DISH", () => {
    const engine = ready("DISH")
    expect(converse(engine, [COMMAND.ping, COMMAND.pong, COMMAND.joinB])).to.be.empty
    expect(engine.heartbeats!.answerDue).to.equal(true)
  })

  it("does not let a RADIO send PINGs, which would disconnect a libzmq DISH", () => {
    expect([ready("RADIO").heartbeats?.supported, ready("DISH").heartbeats?.supported]).to.deep.equal([false, true])
  })

  it("drops groups if the socket is not a RADIO, and subscriptions if it is one", () => {
    expect(converse(ready("XPUB"), [COMMAND.joinNews, COMMAND.leaveNews])).to.be.empty
    expect(converse(ready("RADIO"), [COMMAND.subscribeA, COMMAND.cancelA])).to.be.empty
  })
})

describe('ZmtpEngine, heartbeats (RFC 37, "Connection Heartbeating")', () => {
  it("answers PING with a PONG that echoes the context", () => {
    const engine = ready("PULL")
    converse(engine, [COMMAND.pingTtl30000Abc])
    expect(engine.heartbeats!.answerDue).to.equal(true)
    engine.heartbeats!.answer()
    expect(said(engine)).to.deep.equal(COMMAND.pongAbc)
    expect(engine.heartbeats!.answerDue).to.equal(false)
  })

  it("echoes no more than 16 bytes of context", () => {
    const engine = ready("PULL")
    converse(engine, [Buffer.concat([hex("04 2f 0450494e470000"), Buffer.alloc(40, "c")])])
    engine.heartbeats!.answer()
    expect(said(engine)).to.deep.equal(Buffer.concat([hex("0415 04504f4e47"), Buffer.alloc(16, "c")]))
  })

  it("answers several PINGs with one PONG, with the last context", () => {
    const engine = ready("PULL")
    converse(engine, [COMMAND.ping, COMMAND.pingTtl30000Abc])
    engine.heartbeats!.answer()
    engine.heartbeats!.answer()
    expect(said(engine)).to.deep.equal(COMMAND.pongAbc)
  })

  it("returns the time to live that the peer announces, in ms", () => {
    for (const [frame, duration] of [
      [COMMAND.ping, 0],
      [COMMAND.pingTtl1200, 1200],
      [COMMAND.pingTtl30000Abc, 30_000],
      [hex("04070450494e47ffff"), 6_553_500],
    ] as const) {
      const engine = ready("PULL")
      converse(engine, [frame])
      expect(engine.heartbeats!.takeTimeToLive()).to.equal(duration)
    }
  })

  it("sends PING with the time to live in tenths of a second", () => {
    for (const [duration, frame] of [
      [0, COMMAND.ping],
      [99, COMMAND.ping],
      [1299, COMMAND.pingTtl1200],
    ] as const) {
      const engine = ready("PUSH")
      engine.heartbeats!.ping(duration)
      expect(said(engine)).to.deep.equal(frame)
    }
  })

  it("sends no time to live over 65.5 s, which libzmq would misread", () => {
    const engine = ready("PUSH")
    engine.heartbeats!.ping(6_553_500)
    expect(said(engine)).to.deep.equal(hex("04070450494e47028f"))
  })

  it("does not send PING to a peer of ZMTP 3.0, but answers its PING", () => {
    expect(ready("PULL").heartbeats?.supported).to.equal(true)
    const engine = ready("PULL", {}, GREETING_3_0)
    expect(engine.heartbeats?.supported).to.equal(false)
    converse(engine, [COMMAND.ping])
    engine.heartbeats!.answer()
    expect(said(engine)).to.deep.equal(COMMAND.pong)
  })

  it("sends nothing before and after traffic", () => {
    const early = createEngine("PULL")
    said(early)
    early.heartbeats.ping(0)
    expect(early.unsent).to.equal(0)
    const failed = ready("PULL", { maxMessageSize: 1 })
    expect(() => converse(failed, [Buffer.concat([COMMAND.ping, hex("0002")])])).to.throw(LimitError)
    failed.heartbeats!.answer()
    expect([failed.state, failed.heartbeats!.answerDue, failed.unsent]).to.deep.equal(["failed", false, 0])
  })
})

describe('ZmtpEngine, replies to REQ (RFC 28, "The Request-Reply Envelope")', () => {
  for (const [name, bytes, reply] of [
    ["an empty frame and a body", "0100 0003726570", ["", "rep"]],
    ["an empty body", "0100 0000", ["", ""]],
    ["a body of several frames", "0100 010161 000162", ["", "a", "b"]],
    ["a request id of four bytes before the empty frame", "010461626364 0100 000178", ["abcd", "", "x"]],
  ] as const) {
    it(`accepts ${name}`, () => {
      expect(converse(ready("REQ"), [hex(bytes)]).map(text)).to.deep.equal([reply])
    })
  }

  for (const [name, bytes] of [
    ["no delimiter", "0003726570"],
    ["no delimiter before several frames", "010161 000162"],
    ["a delimiter and no body", "0000"],
    ["another frame before the delimiter", "010178 0100 0003726570"],
    ["a request id and no delimiter", "010461626364 000178"],
    ["a request id alone", "000461626364"],
    ["a request id and a delimiter, but no body", "010461626364 0000"],
  ] as const) {
    it(`ends the connection on ${name}`, () => {
      expect(codeOf(() => converse(ready("REQ"), [hex(bytes)]))).to.equal("ERR_ZMTP_UNSPECIFIED")
    })
  }
})

describe("ZmtpEngine, states", () => {
  const OPTIONS = {
    socketType: "DEALER",
    routingId: Buffer.alloc(0),
    maxMessageSize: -1,
    maxMultipartSize: -1,
    security: INSECURE,
  } as const

  it("does nothing when constructed, and sends when started", () => {
    const engine = new ZmtpEngine(OPTIONS, zmtp)
    expect([engine.state, engine.unsent, engine.version]).to.deep.equal(["new", 0, undefined])
    engine.start()
    expect([engine.state, engine.unsent]).to.deep.equal(["greeting", 10])
  })

  it("moves from the greeting through the handshake to traffic, and ends closed", () => {
    const engine = createEngine("DEALER")
    const states = [GREETING_3_1, READY.ROUTER].map((chunk) => {
      converse(engine, [chunk])
      return engine.state
    })
    engine.close()
    expect([...states, engine.state]).to.deep.equal(["handshake", "traffic", "closed"])
  })

  for (const [when, bytes] of [
    ["in the greeting", [hex("ff00000000000000017f0301504c41494e"), Buffer.alloc(47)]],
    ["in the handshake", [GREETING_3_1, READY.SUB]],
    ["in traffic", [GREETING_3_1, READY.ROUTER, hex("02ffffffffffffffff")]],
  ] as const) {
    it(`is failed after an error ${when}`, () => {
      const engine = createEngine("DEALER")
      expect(() => converse(engine, bytes)).to.throw()
      expect(engine.state).to.equal("failed")
      for (const call of [() => engine.handshake(), () => engine.read(), () => engine.write(message("x"))]) {
        expect(call).to.throw('while the engine is in the state "failed"')
      }
    })
  }

  it("stays closed if it is closed while the routing id of the peer is checked", () => {
    const engine = createEngine("DEALER", {
      rejectionOf: () => {
        engine.close()
        return undefined
      },
    })
    converse(engine, [GREETING_3_1])
    engine.push(READY.ROUTER)
    engine.handshake()
    expect(engine.state).to.equal("closed")
  })

  it("throws for calls out of order", () => {
    const engine = createEngine("DEALER")
    expect(() => {
      engine.start()
    }).to.throw('Cannot start while the engine is in the state "greeting"')
    expect(() => {
      engine.write(message("x"))
    }).to.throw('Cannot write while the engine is in the state "greeting"')
    expect(() => engine.read()).to.throw('Cannot read while the engine is in the state "greeting"')
    expect(() => new ZmtpEngine(OPTIONS, zmtp).handshake()).to.throw(
      'Cannot handshake while the engine is in the state "new"',
    )
  })
})
