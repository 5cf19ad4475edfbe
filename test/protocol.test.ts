import { expect } from "chai"
import { readFileSync } from "node:fs"
import {
  createEngine,
  createWebSocketEngine,
  FLAG_COMMAND,
  GREETING_SIZE,
  GreetingReader,
  isLegalPeer,
  LimitError,
  loadCurve,
  parseCommand,
  parseMetadata,
  ProtocolError,
  RefusedError,
  SOCKET_TYPE_NAMES,
  subprotocols,
  type CurveCrypto,
  type Engine,
  type EngineInit,
  type Security,
  type Verdict,
} from "../src/protocol.js"
import { cuts, hex } from "./support/cuts.js"
import { codeOf, message, text } from "./support/messages.js"
import { naclCrypto } from "./support/nacl-crypto.js"
import { COMMAND, GREETING_3_0, GREETING_3_1, READY, READY_DEALER_AB } from "./support/vectors.js"

const VERDICT: Verdict = { status: 200, userId: "user", metadata: new Map() }
const HELLO_WORLD = hex("01 05 68656c6c6f 00 05 776f726c64")

function start(init: EngineInit): Engine {
  const engine = createEngine(init)
  engine.start()
  return engine
}

/** Feeds `chunks` to the engine as documented, accepts every peer, and returns the messages. */
function feed(engine: Engine, ...chunks: readonly Uint8Array[]): (string[] | undefined)[] {
  const messages: (string[] | undefined)[] = []
  for (const chunk of chunks) {
    engine.push(Buffer.from(chunk))
    if (engine.state !== "traffic" && !engine.handshake()) {
      if (engine.verdictRequest === undefined) continue
      engine.verdictRequest.resolve(VERDICT)
      if (!engine.handshake()) continue
    }
    messages.push(...readAll(engine))
  }
  return messages
}

function readAll(engine: Engine): (string[] | undefined)[] {
  const messages: (string[] | undefined)[] = []
  for (let read = engine.read(); read !== undefined; read = engine.read()) messages.push(text(read))
  return messages
}

const drained = (engine: Engine): Buffer => Buffer.concat(engine.drain())

/** Exchanges data between two engines until neither has any left. Returns the messages that each of them received. */
function talk(one: Engine, other: Engine): [(string[] | undefined)[], (string[] | undefined)[]] {
  const received: [(string[] | undefined)[], (string[] | undefined)[]] = [[], []]
  while (one.unsent > 0 || other.unsent > 0) {
    received[1].push(...feed(other, drained(one)))
    received[0].push(...feed(one, drained(other)))
  }
  return received
}

/** The bytes of one side of a session recorded with libzmq. */
function session(name: string, side: "heard" | "said"): Buffer {
  const file = readFileSync(new URL("vectors/sessions.txt", import.meta.url), "utf8")
  return hex(new RegExp(`^${name}: ${side}: ([0-9a-f ]+)$`, "m").exec(file)![1]!)
}

describe("zmtp/protocol", () => {
  describe("createEngine", () => {
    for (const socketType of SOCKET_TYPE_NAMES) {
      if (socketType === "STREAM" || socketType === "DGRAM") continue
      it(`exchanges messages with every compatible libzmq peer, with only socketType: ${socketType}`, () => {
        const peers = Object.entries(READY).filter(([name]) => isLegalPeer(socketType, name))
        expect(peers).to.not.be.empty
        for (const [name, ready] of peers) {
          const engine = start({ socketType })
          feed(engine, GREETING_3_1, ready)
          expect([engine.state, engine.version, engine.peer.socketType]).to.deep.equal(["traffic", "3.1", name])
          expect(drained(engine)).to.deep.equal(Buffer.concat([GREETING_3_1, READY[socketType]]))
        }
      })
    }

    it("reads the same messages however the bytes are split, and sends what libzmq sends", () => {
      for (const chunks of cuts(Buffer.concat([READY_DEALER_AB, HELLO_WORLD]))) {
        const engine = start({ socketType: "ROUTER" })
        expect(feed(engine, GREETING_3_1, ...chunks)).to.deep.equal([["hello", "world"]])
        expect(text([engine.peer.routingId])).to.deep.equal(["ab"])
        engine.drain()
        engine.write(message("hello", "world"))
        expect(drained(engine)).to.deep.equal(HELLO_WORLD)
      }
    })

    it("answers PING on request", () => {
      const engine = start({ socketType: "DEALER" })
      feed(engine, GREETING_3_1, READY.ROUTER)
      engine.drain()
      feed(engine, COMMAND.pingTtl30000Abc)
      expect([engine.heartbeats!.answerDue, engine.heartbeats!.takeTimeToLive()]).to.deep.equal([true, 30_000])
      expect(engine.unsent).to.equal(0)
      engine.heartbeats!.answer()
      expect(drained(engine)).to.deep.equal(COMMAND.pongAbc)
    })

    it("exchanges subscriptions as messages, regardless of the peer's version", () => {
      for (const [greeting, wire] of [
        [GREETING_3_1, COMMAND.subscribeA],
        [GREETING_3_0, hex("00020141")],
      ] as const) {
        const [sub, pub] = [start({ socketType: "SUB" }), start({ socketType: "XPUB" })]
        feed(sub, greeting, READY.PUB)
        sub.drain()
        sub.write(message("\x01A"))
        expect(drained(sub)).to.deep.equal(wire)
        expect(feed(pub, greeting, READY.SUB, wire)).to.deep.equal([["\x01A"]])
      }
    })

    it("passes raw bytes for a STREAM", () => {
      const engine = start({ socketType: "STREAM" })
      expect(feed(engine, Buffer.from("GET /"))).to.deep.equal([["GET /"]])
      engine.write(message("200", " OK"))
      expect(drained(engine).toString()).to.equal("200 OK")
    })

    it("applies the given limits", () => {
      const engine = start({ socketType: "PULL", maxMessageSize: 4 })
      feed(engine, GREETING_3_1, READY.PUSH)
      expect(() => feed(engine, hex("00 05 68656c6c6f"))).to.throw(LimitError, "limit of 4")
      expect(engine.state).to.equal("failed")
    })
  })

  describe("the states of an engine", () => {
    it("follow in the documented order", () => {
      const engine = createEngine({ socketType: "PULL", security: { mechanism: "NULL", authenticates: true } })
      const states = [engine.state]
      const next = (step: () => unknown): void => {
        step()
        states.push(engine.state)
      }
      next(() => {
        engine.start()
      })
      next(() => feedOnly(engine, GREETING_3_1.subarray(0, 20)))
      next(() => feedOnly(engine, GREETING_3_1.subarray(20)))
      next(() => {
        engine.verdictRequest!.resolve(VERDICT)
      })
      next(() => feedOnly(engine, READY.PUSH))
      next(() => {
        engine.close()
      })
      expect(states).to.deep.equal([
        "new",
        "greeting",
        "greeting",
        "awaiting-verdict",
        "handshake",
        "traffic",
        "closed",
      ])
      expect(engine.peer.userId).to.equal("user")
    })

    for (const socketType of ["PULL", "STREAM"] as const) {
      it(`reject calls that are not allowed with an error of the caller, and do not change: ${socketType}`, () => {
        const engine = createEngine({ socketType })
        const calls = {
          start: () => {
            engine.start()
          },
          handshake: () => engine.handshake(),
          read: () => engine.read(),
          write: () => {
            engine.write(message("x"))
          },
        }
        const refuses = (...names: (keyof typeof calls)[]): void => {
          const { state } = engine
          for (const name of names) {
            const error: unknown = codeOf(calls[name])
            expect(String(error), state).to.equal(`Error: Cannot ${name} while the engine is in the state "${state}"`)
            expect(engine.state).to.equal(state)
          }
        }
        refuses("handshake", "read", "write")
        engine.start()
        refuses("start")
        if (socketType === "PULL") {
          refuses("read", "write")
          feed(engine, GREETING_3_1)
          refuses("start", "read", "write")
          feed(engine, READY.PUSH)
        }
        refuses("start")
        engine.close()
        refuses("start", "handshake", "read", "write")
      })
    }

    for (const [what, bytes, error, code] of [
      ["another mechanism", greetingOf("PLAIN"), ProtocolError, "ERR_ZMTP_MECHANISM_MISMATCH"],
      ["an incompatible socket type", [GREETING_3_1, READY.SUB], ProtocolError, "ERR_ZMTP_INVALID_METADATA"],
      ["another command", [GREETING_3_1, COMMAND.ping], ProtocolError, "ERR_ZMTP_UNEXPECTED_COMMAND"],
      ["ERROR", [GREETING_3_1, COMMAND.error400], RefusedError, undefined],
    ] as const) {
      it(`end with "failed" when the peer sends ${what}, and never recover`, () => {
        const engine = start({ socketType: "PULL" })
        let thrown: unknown
        try {
          feed(engine, ...bytes)
        } catch (reason) {
          thrown = reason
        }
        expect(thrown).to.be.instanceOf(error)
        expect((thrown as { code?: string }).code).to.equal(code)
        expect(engine.state).to.equal("failed")
        expect(() => engine.handshake()).to.throw('"failed"')
        engine.drain()
        engine.close()
        expect(engine.state).to.equal("closed")
      })
    }

    it("end with closed whenever the engine is closed, even repeatedly, and written bytes can still be drained", async () => {
      const crypto = await loadCurve()
      const { publicKey, secretKey } = crypto.keyPair()
      const security: Security = {
        mechanism: "CURVE",
        asServer: false,
        publicKey,
        secretKey,
        serverKey: publicKey,
        crypto,
      }
      const [curve] = greetingOf("CURVE")
      for (const steps of [0, 1, 2, 3]) {
        const engine = createEngine({ socketType: "PULL", security })
        if (steps > 0) engine.start()
        if (steps > 1) feedOnly(engine, curve!)
        if (steps > 2) expect(() => feed(engine, COMMAND.error400)).to.throw(RefusedError)
        const { unsent } = engine
        for (let time = 0; time < 2; time++) engine.close()
        expect([engine.state, drained(engine).length]).to.deep.equal(["closed", unsent])
        engine.push(COMMAND.ping)
      }
    })

    it("end with failed when this side rejects the peer, and the peer is informed", () => {
      const engine = start({ socketType: "PULL", security: { mechanism: "NULL", authenticates: true } })
      feedOnly(engine, GREETING_3_1)
      engine.drain()
      expect(() => {
        engine.verdictRequest!.resolve({ ...VERDICT, status: 400 })
      }).to.throw(RefusedError)
      expect(engine.state).to.equal("failed")
      expect(drained(engine)).to.deep.equal(COMMAND.error400)
    })
  })

  describe("memory", () => {
    function ready(): Engine {
      const engine = start({ socketType: "PAIR" })
      feed(engine, GREETING_3_1, READY.PAIR)
      engine.drain()
      return engine
    }

    it("of a pushed chunk belongs to its messages", () => {
      const engine = ready()
      const chunk = hex("00 05 68656c6c6f")
      engine.push(chunk)
      const [frame] = engine.read()!
      expect([frame!.buffer === chunk.buffer, frame!.byteOffset - chunk.byteOffset]).to.deep.equal([true, 2])
    })

    it("of a small frame is copied by write, and that of a large one is referenced", () => {
      const engine = ready()
      const [small, large] = [Buffer.alloc(8 * 1024, 1), Buffer.alloc(8 * 1024 + 1, 2)]
      engine.write([small, large])
      const pieces = engine.drain()
      expect(pieces.filter(({ buffer }) => buffer === small.buffer)).to.be.empty
      expect(pieces.filter(({ buffer }) => buffer === large.buffer)).to.have.length(1)
    })

    it("of drained pieces is not written to again", () => {
      const engine = ready()
      engine.write(message("first"))
      const pieces = engine.drain()
      engine.write(message("other"))
      expect(engine.drain()[0]).to.not.equal(pieces[0])
      expect(Buffer.concat(pieces)).to.deep.equal(hex("00 05 6669727374"))
    })

    it("for a large body can be reserved, and is read in place", () => {
      const engine = ready()
      const size = 100_000
      expect(engine.requestRoom!()).to.equal(undefined)
      feedOnly(engine, hex("02 00000000000186a0"))
      let room: Uint8Array | undefined
      let received: Uint8Array[] | undefined
      for (let sent = 0; received === undefined;) {
        room = engine.requestRoom!() ?? Buffer.alloc(size)
        const part = room.subarray(0, Math.min(room.length, 40_000, size - sent)).fill(7)
        sent += part.length
        engine.push(part)
        received = engine.read()
      }
      expect(received[0]).to.deep.equal(Buffer.alloc(size, 7))
      expect(received[0]!.buffer).to.equal(room!.buffer)
    })
  })

  describe("security", () => {
    const keys = { server: naclCrypto.keyPair(), client: naclCrypto.keyPair() }
    let sodium: CurveCrypto

    before(async () => {
      sodium = await loadCurve()
    })

    function curve(crypto: CurveCrypto): { server: Security; client: Security } {
      const { secretKey } = keys.server
      return {
        server: { mechanism: "CURVE", asServer: true, secretKey, crypto },
        client: { mechanism: "CURVE", asServer: false, ...keys.client, serverKey: keys.server.publicKey, crypto },
      }
    }

    const admin = { username: Buffer.from("admin"), password: Buffer.from("secret") }
    for (const [role, socketType, security] of [
      ["client", "ROUTER", { mechanism: "PLAIN", asServer: true }],
      ["server", "DEALER", { mechanism: "PLAIN", asServer: false, ...admin }],
    ] as const) {
      it(`performs PLAIN with a libzmq ${role}, byte for byte`, () => {
        const engine = start({ socketType, security, routingId: Buffer.from(socketType === "DEALER" ? "ab" : "") })
        const credentials: unknown[] = []
        const bytes = session(`PLAIN ${role} of libzmq`, "heard")
        engine.push(bytes)
        while (!engine.handshake()) {
          credentials.push(engine.verdictRequest!.mechanism, ...text(engine.verdictRequest!.credentials)!)
          engine.verdictRequest!.resolve(VERDICT)
        }
        expect(credentials).to.deep.equal(role === "client" ? ["PLAIN", "admin", "secret"] : [])
        expect(readAll(engine)).to.deep.equal([["hello"], ["A", "", "B"], [""]])
        expect(drained(engine)).to.deep.equal(session(`PLAIN ${role} of libzmq`, "said"))
      })
    }

    for (const [server, client] of [
      ["sodium", "nacl"],
      ["nacl", "sodium"],
    ] as const) {
      it(`performs CURVE with any given cryptography: server ${server}, client ${client}`, () => {
        const crypto = { sodium, nacl: naclCrypto }
        const engines = [
          start({ socketType: "DEALER", security: curve(crypto[client]).client }),
          start({ socketType: "ROUTER", security: curve(crypto[server]).server }),
        ] as const
        talk(...engines)
        expect(engines.map(({ state }) => state)).to.deep.equal(["traffic", "traffic"])
        expect(Buffer.from(engines[1].peer.publicKey!).equals(keys.client.publicKey)).to.equal(true)
        for (const engine of engines) engine.write(message("a", "", "x".repeat(20_000)))
        const expected = [["a", "", "x".repeat(20_000)]]
        expect(talk(...engines)).to.deep.equal([expected, expected])
      })
    }

    it("requests a verdict on the key of a CURVE client if configured", () => {
      const { server, client } = curve(sodium)
      const engine = start({ socketType: "PULL", security: { ...server, authenticates: true } as Security })
      const peer = start({ socketType: "PUSH", security: client })
      for (let turn = 0; engine.verdictRequest === undefined && turn < 8; turn++) {
        feedOnly(engine, drained(peer))
        if (engine.state !== "awaiting-verdict") feedOnly(peer, drained(engine))
      }
      const { mechanism, credentials } = engine.verdictRequest!
      expect([mechanism, ...credentials.map((key) => Buffer.from(key).equals(keys.client.publicKey))]).to.deep.equal([
        "CURVE",
        true,
      ])
      engine.verdictRequest!.resolve({ ...VERDICT, metadata: new Map([["role", Buffer.from("writer")]]) })
      expect(engine.handshake()).to.equal(true)
      expect(engine.peer.metadata.get("role")!.toString()).to.equal("writer")
    })
  })

  describe("createWebSocketEngine", () => {
    it("supports each subprotocol, one piece for each WebSocket message", () => {
      for (const subprotocol of subprotocols({ mechanism: "NULL" })) {
        const [one, other] = (["DEALER", "ROUTER"] as const).map((socketType) => {
          const engine = createWebSocketEngine(subprotocol, { socketType, routingId: Buffer.from(socketType) })
          engine.start()
          return engine
        }) as [Engine, Engine]
        const pass = (from: Engine, to: Engine) => feed(to, ...from.drain())
        pass(one, other)
        pass(other, one)
        one.write(message("a", "b"))
        expect(pass(one, other)).to.deep.equal([["a", "b"]])
        expect(text([other.peer.routingId])).to.deep.equal(["DEALER"])
      }
    })
  })

  describe("the components for tools that observe connections", () => {
    it("parse a libzmq connection", () => {
      const bytes = Buffer.concat([GREETING_3_1, READY_DEALER_AB, HELLO_WORLD])
      for (const chunks of cuts(bytes.subarray(GREETING_SIZE - 2))) {
        const greeting = new GreetingReader()
        expect(greeting.push(bytes.subarray(0, GREETING_SIZE - 2))).to.equal(undefined)
        expect(greeting.version).to.equal(undefined)
        const found: unknown[] = []
        let decoder: ReturnType<GreetingReader["createDecoder"]> | undefined
        for (const chunk of chunks) {
          const rest = decoder === undefined ? greeting.push(chunk) : chunk
          if (rest === undefined) continue
          decoder ??= greeting.createDecoder()
          decoder.push(rest)
          while (decoder.next()) {
            const { flags, body } = decoder
            const command = (flags & FLAG_COMMAND) !== 0 ? parseCommand(body) : undefined
            found.push(command?.name ?? Buffer.from(body).toString())
            if (command?.name !== "READY") continue
            found.push(text([...parseMetadata(command.data).values()]))
          }
        }
        expect([greeting.version, greeting.mechanism, greeting.asServer]).to.deep.equal(["3.1", "NULL", false])
        expect(found).to.deep.equal(["READY", ["DEALER", "ab"], "hello", "world"])
      }
    })
  })
})

/** Pushes a chunk and advances the handshake, but reads no messages. */
function feedOnly(engine: Engine, chunk: Uint8Array): void {
  engine.push(Buffer.from(chunk))
  if (engine.state === "traffic") engine.read()
  else engine.handshake()
}

function greetingOf(mechanism: string): Buffer[] {
  const greeting = Buffer.from(GREETING_3_1)
  greeting.fill(0, 12, 32).write(mechanism, 12, "latin1")
  return [greeting]
}
