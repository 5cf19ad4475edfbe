import { expect } from "chai"
import type { ByteStreamOwner } from "../../../src/core/connection/byte-stream.js"
import { ProtocolError, RefusedError } from "../../../src/zmtp/protocol-error.js"
import { overBytes } from "../../../src/zmtp/over-bytes.js"
import { protocolOf } from "../../../src/zmtp/over-web-socket.js"
import { hex } from "../../support/cuts.js"
import { decode } from "../../support/decode.js"
import { INSECURE } from "../../support/insecure.js"
import { Loopback } from "../../support/loopback.js"
import { message } from "../../support/messages.js"
import { broken, brokenHeartbeats, expectLost, fails, fault, sessionBenches } from "../../support/session-bench.js"
import { settle } from "../../support/settle.js"
import { COMMAND, GREETING_3_1, READY } from "../../support/vectors.js"

describe("Connection", () => {
  const create = sessionBenches()

  describe("handshake", () => {
    it("opens a pipe when the peer is known, and announces it to the socket", () => {
      const bench = create()
      bench.stream.say(GREETING_3_1)
      expect([bench.take(), bench.session.pipe, bench.session.peer]).to.deep.equal([[], undefined, undefined])
      bench.stream.say(READY.ROUTER)
      expect([bench.take(), bench.socket.take()]).to.deep.equal([["ready"], ["peerReady"]])
      expect([bench.pipe.peer?.socketType, bench.session.peer?.socketType]).to.deep.equal(["ROUTER", "ROUTER"])
      expect(bench.stream.take()).to.deep.equal(Buffer.concat([GREETING_3_1, READY.DEALER]))
    })

    it("sends its greeting without waiting for that of the peer", () => {
      const sent = create().stream.take()
      expect(sent.length).to.be.at.least(10)
      expect(GREETING_3_1.subarray(0, sent.length)).to.deep.equal(sent)
    })

    it("reads messages that arrived together with the end of the handshake", () => {
      const bench = create()
      bench.stream.say(GREETING_3_1, READY.DEALER, hex("000161"))
      expect(bench.received()).to.deep.equal(["a"])
    })

    it("reports how far it has come", () => {
      const bench = create({ security: { ...INSECURE, authenticates: true } })
      const progress = [bench.session.progress]
      for (const bytes of [GREETING_3_1.subarray(0, 10), GREETING_3_1.subarray(10)]) {
        bench.stream.say(bytes)
        progress.push(bench.session.progress)
      }
      expect(progress).to.deep.equal(["silent", "speaking", "authenticating"])
    })

    it("still reports the last stage when it is complete", () => {
      expect(create().greet().session.progress).to.equal("authenticating")
    })

    it("is not disturbed by a pipe that has room", () => {
      const bench = create({ connecting: true })
      bench.session.writeActivated(bench.session.pipe!)
      expect([bench.take(), bench.stream.state]).to.deep.equal([[], "open"])
      expect(bench.greet().take()).to.deep.equal(["ready"])
    })

    it("does not announce the peer if a listener ends the session at that moment", () => {
      const bench = create()
      bench.sessionReady = () => {
        bench.session.abort()
      }
      bench.stream.say(GREETING_3_1, READY.DEALER)
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ended"], "destroyed"])
      expect(bench.socket.take()).to.not.include("peerReady")
    })

    it("does not announce a peer that has disconnected while listeners were told of it", () => {
      const bench = create({ connecting: true })
      bench.sessionReady = () => {
        bench.stream.owner!.closed(undefined)
      }
      bench.greet()
      expect([bench.take(), bench.socket.take(), bench.pipe.peer]).to.deep.equal([["lost"], [], undefined])
    })

    it("leaves nothing behind if the socket ends the session when the peer is announced", () => {
      const bench = create({ heartbeatInterval: 100, handshakeInterval: 100 })
      bench.socket.peerReady = () => {
        bench.session.abort()
      }
      bench.greet()
      expect([bench.take(), bench.stream.state, bench.clock.waiting]).to.deep.equal([
        ["ready", "ended"],
        "destroyed",
        0,
      ])
    })

    it("opens once if the peer closes the stream, or continues, during the write that completes it", () => {
      for (const [answer, events] of [
        [(owner: ByteStreamOwner) => owner.closed(undefined), ["lost in handshake"]],
        [(owner: ByteStreamOwner) => owner.data(hex("000161")), ["ready"]],
      ] as const) {
        const bench = create({ connecting: true })
        bench.stream.say(GREETING_3_1.subarray(0, 11))
        const { stream } = bench
        stream.write = () => {
          Reflect.deleteProperty(stream, "write")
          answer(stream.owner!)
          return true
        }
        bench.stream.say(GREETING_3_1.subarray(11), READY.DEALER)
        expect([bench.take(), bench.socket.take().filter((event) => event === "peerReady").length]).to.deep.equal([
          events,
          events[0] === "ready" ? 1 : 0,
        ])
      }
    })

    it("lifts the limits of the stream when it is complete", () => {
      const bench = create()
      let raised = 0
      Object.assign(bench.stream, { raiseLimits: () => raised++ })
      bench.stream.say(GREETING_3_1)
      expect(raised).to.equal(0)
      bench.stream.say(READY.DEALER)
      expect(raised).to.equal(1)
    })

    for (const hello of ["h", "hello"]) {
      it(`sends the hello message first on every connection (ZMQ_HELLO_MSG): ${hello}`, async () => {
        const bench = create({ connecting: true, helloMessage: Buffer.from(hello) })
        bench.pipe.send(message("queued"))
        bench.stream.say(GREETING_3_1, READY.DEALER)
        const first = decode([bench.stream.take().subarray(64)]).map(([, body]) => body)
        expect(first.slice(1)).to.deep.equal([hello, "queued"])
        bench.stream.owner!.closed(undefined)
        bench.connect()
        bench.stream.say(GREETING_3_1, READY.DEALER)
        const again = decode([bench.stream.take().subarray(64)]).map(([, body]) => body)
        expect(again.slice(1)).to.deep.equal([hello])
        await settle()
      })
    }

    it("is complete immediately with a protocol that has none (STREAM)", () => {
      const bench = create({ socketType: "STREAM" })
      expect([bench.take(), bench.socket.take(), bench.session.negotiated]).to.deep.equal([
        ["ready"],
        ["peerReady"],
        false,
      ])
      bench.stream.say(Buffer.from("GET /"))
      expect(bench.received()).to.deep.equal(["GET /"])
    })

    it("continues once with a verdict, handles data that arrived in the meantime, and continues to read", () => {
      const bench = create({ security: { ...INSECURE, authenticates: true } })
      bench.stream.say(GREETING_3_1)
      bench.stream.say(READY.ROUTER, hex("000161"))
      expect([bench.stream.paused, bench.take()]).to.deep.equal([true, []])
      bench.judge({ status: 200, userId: "", metadata: new Map() })
      expect([bench.stream.paused, bench.take(), bench.received()]).to.deep.equal([false, ["ready"], ["a"]])
      bench.stream.say(hex("000162"))
      expect([bench.stream.paused, bench.received()]).to.deep.equal([false, ["b"]])
    })

    it("sends its part after a verdict, even if no data has arrived in the meantime", () => {
      const bench = create({ security: { ...INSECURE, authenticates: true } })
      bench.stream.say(GREETING_3_1)
      bench.stream.take()
      bench.judge({ status: 200, userId: "", metadata: new Map() })
      expect([bench.stream.take(), bench.take()]).to.deep.equal([READY.DEALER, []])
      bench.stream.say(READY.ROUTER)
      expect(bench.take()).to.deep.equal(["ready"])
    })

    it("leaves data that arrived before the verdict until the socket has room", () => {
      const bench = create({ mark: 1, security: { ...INSECURE, authenticates: true } })
      bench.stream.say(GREETING_3_1, READY.ROUTER, hex("000161 000162 000163"))
      bench.stream.say(hex("000164"))
      bench.judge({ status: 200, userId: "", metadata: new Map() })
      expect([bench.take(), bench.stream.paused]).to.deep.equal([["ready"], true])
      expect([bench.received(), bench.stream.paused]).to.deep.equal([["a", "b", "c", "d"], false])
    })

    it("leaves the stream paused after a verdict if the socket is full by then", () => {
      const bench = create({ mark: 1, security: { ...INSECURE, authenticates: true } })
      bench.stream.say(GREETING_3_1)
      bench.stream.say(READY.ROUTER, hex("000161 000162 000163"))
      bench.judge({ status: 200, userId: "", metadata: new Map() })
      expect([bench.take(), bench.stream.paused]).to.deep.equal([["ready"], true])
      expect([bench.received(), bench.stream.paused]).to.deep.equal([["a", "b", "c"], false])
    })

    it("ends with the reason if the peer cannot be authenticated", () => {
      const bench = create({ security: { ...INSECURE, authenticates: true } })
      const reason = new Error("no answer")
      bench.stream.say(GREETING_3_1)
      bench.judge(reason)
      expect([bench.take(), bench.error, bench.stream.state]).to.deep.equal([
        ["lost in handshake"],
        reason,
        "destroyed",
      ])
    })

    it("continues to read after a verdict if the data that has arrived is incomplete", () => {
      const bench = create({ security: { ...INSECURE, authenticates: true } })
      bench.stream.say(GREETING_3_1)
      bench.stream.say(READY.ROUTER.subarray(0, 10))
      expect(bench.stream.paused).to.equal(true)
      bench.judge({ status: 200, userId: "", metadata: new Map() })
      expect([bench.stream.paused, bench.take()]).to.deep.equal([false, []])
      bench.stream.say(READY.ROUTER.subarray(10))
      expect(bench.take()).to.deep.equal(["ready"])
    })

    it("requests a verdict immediately with a protocol that needs no data from the peer for it (ZWS)", () => {
      const bench = create({
        security: { ...INSECURE, authenticates: true },
        connecting: true,
        protocol: protocolOf("ZWS2.0/NULL"),
      })
      expect(bench.judged).to.equal(1)
    })

    it("counts the bytes that arrive", () => {
      const bench = create()
      bench.stream.say(GREETING_3_1)
      expect(bench.counters.bytesIn).to.equal(64)
      bench.stream.say(READY.DEALER, hex("000161"))
      expect(bench.counters.bytesIn).to.equal(64 + READY.DEALER.length + 3)
    })

    it("ends if the stream closes before it has started", () => {
      class ClosedStream extends Loopback {
        override start(owner: ByteStreamOwner): void {
          super.start(owner)
          owner.closed(undefined)
        }
      }
      const bench = create({ connecting: true, handshakeInterval: 10 })
      bench.stream.owner!.closed(undefined)
      expect(bench.take()).to.deep.equal(["lost in handshake"])
      bench.connect(undefined, new ClosedStream())
      expect([bench.take(), bench.error, bench.clock.waiting]).to.deep.equal([["lost in handshake"], undefined, 0])
    })

    it("ends if the socket accepts no more peers", () => {
      const bench = create({ closed: true }).greet()
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ended"], "destroyed"])
    })

    it("ends if the peer is refused, which has a second to read the reason", () => {
      const bench = create({ security: { ...INSECURE, authenticates: true } })
      bench.stream.say(GREETING_3_1)
      bench.stream.take()
      bench.judge({ status: 400, userId: "", metadata: new Map() })
      expect([bench.take(), bench.stream.state]).to.deep.equal([["lost in handshake"], "ending"])
      expect(bench.stream.take()).to.deep.equal(COMMAND.error400)
      bench.clock.advance(999)
      expect(bench.stream.state).to.equal("ending")
      bench.clock.advance(1)
      expect(bench.stream.state).to.equal("destroyed")
    })

    it("does not wait any longer once the refused peer can read the reason", () => {
      const bench = create({ security: { ...INSECURE, authenticates: true } })
      bench.stream.say(GREETING_3_1)
      bench.judge({ status: 400, userId: "", metadata: new Map() })
      bench.stream.finish()
      expect([bench.clock.waiting, bench.stream.state]).to.deep.equal([0, "ended"])
    })

    it("writes nothing more to a peer that violates the protocol", () => {
      const bench = create()
      bench.stream.take()
      bench.stream.say(GREETING_3_1, hex("0401ff"))
      expect([bench.stream.take(), bench.stream.state]).to.deep.equal([Buffer.alloc(0), "destroyed"])
      expect(bench.error).to.be.instanceOf(ProtocolError)
    })

    it("sends its own type to an incompatible peer before it ends", () => {
      const bench = create()
      bench.stream.say(GREETING_3_1, READY.PUB)
      expect([bench.stream.take(), bench.stream.state]).to.deep.equal([
        Buffer.concat([GREETING_3_1, READY.DEALER]),
        "destroyed",
      ])
    })

    it("has negotiated a mechanism when the version of the peer is known to be 3.0 or later", () => {
      const bench = create()
      expect(bench.session.negotiated).to.equal(false)
      bench.stream.say(GREETING_3_1)
      expect(bench.session.negotiated).to.equal(true)
      bench.session.abort()
      expect(bench.session.negotiated).to.equal(false)
    })

    it("ends if the peer is at fault or refuses the connection", () => {
      for (const [frame, kind] of [
        [READY.PUB, ProtocolError],
        [COMMAND.error400, RefusedError],
      ] as const) {
        const bench = create()
        bench.stream.say(GREETING_3_1, frame)
        expect(bench.take()).to.deep.equal(["lost in handshake"])
        expect(bench.error).to.be.instanceOf(kind)
        expect(bench.stream.state).to.equal("destroyed")
      }
    })
  })

  describe("with messages to the peer", () => {
    it("writes messages of a pipe that cannot pass them on directly, after the microtasks", async () => {
      const bench = create({ connecting: true })
      // As from another thread.
      Object.defineProperty(bench.session.pipe!, "sink", { get: () => undefined, set: () => undefined })
      bench.greet()
      bench.pipe.send(message("a"))
      bench.pipe.send(message("b"))
      expect(bench.stream.take()).to.be.empty
      await settle()
      expect(bench.written()).to.deep.equal(["a", "b"])
    })

    it("keeps unwritten messages for the next connection if the stream closes during a write", async () => {
      const bench = create({ connecting: true })
      const large = Buffer.alloc(100_000)
      for (const last of ["1", "2", "3"]) bench.pipe.send([large, Buffer.from(last)])
      const { stream } = bench
      bench.stream.say(GREETING_3_1)
      stream.write = () => {
        stream.owner!.closed(undefined)
        return true
      }
      bench.stream.say(READY.DEALER)
      expect(bench.take()).to.deep.equal(["ready", "lost"])
      bench.connect()
      bench.stream.say(GREETING_3_1, READY.DEALER)
      const bodies = decode([bench.stream.take().subarray(64)]).map(([, body]) => body)
      expect(bodies.filter((body) => body.length === 1)).to.deep.equal(["2", "3"])
      await settle()
    })

    it("is lost, and not closed normally, if the stream closes during the last write", () => {
      const bench = create({ connecting: true }).greet()
      const reset = new Error("reset")
      bench.pipe.send(message("last"))
      const { stream } = bench
      stream.write = () => {
        stream.owner!.closed(reset)
        return true
      }
      bench.session.finish()
      expect([bench.take(), bench.error, bench.stream.state]).to.deep.equal([["ready", "lost"], reset, "destroyed"])
    })

    it("discards data from the peer while the last messages are being sent", () => {
      const bench = create({ maxMessageSize: 3 }).greet()
      const { bytesIn } = bench.counters
      bench.session.finish()
      for (const bytes of [hex("000161"), hex("0004"), hex("000162")]) bench.stream.say(bytes)
      expect([bench.stream.state, bench.stream.paused, bench.counters.bytesIn]).to.deep.equal([
        "ending",
        false,
        bytesIn,
      ])
      bench.stream.finish()
      expect(bench.take()).to.deep.equal(["ready", "ended"])
    })
  })

  describe("with messages from the peer", () => {
    it("reports that a closed connection still has data to read", () => {
      const bench = create({ mark: 1 }).greet()
      bench.stream.say(hex("000161 000162 000163"))
      Object.assign(bench, { sessionDraining: () => bench.events.push("draining") })
      bench.stream.owner!.closed(undefined)
      expect(bench.take()).to.deep.equal(["ready", "draining"])
      expect([bench.received(), bench.take()]).to.deep.equal([["a", "b", "c"], ["lost"]])
    })

    it("answers PING", async () => {
      const bench = create().greet()
      bench.stream.say(COMMAND.pingTtl30000Abc)
      await settle()
      expect(bench.stream.take()).to.deep.equal(COMMAND.pongAbc)
    })

    it("closes the connection because of a protocol violation, even if the socket was full", () => {
      const bench = create({ maxMessageSize: 3 }).greet()
      bench.stream.say(hex("0004"))
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ready", "lost"], "destroyed"])
      expect(bench.error).to.be.instanceOf(ProtocolError)

      const full = create({ maxMessageSize: 3, mark: 1 }).greet()
      full.stream.say(hex("000161 000162 0004"))
      expect(full.take()).to.deep.equal(["ready"])
      expect(full.received()).to.deep.equal(["a", "b"])
      expect([full.take(), full.stream.state]).to.deep.equal([["lost"], "destroyed"])
    })
  })

  describe("an exception that is not the peer's fault ends the connection, and is reported", () => {
    it("when the engine starts", () => {
      expectLost(create({ connecting: true, protocol: broken("start") }), "lost in handshake")
    })

    for (const member of ["push", "handshake"] as const) {
      it(`during the handshake: ${member}`, () => {
        const bench = create({ connecting: true, protocol: broken(member) })
        bench.stream.say(GREETING_3_1)
        expectLost(bench, "lost in handshake")
      })
    }

    it("when received data is read", () => {
      const bench = create({ connecting: true, protocol: broken("read") })
      bench.stream.say(GREETING_3_1, READY.DEALER)
      expectLost(bench, "ready", "lost")
    })

    it("when a message is queued for the socket", () => {
      const bench = create({ connecting: true }).greet()
      bench.pipe.receive()
      bench.socket.readActivated = fails
      bench.stream.say(hex("000161"))
      bench.socket.readActivated = () => undefined
      bench.received()
      expectLost(bench, "ready", "lost")
    })

    it("when a PING or PONG is encoded", async () => {
      const bench = create({ connecting: true, heartbeatInterval: 100, protocol: brokenHeartbeats("ping") }).greet()
      bench.clock.advance(100)
      expectLost(bench, "ready", "lost")
      const answering = create({ connecting: true, protocol: brokenHeartbeats("answer") })
      answering.stream.say(GREETING_3_1)
      await settle()
      expectLost(answering, "lost in handshake")
    })

    it("when the peer was authenticated or refused", () => {
      const refuses = (): never => {
        throw new RefusedError("400")
      }
      for (const [resolve, message] of [
        [fails, fault.message],
        [refuses, "Peer refused the connection: 400"],
      ] as const) {
        const bench = create({
          connecting: true,
          security: { ...INSECURE, authenticates: true },
          protocol: (options) => {
            const engine = overBytes(options)
            const handshake = engine.handshake.bind(engine)
            engine.handshake = () => {
              const done = handshake()
              if (engine.verdictRequest !== undefined) Object.assign(engine.verdictRequest, { resolve })
              return done
            }
            return engine
          },
        })
        bench.stream.say(GREETING_3_1, READY.DEALER)
        bench.stream.write = fails
        bench.judge({ status: 200, userId: "", metadata: new Map() })
        expect(bench.take()).to.deep.equal(["lost in handshake"])
        expect(bench.error?.message).to.equal(message)
      }
    })
  })
})
