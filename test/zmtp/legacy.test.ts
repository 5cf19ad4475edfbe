import { expect } from "chai"
import { negotiatesMechanism } from "../../src/zmtp/version.js"
import { ZmtpEngine } from "../../src/zmtp/zmtp-engine.js"
import { zmtp } from "../../src/zmtp/over-bytes.js"
import { ProtocolError } from "../../src/zmtp/protocol-error.js"
import type { SocketTypeName } from "../../src/zmtp/socket-types.js"
import { INSECURE } from "../support/insecure.js"
import { cuts, hex } from "../support/cuts.js"
import { COMMAND } from "../support/vectors.js"

function engineFor(socketType: SocketTypeName, routingId = ""): ZmtpEngine {
  const engine = new ZmtpEngine(
    {
      socketType,
      routingId: Buffer.from(routingId),
      maxMessageSize: -1,
      maxMultipartSize: -1,
      security: INSECURE,
    },
    zmtp,
  )
  engine.start()
  return engine
}

/** Passes `chunks` to `engine`, and returns the messages once it is ready. */
function feed(engine: ZmtpEngine, chunks: readonly Buffer[]): string[][] {
  const messages: string[][] = []
  for (const chunk of chunks) {
    engine.push(chunk)
    if (engine.state !== "traffic" && !engine.handshake()) continue
    for (let message = engine.read(); message !== undefined; message = engine.read()) {
      messages.push(message.map((frame) => Buffer.from(frame).toString("latin1")))
    }
  }
  return messages
}

function sent(engine: ZmtpEngine): string {
  return Buffer.concat(engine.drain()).toString("hex")
}

describe("a peer of ZMTP 2.0 (RFC 15)", () => {
  it("is answered with our socket type and routing id", () => {
    const engine = engineFor("DEALER", "ab")
    feed(engine, [hex("ff00000000000000017f01 05 0000")])
    expect(sent(engine)).to.equal("ff00000000000000037f030500026162")
  })

  it("has its routing id and its messages read, however they are split", () => {
    for (const chunks of cuts(hex("ff00000000000000037f01 05 00026162 010161 000162"))) {
      const engine = engineFor("ROUTER")
      expect(feed(engine, chunks)).to.deep.equal([["a", "b"]])
      expect(Buffer.from(engine.peer.routingId).toString()).to.equal("ab")
    }
  })

  it("subscribes by message, and has its commands dropped", () => {
    const engine = engineFor("PUB")
    expect(feed(engine, [hex("ff00000000000000017f01 02 0000 04020141 00020141")])).to.deep.equal([["\x01A"]])
  })

  it("cannot subscribe by command, or have a PING answered, because ZMTP 2.0 has no commands", () => {
    const engine = engineFor("XPUB")
    const frames = [COMMAND.subscribeA, COMMAND.ping].map((frame) => frame.toString("hex")).join("")
    expect(feed(engine, [hex(`ff00000000000000017f01 02 0000 ${frames} 00020142`)])).to.deep.equal([["\x01B"]])
    expect([
      engine.heartbeats.answerDue,
      engine.heartbeats.supported,
      negotiatesMechanism(engine.version),
    ]).to.deep.equal([false, false, false])
  })

  it("is recognized when its greeting is complete", () => {
    const engine = engineFor("ROUTER")
    for (const [chunk, complete] of [
      ["ff00000000000000017f", false],
      ["01", false],
      ["05", false],
      ["00026162", true],
    ] as const) {
      engine.push(hex(chunk))
      expect(engine.handshake()).to.equal(complete)
    }
  })

  it("is sent subscriptions as messages", () => {
    const engine = engineFor("SUB")
    feed(engine, [hex("ff00000000000000017f01 01 0000")])
    engine.drain()
    engine.write([Buffer.from("\x01A")])
    expect(sent(engine)).to.equal("00020141")
  })
})

describe("a peer of ZMTP 1.0 (RFC 13)", () => {
  it("is recognized by its first byte, and its messages read however they are split", () => {
    for (const chunks of cuts(hex("03006162 020161 020062 060068656c6c6f"))) {
      const engine = engineFor("ROUTER")
      expect(feed(engine, chunks)).to.deep.equal([["a", "b"], ["hello"]])
      expect(Buffer.from(engine.peer.routingId).toString()).to.equal("ab")
    }
  })

  it("is recognized by the flags of a long first frame", () => {
    const id = "61".repeat(254)
    for (const chunks of [...cuts(hex(`ff00000000000000ff00${id} 060068656c6c6f`))].filter(
      (_, index) => index % 97 === 0,
    )) {
      const engine = engineFor("PULL")
      expect(feed(engine, chunks)).to.deep.equal([["hello"]])
    }
  })

  it("reads its header from our signature, followed by only our routing id", () => {
    const engine = engineFor("DEALER", "ab")
    feed(engine, [hex("0100")])
    expect(sent(engine)).to.equal("ff00000000000000037f6162")
  })

  it("is sent the short form up to 253 bytes and the long form from 254", () => {
    const engine = engineFor("DEALER")
    feed(engine, [hex("0100")])
    engine.drain()
    engine.write([Buffer.from("a"), Buffer.from("b")])
    expect(sent(engine)).to.equal("020161020062")
    engine.write([Buffer.alloc(253)])
    expect(sent(engine).slice(0, 4)).to.equal("fe00")
    engine.write([Buffer.alloc(254)])
    expect(sent(engine).slice(0, 20)).to.equal("ff00000000000000ff00")
  })

  it("is treated as subscribed to everything by a PUB", () => {
    expect(feed(engineFor("XPUB"), [hex("0100")])).to.deep.equal([["\x01"]])
  })

  for (const [what, text] of [
    ["an HTTP request", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["an HTTP error page", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["SSH", "SSH-2.0-OpenSSH_9.9\r\n"],
    ["a ClientHello of TLS", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"],
    ["Redis", "*1\r\n$4\r\nPING\r\n"],
    ["SMTP", "220 mail ESMTP\r\n"],
  ] as const) {
    it(`is not confused with another protocol: ${what}`, () => {
      for (const chunks of cuts(Buffer.from(text, "latin1"))) {
        const engine = engineFor("PULL")
        expect(() => feed(engine, chunks)).to.throw(ProtocolError)
      }
    })
  }

  it("is reported by its first bytes: text as text, anything else in hexadecimal", () => {
    for (const [bytes, what] of [
      [Buffer.from("GET / HTTP/1.1"), 'begins with "GE"'],
      [hex("207e"), 'begins with " ~"'],
      [hex("1f20"), "begins with 1f 20"],
      [hex("207f"), "begins with 20 7f"],
      [hex("0502"), "begins with 05 02"],
    ] as const) {
      expect(() => feed(engineFor("PULL"), [Buffer.concat([bytes, Buffer.alloc(20)])])).to.throw(ProtocolError, what)
    }
  })

  it("is disconnected for a frame without flags", () => {
    const engine = engineFor("PULL")
    feed(engine, [hex("0100")])
    expect(() => feed(engine, [hex("0000")])).to.throw(ProtocolError)
  })

  it("is answered in its framing if it has a signature but version 0", () => {
    const engine = engineFor("DEALER", "ab")
    expect(feed(engine, [hex("ff00000000000000017f00 05 0100 060068656c6c6f")])).to.deep.equal([["hello"]])
    expect(sent(engine)).to.equal("ff00000000000000037f030503006162")
  })
})
