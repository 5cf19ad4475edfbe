import { expect } from "chai"
import { Budget } from "../../src/core/runtime/budget.js"
import { Counters } from "../../src/core/counters.js"
import { heartbeat } from "../../src/core/connection/heartbeat.js"
import { LocalPipe } from "../../src/core/pipe/local-pipe.js"
import type { SessionPipe } from "../../src/core/pipe/session-pipe.js"
import { createRuntime } from "../../src/core/runtime/runtime.js"
import { Session, type SessionHost, type SessionOptions } from "../../src/core/connection/session.js"
import { nodeScheduler } from "../../src/platform/node/scheduler.js"
import type { Protocol } from "../../src/zmtp/engine.js"
import { overBytes } from "../../src/zmtp/over-bytes.js"
import { hex } from "./cuts.js"
import { decode } from "./decode.js"
import { INSECURE } from "./insecure.js"
import { FakeClock } from "./fake-clock.js"
import { Loopback } from "./loopback.js"
import { text } from "./messages.js"
import { Recorder } from "./recorder.js"
import { settle } from "./settle.js"
import { GREETING_3_1, READY } from "./vectors.js"

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

export interface Settings extends Partial<SessionOptions> {
  readonly mark?: number
  /** The session has its pipe before it has a connection, as when a socket connects. */
  readonly connecting?: boolean
  /** The socket accepts no more peers. */
  readonly closed?: boolean
  /** Protocol of the first connection. */
  readonly protocol?: Protocol
}

/** Shared by all sessions, as within a process. */
export const budget = new Budget(nodeScheduler)

/** A session between the pipe of a socket and a connection. Records the notifications to the host of the session. */
export class Bench implements SessionHost {
  readonly clock = new FakeClock()
  readonly runtime = createRuntime(nodeScheduler, { clock: this.clock, budget })
  readonly counters = new Counters()
  readonly socket = new Recorder()
  readonly session: Session
  readonly events: string[] = []
  /** Number of requests for a verdict. The test gives verdicts by `judge`. */
  judged = 0
  judge: Parameters<SessionHost["authenticate"]>[3] = () => undefined
  stream = new Loopback()
  /** The error with which the connection was lost. */
  error: Error | undefined
  /** The socket's end of the pipe. */
  pipe!: SessionPipe

  constructor(readonly settings: Settings = {}) {
    this.session = new Session(this, { ...OPTIONS, ...settings }, this.runtime, heartbeat)
    if (settings.connecting === true) this.session.setPipe(this.#pair())
    this.connect(settings.protocol)
  }

  /** Opens another connection. */
  connect(protocol = overBytes, stream = new Loopback()): void {
    this.stream = stream
    this.stream.protocol = protocol
    this.session.connectTo(this.stream)
  }

  /** Completes the handshake on behalf of the peer, and discards the data that the session has sent. */
  greet(greeting: Buffer = GREETING_3_1): this {
    this.stream.say(greeting, READY.DEALER)
    this.stream.take()
    return this
  }

  take(): string[] {
    return this.events.splice(0)
  }

  /** Receives all messages for the socket. */
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

/** Creates sessions on a bench for the tests of a suite, and ends them after each. */
export function sessionBenches(): (settings?: Settings) => Bench {
  const benches: Bench[] = []
  afterEach(async () => {
    for (const { session } of benches.splice(0)) session.abort()
    await settle()
  })
  return (settings) => {
    const bench = new Bench(settings)
    benches.push(bench)
    return bench
  }
}

/** An error as in a failed allocation. */
export const fault = new RangeError("Array buffer allocation failed")
export const fails = (): never => {
  throw fault
}

/** An engine that fails when its `member` is called. */
export const broken =
  (member: "start" | "push" | "handshake" | "read" | "write"): Protocol =>
  (options) =>
    Object.assign(overBytes(options), { [member]: fails })

/** An engine whose `heartbeats` fail when their `member` is called. */
export const brokenHeartbeats =
  (member: "ping" | "answer"): Protocol =>
  (options) => {
    const engine = overBytes(options)
    Object.assign(engine.heartbeats!, { [member]: fails })
    return engine
  }

/** Expects that the connection was lost with `fault`, and that the next connection works. */
export function expectLost(bench: Bench, ...events: string[]): void {
  expect(bench.take()).to.deep.equal(events)
  expect([bench.error, bench.stream.state, bench.session.peer]).to.deep.equal([fault, "destroyed", undefined])
  bench.connect()
  bench.greet()
  expect(bench.take()).to.deep.equal(["ready"])
  bench.stream.say(hex("000161"))
  expect(bench.received()).to.deep.equal(["a"])
}
