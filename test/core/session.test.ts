import { expect } from "chai"
import { Budget } from "../../src/core/budget.js"
import { Counters } from "../../src/core/counters.js"
import { heartbeat } from "../../src/core/heartbeat.js"
import { LocalPipe } from "../../src/core/local-pipe.js"
import type { SessionPipe } from "../../src/core/pipe.js"
import { createRuntime } from "../../src/core/runtime.js"
import { Session, type SessionHost, type SessionOptions } from "../../src/core/session.js"
import { nodeScheduler } from "../../src/platform/node/scheduler.js"
import type { Protocol } from "../../src/zmtp/engine.js"
import { overBytes } from "../../src/zmtp/framing.js"
import { ProtocolError, RefusedError } from "../../src/zmtp/protocol-error.js"
import { hex } from "../support/cuts.js"
import { decode } from "../support/decode.js"
import { INSECURE } from "../support/insecure.js"
import { FakeClock } from "../support/fake-clock.js"
import { Loopback } from "../support/loopback.js"
import { message, text } from "../support/messages.js"
import { Recorder } from "../support/recorder.js"
import { settle } from "../support/settle.js"
import { COMMAND, GREETING_3_0, GREETING_3_1, READY } from "../support/vectors.js"

const OPTIONS: SessionOptions = {
  socketType: "DEALER",
  routingId: Buffer.alloc(0),
  maxMessageSize: -1,
  maxMultipartSize: -1,
  handshakeInterval: 0,
  heartbeatInterval: 0,
  heartbeatTimeout: -1,
  heartbeatTimeToLive: 0,
  helloMessage: Buffer.alloc(0),
  notifications: 0,
  security: INSECURE,
  tracePeers: false,
}

interface Settings extends Partial<SessionOptions> {
  readonly mark?: number
  /** The session gets its pipe before it has a connection. */
  readonly connecting?: boolean
  /** The socket takes no more peers. */
  readonly closed?: boolean
  /** Of the first connection. */
  readonly protocol?: Protocol
}

/** Shared by all sessions, as in a process. */
const budget = new Budget(nodeScheduler)

/** A session between a socket's pipe and a connection, and what its host is told. */
class Bench implements SessionHost {
  readonly clock = new FakeClock()
  readonly runtime = createRuntime(nodeScheduler, { clock: this.clock, budget })
  readonly counters = new Counters()
  readonly socket = new Recorder()
  readonly session: Session
  readonly events: string[] = []
  /** How often a verdict was asked for; there is none but by `judge`. */
  judged = 0
  judge: Parameters<SessionHost["authenticate"]>[3] = () => undefined
  stream = new Loopback()
  /** What the connection was lost by. */
  error: Error | undefined
  /** The socket's end. */
  pipe!: SessionPipe

  constructor(readonly settings: Settings = {}) {
    this.session = new Session(this, { ...OPTIONS, ...settings }, this.runtime, heartbeat)
    if (settings.connecting === true) this.session.adopt(this.#pair())
    this.connect(settings.protocol)
  }

  /** Another connection. */
  connect(protocol = overBytes): void {
    this.stream = new Loopback()
    this.stream.protocol = protocol
    this.session.attach(this.stream)
  }

  /** The peer does its part of the handshake; what the session has said is forgotten. */
  greet(greeting: Buffer = GREETING_3_1): this {
    this.stream.say(greeting, READY.DEALER)
    this.stream.take()
    return this
  }

  take(): string[] {
    return this.events.splice(0)
  }

  /** All that the socket can receive. */
  received(): string[] {
    const texts: string[] = []
    for (let next = this.pipe.receive(); next !== undefined; next = this.pipe.receive())
      texts.push(text(next)!.join("|"))
    return texts
  }

  /** Bodies of the frames that the session has written. */
  written(): string[] {
    return decode([this.stream.take()]).map(([, body]) => body)
  }

  authenticate(...[, , , judge]: Parameters<SessionHost["authenticate"]>): void {
    this.judged++
    this.judge = judge
  }

  openPipe(): SessionPipe | undefined {
    return this.settings.closed === true ? undefined : this.#pair()
  }

  lost(): void {
    this.events.push("message lost")
  }

  sessionReady(): void {
    this.events.push("ready")
  }

  sessionLost(_session: Session, error: Error | undefined, handshaken: boolean): void {
    this.error = error
    this.events.push(handshaken ? "lost" : "lost in handshake")
  }

  sessionEnded(): void {
    this.events.push("ended")
  }

  #pair(): SessionPipe {
    const { mark = 1000 } = this.settings
    const [near, far] = LocalPipe.pair(this.socket, { sendMark: mark, receiveMark: mark }, this.session)
    this.pipe = near
    return far
  }
}

describe("Session", () => {
  const benches: Bench[] = []
  const create = (settings?: Settings): Bench => {
    const bench = new Bench(settings)
    benches.push(bench)
    return bench
  }

  afterEach(async () => {
    for (const { session } of benches.splice(0)) session.abort()
    await settle()
  })

  describe("handshake", () => {
    it("opens a pipe once the peer is known, and announces it to the socket", () => {
      const bench = create()
      bench.stream.say(GREETING_3_1)
      expect([bench.take(), bench.session.pipe, bench.session.peer]).to.deep.equal([[], undefined, undefined])
      bench.stream.say(READY.ROUTER)
      expect([bench.take(), bench.socket.take()]).to.deep.equal([["ready"], ["peerReady"]])
      expect([bench.pipe.peer?.socketType, bench.session.peer?.socketType]).to.deep.equal(["ROUTER", "ROUTER"])
      expect(bench.stream.take()).to.deep.equal(Buffer.concat([GREETING_3_1, READY.DEALER]))
    })

    it("reads messages that came with the end of it", () => {
      const bench = create()
      bench.stream.say(GREETING_3_1, READY.DEALER, hex("000161"))
      expect(bench.received()).to.deep.equal(["a"])
    })

    it("keeps the order when taking a message lets the socket send the next one at once", async () => {
      const bench = create({ connecting: true, mark: 1 })
      expect([bench.pipe.send(message("1")), bench.pipe.send(message("2"))]).to.deep.equal([true, false])
      bench.socket.writeActivated = (pipe) => void pipe.send(message("2"))
      bench.stream.say(GREETING_3_1)
      bench.stream.take()
      bench.stream.say(READY.DEALER)
      await settle()
      expect(bench.written()).to.deep.equal(["1", "2"])
    })

    it("sends what the socket has queued meanwhile only when it is complete", async () => {
      const bench = create({ connecting: true })
      bench.pipe.send(message("early"))
      await settle()
      bench.stream.say(GREETING_3_1)
      await settle()
      expect(bench.stream.take()).to.deep.equal(Buffer.concat([GREETING_3_1, READY.DEALER]))
      bench.stream.say(READY.DEALER)
      expect(bench.written()).to.deep.equal(["early"])
    })

    it("ends where the socket takes no more peers", () => {
      const bench = create({ closed: true }).greet()
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ended"], "destroyed"])
    })

    it("is given up after its time (ZMQ_HANDSHAKE_IVL)", async () => {
      const bench = create({ handshakeInterval: 100 })
      bench.stream.say(GREETING_3_1)
      bench.clock.advance(99)
      await settle()
      expect(bench.take()).to.be.empty
      bench.clock.advance(1)
      await settle()
      expect([bench.take(), bench.stream.state]).to.deep.equal([["lost in handshake"], "destroyed"])
      expect(bench.error?.message).to.equal("Waited 100 ms for the handshake to finish")
    })

    it("is not given up once complete, nor where what was missing comes in the same turn", async () => {
      const bench = create({ handshakeInterval: 100 }).greet()
      bench.clock.advance(1000)
      await settle()
      const late = create({ handshakeInterval: 100 })
      late.clock.advance(100)
      late.greet()
      await settle()
      expect([bench.take(), late.take()]).to.deep.equal([["ready"], ["ready"]])
    })

    it("is given up after its time while the peer is judged, whatever the peer has sent meanwhile", async () => {
      const bench = create({ handshakeInterval: 1000, security: { ...INSECURE, authenticates: true } })
      bench.stream.say(GREETING_3_1)
      expect(bench.judged).to.equal(1)
      bench.stream.say(READY.ROUTER)
      bench.stream.say(READY.ROUTER)
      expect(bench.stream.paused).to.equal(true)
      bench.clock.advance(1000)
      await settle()
      expect(bench.stream.state).to.equal("destroyed")
    })

    it("is over where the peer is refused, which has a second to read why", () => {
      const bench = create({ security: { ...INSECURE, authenticates: true } })
      bench.stream.say(GREETING_3_1)
      bench.judge({ status: 400, userId: "", metadata: new Map() })
      expect([bench.take(), bench.stream.state]).to.deep.equal([["lost in handshake"], "ending"])
      bench.clock.advance(999)
      expect(bench.stream.state).to.equal("ending")
      bench.clock.advance(1)
      expect(bench.stream.state).to.equal("destroyed")
    })

    it("is over where the peer is at fault or refuses", () => {
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

  describe("traffic", () => {
    it("writes all messages of a turn at once, after it", async () => {
      const bench = create({ connecting: true }).greet()
      for (const item of ["1", "2"]) bench.pipe.send(message(item))
      expect(bench.written()).to.be.empty
      await settle()
      expect(bench.written()).to.deep.equal(["1", "2"])
    })

    it("writes at once when much is pending, from the socket or from the pipe", () => {
      const large = "x".repeat(64 * 1024)
      const bench = create({ connecting: true })
      bench.pipe.send(message(large))
      bench.greet()
      expect(bench.session.pipe?.queued).to.equal(0)
      bench.pipe.send(message(large))
      expect(bench.written()).to.deep.equal([large])
    })

    it("stops when the stream has enough, and goes on when it has room", async () => {
      const bench = create({ mark: 2 }).greet()
      bench.stream.full = true
      bench.pipe.send(message("1"))
      await settle()
      for (const item of ["2", "3"]) expect(bench.pipe.send(message(item))).to.equal(true)
      expect([bench.pipe.send(message("4")), bench.pipe.requestRoom()]).to.deep.equal([false, false])
      await settle()
      expect(bench.written()).to.deep.equal(["1"])
      bench.stream.drain()
      expect(bench.written()).to.deep.equal(["2", "3"])
      expect(bench.socket.take()).to.include("writeActivated")
    })

    it("stops reading when the socket is full, and loses nothing", () => {
      const bench = create({ mark: 2 }).greet()
      bench.stream.say(hex("000161 000162 000163"))
      expect(bench.stream.paused).to.equal(false)
      bench.stream.say(hex("000164 000165"))
      expect([bench.stream.paused, bench.session.pipe?.requestRoom()]).to.deep.equal([true, false])
      expect(bench.received()).to.deep.equal(["a", "b", "c", "d", "e"])
      expect(bench.stream.paused).to.equal(false)
      bench.stream.say(hex("000166"))
      expect(bench.received()).to.deep.equal(["f"])
    })

    it("answers PING", async () => {
      const bench = create().greet()
      bench.stream.say(COMMAND.pingTtl30000Abc)
      await settle()
      expect(bench.stream.take()).to.deep.equal(COMMAND.pongAbc)
    })

    it("answers any number of PINGs once while the stream has enough", async () => {
      const bench = create().greet()
      bench.stream.full = true
      bench.pipe.send(message("1"))
      await settle()
      bench.stream.take()
      for (let count = 0; count < 100; count++) bench.stream.say(COMMAND.ping)
      await settle()
      expect(bench.stream.take()).to.be.empty
      bench.stream.drain()
      expect(bench.stream.take()).to.deep.equal(COMMAND.pong)
    })

    describe("when others wait for another turn", () => {
      /** Messages that are more than a little together. */
      const LARGE = Array.from({ length: 5 }, (_, index) => String(index).repeat(1000))
      const FRAMES = LARGE.map((body) => Buffer.concat([hex("02 00000000000003e8"), Buffer.from(body)]))

      beforeEach(async () => {
        await settle()
        while (budget.spend(1024 * 1024) === undefined);
        void budget.spend(0)
      })

      afterEach(settle)

      it("reads in another one, and nothing more until then", async () => {
        const bench = create().greet()
        bench.stream.say(...FRAMES)
        expect([bench.received(), bench.stream.paused]).to.deep.equal([[], true])
        await settle()
        expect([bench.received(), bench.stream.paused]).to.deep.equal([LARGE, false])
      })

      it("reads a little at once", () => {
        const bench = create().greet()
        bench.stream.say(hex("000161 000162"))
        expect([bench.received(), bench.stream.paused]).to.deep.equal([["a", "b"], false])
      })

      it("reads on with a large body, whose memory is waiting for the rest", () => {
        const bench = create().greet()
        bench.stream.say(hex("02 0000000000010000"), Buffer.alloc(1000))
        const room = bench.stream.owner!.requestRoom()!
        bench.stream.owner!.data(room.subarray(0, 5000))
        expect(bench.stream.owner!.requestRoom()!.byteOffset).to.equal(room.byteOffset + 5000)
      })

      it("loses nothing with the connection", async () => {
        const bench = create().greet()
        bench.take()
        bench.stream.say(...FRAMES)
        bench.stream.owner!.closed(undefined)
        expect(bench.take()).to.deep.equal([])
        await settle()
        expect([bench.received(), bench.take()]).to.deep.equal([LARGE, ["lost"]])
      })

      it("reads nothing any more once it has ended", async () => {
        const bench = create().greet()
        bench.stream.say(...FRAMES)
        bench.session.abort()
        await settle()
        expect(bench.received()).to.deep.equal([])
      })
    })

    it("loses the connection over what breaks the protocol, also while the socket was full", () => {
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

  describe("another connection", () => {
    it("gets what the socket has sent meanwhile, and the peer is announced again", async () => {
      const bench = create({ connecting: true }).greet()
      const broken = new Error("reset")
      bench.stream.owner!.closed(broken)
      expect([bench.take(), bench.error, bench.pipe.peer]).to.deep.equal([["ready", "lost"], broken, undefined])
      bench.pipe.send(message("meanwhile"))
      await settle()
      bench.connect()
      bench.stream.say(GREETING_3_1, READY.DEALER)
      expect(decode([bench.stream.take().subarray(64)]).at(-1)).to.deep.equal([0, "meanwhile"])
      expect(bench.socket.take()).to.deep.equal(["peerReady", "peerReady"])
    })

    it("begins with no part of a message from the one before", () => {
      const bench = create({ connecting: true }).greet()
      bench.stream.say(hex("010161"))
      bench.stream.owner!.closed(undefined)
      bench.connect()
      bench.greet()
      bench.stream.say(hex("000162"))
      expect(bench.received()).to.deep.equal(["b"])
    })

    it("hears nothing of the one before", () => {
      const bench = create({ connecting: true }).greet()
      bench.stream.owner!.closed(undefined)
      bench.stream.owner!.closed(undefined)
      bench.stream.owner!.data(hex("000161"))
      expect([bench.take(), bench.received()]).to.deep.equal([["ready", "lost"], []])
    })
  })

  describe("an exception that is no fault of the peer's ends the connection, and is told", () => {
    const fault = new RangeError("Array buffer allocation failed")
    const fails = (): never => {
      throw fault
    }

    /** An engine that fails when its `member` is called. */
    const broken =
      (member: "start" | "push" | "handshake" | "read" | "write"): Protocol =>
      (options) =>
        Object.assign(overBytes(options), { [member]: fails })

    /** An engine whose `heartbeats` fail when their `member` is called. */
    const brokenHeartbeats =
      (member: "ping" | "answer"): Protocol =>
      (options) => {
        const engine = overBytes(options)
        Object.assign(engine.heartbeats!, { [member]: fails })
        return engine
      }

    /** It is over, and the next connection works. */
    function expectLost(bench: Bench, ...events: string[]): void {
      expect(bench.take()).to.deep.equal(events)
      expect([bench.error, bench.stream.state, bench.session.peer]).to.deep.equal([fault, "destroyed", undefined])
      bench.connect()
      bench.greet()
      expect(bench.take()).to.deep.equal(["ready"])
      bench.stream.say(hex("000161"))
      expect(bench.received()).to.deep.equal(["a"])
    }

    it("when the engine starts", () => {
      expectLost(create({ connecting: true, protocol: broken("start") }), "lost in handshake")
    })

    for (const member of ["push", "handshake"] as const) {
      it(`in the handshake: ${member}`, () => {
        const bench = create({ connecting: true, protocol: broken(member) })
        bench.stream.say(GREETING_3_1)
        expectLost(bench, "lost in handshake")
      })
    }

    it("when what has come is read", () => {
      const bench = create({ connecting: true, protocol: broken("read") })
      bench.stream.say(GREETING_3_1, READY.DEALER)
      expectLost(bench, "ready", "lost")
    })

    it("when what has waited for the connection is written", async () => {
      const bench = create({ connecting: true, protocol: broken("write") })
      bench.pipe.send(message("1"))
      bench.greet()
      expectLost(bench, "ready", "lost")
      await settle()
      expect(bench.take()).to.deep.equal([])
    })

    it("when a message is written at once, but not before the socket has sent it", async () => {
      const bench = create({ connecting: true, protocol: broken("write") }).greet()
      expect([bench.pipe.send(message("1")), bench.take()]).to.deep.equal([true, ["ready"]])
      await settle()
      expectLost(bench, "lost")
    })

    it("when the stream takes nothing", async () => {
      const bench = create({ connecting: true }).greet()
      bench.stream.write = fails
      bench.pipe.send(message("1"))
      await settle()
      expectLost(bench, "ready", "lost")
    })

    it("when a PING is made, or its answer", async () => {
      const bench = create({ connecting: true, heartbeatInterval: 100, protocol: brokenHeartbeats("ping") }).greet()
      bench.clock.advance(100)
      expectLost(bench, "ready", "lost")
      const answering = create({ connecting: true, protocol: brokenHeartbeats("answer") })
      answering.stream.say(GREETING_3_1)
      await settle()
      expectLost(answering, "lost in handshake")
    })

    it("when the peer was judged, or refused", () => {
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

  describe('heartbeats (RFC 37, "Connection Heartbeating")', () => {
    const beat = { heartbeatInterval: 100, heartbeatTimeToLive: 1200 }

    it("sends PING at every interval, with the time to live", () => {
      const bench = create(beat).greet()
      bench.clock.advance(99)
      expect(bench.stream.take()).to.be.empty
      bench.clock.advance(1)
      expect(bench.stream.take()).to.deep.equal(COMMAND.pingTtl1200)
      bench.stream.say(COMMAND.pong)
      bench.clock.advance(100)
      expect(bench.stream.take()).to.deep.equal(COMMAND.pingTtl1200)
    })

    it("gives up a peer that does not answer within the interval", async () => {
      const bench = create(beat).greet()
      bench.clock.advance(199)
      await settle()
      expect(bench.take()).to.deep.equal(["ready"])
      bench.clock.advance(1)
      await settle()
      expect([bench.take(), bench.stream.state]).to.deep.equal([["lost"], "destroyed"])
      expect(bench.error?.message).to.equal("Waited 100 ms for an answer to a heartbeat")
      expect(bench.clock.waiting).to.equal(0)
    })

    it("takes anything that comes for an answer, even in the turn in which time is up", async () => {
      const bench = create(beat).greet()
      for (const bytes of [COMMAND.pong, hex("000161"), hex("00"), hex("00")]) {
        bench.clock.advance(100)
        bench.stream.say(bytes)
        await settle()
      }
      expect(bench.take()).to.deep.equal(["ready"])
    })

    it("waits as long as it is told to (ZMQ_HEARTBEAT_TIMEOUT)", async () => {
      const bench = create({ ...beat, heartbeatTimeout: 350 }).greet()
      bench.clock.advance(449)
      await settle()
      expect(bench.take()).to.deep.equal(["ready"])
      bench.clock.advance(1)
      await settle()
      expect(bench.take()).to.deep.equal(["lost"])
      const patient = create({ ...beat, heartbeatTimeout: 0 }).greet()
      patient.clock.advance(10_000)
      await settle()
      expect(patient.take()).to.deep.equal(["ready"])
    })

    it("sends none to a peer of ZMTP 3.0", () => {
      const bench = create(beat).greet(GREETING_3_0)
      bench.clock.advance(1000)
      expect([bench.stream.take(), bench.clock.waiting]).to.deep.equal([Buffer.alloc(0), 0])
    })

    for (const [what, command] of [
      ["PING", COMMAND.ping],
      ["PONG", COMMAND.pong],
    ] as const) {
      it(`sends them to a peer of ZMTP 3.0 that has sent ${what} itself`, async () => {
        const bench = create(beat).greet(GREETING_3_0)
        bench.stream.say(command)
        await settle()
        bench.stream.take()
        bench.clock.advance(100)
        expect(bench.stream.take()).to.deep.equal(COMMAND.pingTtl1200)
        bench.clock.advance(100)
        await settle()
        expect(bench.take()).to.deep.equal(["ready", "lost"])
      })
    }

    it("does not blame the peer for a PING that waits behind a message while bytes are being sent", async () => {
      const bench = create(beat).greet()
      const [message, ping] = [1_000_000, COMMAND.pingTtl1200.length]
      bench.stream.progress = { taken: 0, waiting: message + ping }
      bench.clock.advance(100)
      for (let taken = 10_000; taken < message; taken += 10_000) {
        bench.stream.progress = { taken, waiting: message + ping - taken }
        bench.clock.advance(100)
        await settle()
        expect(bench.take().slice(1), `${taken} bytes sent`).to.be.empty
      }
    })

    it("gives up a peer that takes nothing for three times as long, although a PING waits behind a message", async () => {
      const bench = create(beat).greet()
      bench.stream.progress = { taken: 0, waiting: 1_000_000 }
      bench.clock.advance(100)
      bench.stream.progress = { taken: 10_000, waiting: 990_000 }
      for (let count = 0; count < 3; count++) {
        bench.clock.advance(100)
        await settle()
        expect(bench.take().slice(1)).to.be.empty
      }
      bench.clock.advance(100)
      await settle()
      expect(bench.take()).to.deep.equal(["lost"])
    })

    it("gives a PING the time that a slow link needs for what is in the buffers of the system", async () => {
      const bench = create(beat).greet()
      bench.stream.full = true
      bench.pipe.send(message("large"))
      await settle()
      // The system takes half a MiB in each second interval.
      const MIB = 1024 * 1024
      for (const taken of [4, 4, 4.5, 4.5]) {
        bench.stream.progress = { taken: taken * MIB, waiting: MIB }
        bench.clock.advance(100)
      }
      bench.stream.progress = { taken: 5 * MIB, waiting: 0 }
      bench.stream.drain()
      bench.clock.advance(100)
      // 8 MiB may be ahead of the PING, which takes 32 intervals.
      for (let count = 0; count < 32; count++) {
        bench.clock.advance(100)
        await settle()
        expect(bench.take().slice(1)).to.be.empty
      }
      bench.clock.advance(100)
      await settle()
      expect(bench.take()).to.deep.equal(["lost"])
    })

    it("sends none while the stream has enough", async () => {
      const bench = create(beat).greet()
      bench.stream.full = true
      bench.pipe.send(message("1"))
      await settle()
      bench.stream.take()
      bench.clock.advance(1000)
      await settle()
      expect([bench.stream.take(), bench.take()]).to.deep.equal([Buffer.alloc(0), ["ready"]])
      bench.stream.drain()
      bench.clock.advance(100)
      expect(bench.stream.take()).to.deep.equal(COMMAND.pingTtl1200)
    })

    it("blames no peer that it does not read from", async () => {
      const bench = create({ ...beat, mark: 1 }).greet()
      bench.clock.advance(100)
      bench.stream.say(hex("000161 000162"))
      bench.stream.say(COMMAND.pong)
      expect(bench.stream.paused).to.equal(true)
      bench.clock.advance(1000)
      await settle()
      expect(bench.take()).to.deep.equal(["ready"])
      expect(bench.received()).to.deep.equal(["a", "b"])
      bench.clock.advance(200)
      await settle()
      expect(bench.take()).to.deep.equal(["lost"])
    })

    it("gives up a peer that is silent for longer than it promised", async () => {
      const bench = create().greet()
      bench.stream.say(COMMAND.pingTtl1200)
      bench.clock.advance(1199)
      await settle()
      expect(bench.take()).to.deep.equal(["ready"])
      bench.clock.advance(1)
      await settle()
      expect(bench.take()).to.deep.equal(["lost"])
      expect(bench.error?.message).to.equal("Waited 1200 ms for the sign of life that the peer promised")
    })

    it("asks for no other sign of life where the peer promised one and gave it", async () => {
      const bench = create().greet()
      bench.stream.say(COMMAND.pingTtl1200)
      bench.stream.say(hex("000161"))
      bench.clock.advance(10_000)
      await settle()
      expect([bench.take(), bench.clock.waiting]).to.deep.equal([["ready"], 0])
    })
  })

  describe("end", () => {
    it("writes what the socket has sent before it closed its pipe, then closes in good order", async () => {
      const bench = create().greet()
      bench.pipe.send(message("last"))
      bench.pipe.close()
      await settle()
      expect([bench.written(), bench.stream.state, bench.take()]).to.deep.equal([["last"], "ending", ["ready"]])
      bench.stream.say(hex("000161"))
      bench.stream.finish()
      expect(bench.take()).to.deep.equal(["ended"])
      bench.session.abort()
      expect([bench.take(), bench.stream.state]).to.deep.equal([[], "ended"])
    })

    it("waits for a stream that has enough before it closes", async () => {
      const bench = create({ connecting: true }).greet()
      bench.stream.full = true
      bench.pipe.send(message("1"))
      await settle()
      bench.pipe.send(message("2"))
      bench.pipe.close()
      await settle()
      expect([bench.written(), bench.stream.state]).to.deep.equal([["1"], "open"])
      bench.stream.drain()
      expect([bench.written(), bench.stream.state]).to.deep.equal([["2"], "ending"])
    })

    it("ends where the peer closes first", async () => {
      const bench = create().greet()
      bench.pipe.close()
      await settle()
      expect(bench.stream.state).to.equal("ending")
      bench.stream.owner!.closed(undefined)
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ready", "ended"], "destroyed"])
    })

    it("ends at once where the socket closes before the handshake is complete and nothing waits", () => {
      const bench = create({ connecting: true })
      bench.pipe.close()
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ended"], "destroyed"])
    })

    it("takes no more from the peer once told to finish, and writes what the socket has sent", async () => {
      const bench = create({ connecting: true }).greet()
      bench.pipe.send(message("last"))
      bench.session.finish()
      bench.session.finish()
      bench.stream.say(hex("000161"))
      expect([bench.written(), bench.received(), bench.stream.state]).to.deep.equal([["last"], [], "ending"])
      bench.stream.finish()
      expect([bench.take(), bench.socket.take()]).to.deep.equal([
        ["ready", "ended"],
        ["peerReady", "pipeTerminated"],
      ])
      await settle()
    })

    it("drops what comes from the peer while it finishes", async () => {
      const bench = create().greet()
      bench.stream.full = true
      bench.pipe.send(message("1"))
      await settle()
      bench.pipe.send(message("2"))
      bench.session.finish()
      bench.stream.say(hex("000161"))
      expect([bench.received(), bench.stream.state]).to.deep.equal([[], "open"])
      bench.stream.drain()
      expect([bench.written(), bench.stream.state]).to.deep.equal([["1", "2"], "ending"])
    })

    it("ends at once where it is told to finish before the handshake is complete", () => {
      const bench = create()
      bench.session.finish()
      expect([bench.take(), bench.stream.state]).to.deep.equal([["ended"], "destroyed"])
    })

    describe("linger (ZMQ_LINGER)", () => {
      /** A session with a message that the stream does not take. */
      async function stuck(): Promise<Bench> {
        const bench = create().greet()
        bench.stream.full = true
        for (const item of ["1", "2"]) {
          bench.pipe.send(message(item))
          await settle()
        }
        bench.pipe.close()
        bench.take()
        return bench
      }

      it("ends at once with 0", async () => {
        const bench = await stuck()
        bench.session.linger(0)
        expect([bench.take(), bench.stream.state]).to.deep.equal([["message lost", "ended"], "destroyed"])
      })

      it("waits for its time, the last that it was told", async () => {
        const bench = await stuck()
        bench.session.linger(50)
        bench.session.linger(100)
        bench.clock.advance(99)
        expect(bench.take()).to.be.empty
        bench.clock.advance(1)
        expect([bench.take(), bench.stream.state]).to.deep.equal([["message lost", "ended"], "destroyed"])
        bench.session.linger(0)
        expect(bench.take()).to.be.empty
      })

      it("waits without limit with -1, and ends when all is written", async () => {
        const bench = await stuck()
        bench.session.linger(-1)
        bench.clock.advance(1_000_000)
        expect(bench.take()).to.be.empty
        bench.stream.drain()
        bench.stream.finish()
        expect([bench.take(), bench.written()]).to.deep.equal([["ended"], ["1", "2"]])
      })
    })
  })
})
