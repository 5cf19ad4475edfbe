import { expect } from "chai"
import nacl from "tweetnacl"
import { loadSodium } from "../../src/security/sodium.js"
import type { CurveCrypto } from "../../src/zmtp/handshake/curve/crypto.js"
import type { Engine } from "../../src/zmtp/engine.js"
import { FRAME_OVERHEAD } from "../../src/zmtp/cost.js"
import { MAX_COMMAND } from "../../src/zmtp/limits.js"
import { RefusedError } from "../../src/zmtp/protocol-error.js"
import type { Security } from "../../src/zmtp/handshake/security.js"
import { hex } from "../support/cuts.js"
import { converse, createEngine } from "../support/engines.js"
import { INSECURE } from "../support/insecure.js"
import { codeOf, message, text } from "../support/messages.js"
import { GREETING_3_1, READY } from "../support/vectors.js"

const ERROR_400 = "04 0a 05 4552524f52 03 343030".replaceAll(" ", "")
const VERDICT = { userId: "user", metadata: new Map([["role", Buffer.from("writer")]]) }

describe("Engine, authenticating the peer (RFC 27)", () => {
  function asking(): Engine {
    const engine = createEngine("PULL", { security: { ...INSECURE, authenticates: true } })
    converse(engine, [GREETING_3_1, READY.PUSH])
    engine.drain()
    return engine
  }

  it("sends nothing after its greeting before there is a verdict", () => {
    const engine = asking()
    expect([engine.state === "traffic", engine.unsent]).to.deep.equal([false, 0])
    expect(engine.state).to.equal("awaiting-verdict")
    expect(engine.verdictRequest).to.deep.include({ mechanism: "NULL", credentials: [] })
  })

  it("has no request before the greeting is complete, nor without authentication", () => {
    const engine = createEngine("PULL", { security: { ...INSECURE, authenticates: true } })
    converse(engine, [GREETING_3_1.subarray(0, 20)])
    expect(engine.verdictRequest).to.equal(undefined)
    const other = createEngine("PULL")
    converse(other, [GREETING_3_1])
    expect(other.verdictRequest).to.equal(undefined)
  })

  it("continues with 200, and stores the properties of the verdict", () => {
    const engine = asking()
    engine.verdictRequest!.resolve({ status: 200, ...VERDICT })
    expect(Buffer.concat(engine.drain()).equals(READY.PULL)).to.equal(true)
    expect(engine.handshake()).to.equal(true)
    expect([engine.peer.userId, engine.peer.metadata]).to.deep.equal([VERDICT.userId, VERDICT.metadata])
    expect(engine.verdictRequest).to.equal(undefined)
    expect(engine.handshake()).to.equal(true)
  })

  it("accepts one verdict, and none after it is closed", () => {
    for (const [end, state] of [
      [(engine: Engine) => engine.verdictRequest!.resolve({ status: 200, ...VERDICT }), "handshake"],
      [(engine: Engine) => engine.close(), "closed"],
    ] as const) {
      const engine = asking()
      const request = engine.verdictRequest!
      end(engine)
      engine.drain()
      expect(() => {
        request.resolve({ status: 400, ...VERDICT })
      }).to.throw(`Cannot resolve a verdict while the engine is in the state "${state}"`)
      expect([engine.state, engine.unsent]).to.deep.equal([state, 0])
    }
  })

  for (const [status, said] of [
    [300, ""],
    [400, ERROR_400],
    [500, ERROR_400.replace("343030", "353030")],
  ] as const) {
    it(`refuses with ${status}, and sends the peer ${said === "" ? "nothing" : "an ERROR"}`, () => {
      const engine = asking()
      expect(() => {
        engine.verdictRequest!.resolve({ status, ...VERDICT })
      }).to.throw(RefusedError, String(status))
      expect(Buffer.concat(engine.drain()).toString("hex")).to.equal(said)
      expect(engine.state).to.not.equal("traffic")
    })
  }
})

describe("Engine, refusing a PLAIN client", () => {
  const HELLO = hex("04 0a 05 48454c4c4f 01 61 01 62")
  const plain = (minor: string): Buffer => hex(`ff00000000000000017f 03 ${minor} 504c41494e ${"00".repeat(47)}`)

  for (const [version, minor, said] of [
    ["3.1 as libzmq spells ERROR", "01", "04 09 5e52524f52 03 343030"],
    ["3.0 as RFC 24 does", "00", "04 0a 05 4552524f52 03 343030"],
  ] as const) {
    it(`informs peers of ZMTP ${version}`, () => {
      const engine = createEngine("PULL", { security: { mechanism: "PLAIN", asServer: true } })
      converse(engine, [plain(minor), HELLO])
      engine.drain()
      expect(() => {
        engine.verdictRequest!.resolve({ status: 400, ...VERDICT })
      }).to.throw(RefusedError)
      expect(Buffer.concat(engine.drain()).toString("hex")).to.equal(said.replaceAll(" ", ""))
    })
  }
})

describe("Engine, if peers must authenticate", () => {
  for (const [name, security] of [
    ["PLAIN", { mechanism: "PLAIN", asServer: true }],
    ["authenticated NULL", { ...INSECURE, authenticates: true }],
  ] as const) {
    for (const [version, bytes] of [
      ["ZMTP 2.0", "ff00000000000000017f01 05 0000"],
      ["ZMTP 1.0", "0100"],
    ] as const) {
      it(`rejects peers of ${version} with ${name}, which have no security`, () => {
        const engine = createEngine("ROUTER", { security })
        expect(codeOf(() => converse(engine, [hex(bytes)]))).to.equal("ERR_ZMTP_UNSPECIFIED")
        expect(engine.state).to.not.equal("traffic")
      })
    }
  }
})

describe("Engine, with CURVE", () => {
  const server = nacl.box.keyPair()
  const client = nacl.box.keyPair()
  let crypto: CurveCrypto
  let SERVER: Security
  let CLIENT: Security

  before(() => {
    crypto = loadSodium()
    SERVER = { mechanism: "CURVE", asServer: true, secretKey: Buffer.from(server.secretKey), crypto }
    CLIENT = {
      mechanism: "CURVE",
      asServer: false,
      publicKey: Buffer.from(client.publicKey),
      secretKey: Buffer.from(client.secretKey),
      serverKey: Buffer.from(server.publicKey),
      crypto,
    }
  })

  /** Passes all data of `from` to `to`, and returns the messages in it. */
  function pass(from: Engine, to: Engine): (string[] | undefined)[] {
    const bytes = from.drain().map((piece) => Buffer.from(piece))
    return converse(to, [Buffer.concat(bytes)]).map(text)
  }

  type Type = Parameters<typeof createEngine>[0]

  function joined(
    clientType: Type,
    serverType: Type,
    options: Parameters<typeof createEngine>[1] = {},
  ): [Engine, Engine] {
    const pair: [Engine, Engine] = [
      createEngine(clientType, { security: CLIENT }),
      createEngine(serverType, { security: SERVER, ...options }),
    ]
    for (let turn = 0; turn < 8; turn++) pass(pair[turn % 2]!, pair[1 - (turn % 2)]!)
    expect(pair.map((engine) => engine.state === "traffic")).to.deep.equal([true, true])
    return pair
  }

  it("transfers messages with any number and size of frames in both directions", () => {
    const [dealer, router] = joined("DEALER", "ROUTER")
    const messages = [["a"], ["", "b", ""], ["x".repeat(300), "y".repeat(20_000), "z".repeat(100_000)]]
    for (const [from, to] of [
      [dealer, router],
      [router, dealer],
    ] as const) {
      for (const frames of messages) from.write(message(...frames))
      expect(pass(from, to)).to.deep.equal(messages)
    }
  })

  it("provides the peer's key and properties", () => {
    const [, router] = joined("DEALER", "ROUTER")
    expect(Buffer.from(router.peer.publicKey!).equals(Buffer.from(client.publicKey))).to.equal(true)
    expect([router.peer.mechanism, router.peer.socketType]).to.deep.equal(["CURVE", "DEALER"])
  })

  it("transfers subscriptions as commands", () => {
    const [sub, pub] = joined("SUB", "XPUB")
    for (const wish of ["\x01A", "\x00A"]) sub.write(message(wish))
    expect(pass(sub, pub)).to.deep.equal([["\x01A"], ["\x00A"]])
  })

  it("transfers PING and PONG", () => {
    const [dealer, router] = joined("DEALER", "ROUTER")
    dealer.heartbeats!.ping(5000)
    expect(pass(dealer, router)).to.be.empty
    expect([router.heartbeats!.takeTimeToLive(), router.heartbeats!.answerDue]).to.deep.equal([5000, true])
    router.heartbeats!.answer()
    expect(router.unsent).to.be.greaterThan(0)
    expect(pass(router, dealer)).to.be.empty
  })

  it("reads data that follows a command in the same chunk", () => {
    const [dealer, router] = joined("DEALER", "ROUTER")
    dealer.write(message("a"))
    dealer.heartbeats!.ping(5000)
    dealer.write(message("b", "c"))
    expect(pass(dealer, router)).to.deep.equal([["a"], ["b", "c"]])
    expect(router.heartbeats!.answerDue).to.equal(true)
  })

  it("accepts frames of maxMultipartSize bytes in total and no more, without the overhead of the boxes", () => {
    for (const [sizes, expected] of [
      [[100], undefined],
      [[101], "ERR_ZMTP_UNSPECIFIED"],
      [[40, 60], undefined],
      [[40, 61], "ERR_ZMTP_UNSPECIFIED"],
      [[40, 30, 30], undefined],
      [[40, 30, 31], "ERR_ZMTP_UNSPECIFIED"],
    ] as const) {
      const maxMultipartSize = 100 + (sizes.length - 1) * FRAME_OVERHEAD
      const [push, pull] = joined("PUSH", "PULL", { maxMultipartSize })
      for (let round = 0; round < 2; round++) {
        push.write(sizes.map((size) => Buffer.alloc(size)))
        expect(
          codeOf(() => pass(push, pull)),
          sizes.join(" + "),
        ).to.equal(expected)
        if (expected !== undefined) break
      }
    }
  })

  it("accepts a frame of maxMessageSize bytes and no larger one, without the overhead of the box", () => {
    const [push, pull] = joined("PUSH", "PULL", { maxMessageSize: 100 })
    push.write(message("x".repeat(100)))
    expect(pass(push, pull)).to.have.length(1)
    push.write(message("x".repeat(101)))
    expect(codeOf(() => pass(push, pull))).to.equal("ERR_ZMTP_UNSPECIFIED")
  })

  it(`accepts a command of ${MAX_COMMAND} bytes and no larger one`, () => {
    for (const [size, expected] of [
      [MAX_COMMAND - 10, undefined],
      [MAX_COMMAND, "ERR_ZMTP_UNSPECIFIED"],
    ] as const) {
      const [sub, pub] = joined("SUB", "XPUB")
      sub.write([Buffer.alloc(1 + size, 1)])
      expect(codeOf(() => pass(sub, pub))).to.equal(expected)
    }
  })

  it("overwrites its secrets when it is closed", () => {
    const secrets: Uint8Array[] = []
    const keep = <T extends Uint8Array | undefined>(secret: T): T => {
      if (secret !== undefined) secrets.push(secret)
      return secret
    }
    const watched = new Proxy(crypto, {
      get: (target, name: keyof CurveCrypto) => {
        if (name === "keyPair") {
          return () => {
            const pair = target.keyPair()
            keep(pair.secretKey)
            return pair
          }
        }
        if (name === "sharedKey") {
          return (...args: Parameters<CurveCrypto["sharedKey"]>) => keep(target.sharedKey(...args))
        }
        const value: unknown = Reflect.get(target, name)
        return typeof value === "function" ? (...args: unknown[]): unknown => Reflect.apply(value, target, args) : value
      },
    })
    const client = createEngine("PUSH", { security: { ...CLIENT, crypto: watched } as Security })
    const server = createEngine("PULL", { security: { ...SERVER, crypto: watched } as Security })
    const engines = [client, server] as const
    for (let turn = 0; turn < 8; turn++) pass(engines[turn % 2]!, engines[1 - (turn % 2)]!)
    expect(client.state).to.equal("traffic")
    expect(secrets.some((secret) => secret.some((byte) => byte !== 0))).to.equal(true)
    for (const engine of engines) engine.close()
    expect(secrets.map((secret) => secret.every((byte) => byte === 0))).to.not.include(false)
  })

  it("neither reads nor writes after it is closed", () => {
    const [push, pull] = joined("PUSH", "PULL")
    push.write(message("before"))
    const bytes = push.drain()
    push.close()
    pull.close()
    expect(() => {
      push.write(message("after"))
    }).to.throw('Cannot write while the engine is in the state "closed"')
    expect(push.unsent).to.equal(0)
    expect(() => converse(pull, bytes)).to.throw('while the engine is in the state "closed"')
  })
})
