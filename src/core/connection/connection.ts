// Connections: everything between the bytes of a peer and a pipe. A connection is a stream and its engine, and
// consecutive connections serve one session. This folder imports pipes and the runtime, and neither imports it.

import type { Frame } from "../../zmtp/bytes.js"
import type { Engine, VerdictRequest } from "../../zmtp/engine.js"
import { negotiatesMechanism } from "../../zmtp/version.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import { IncompatiblePeerError, RefusedError } from "../../zmtp/protocol-error.js"
import type { Verdict } from "../../zmtp/handshake/security.js"
import type { Counters } from "../counters.js"
import type { Runtime } from "../runtime/runtime.js"
import type { ByteStream, ByteStreamOwner } from "./byte-stream.js"
import type { ConnectionOwner } from "./connection-owner.js"
import type { HeartbeatOwner } from "./heartbeat.js"
import { PendingHandshake, type HandshakeProgress } from "./pending-handshake.js"
import { mayEnter, type Phase } from "./phase.js"
import { StreamReader } from "./stream-reader.js"
import { StreamWriter, type FlushOutcome } from "./stream-writer.js"

const CLOSING: Phase = { kind: "closing" }
const CLOSED: Phase = { kind: "closed" }

/** Maximum time that a rejected peer has to read the reason, in ms. */
const CLOSE_TIMEOUT = 1000

/**
 * One byte stream and its engine, until the stream ends: performs the handshake, then lets messages flow between the
 * stream and a pipe.
 *
 * Any write, and any call of the owner or of a pipe, may end this connection before it returns: listeners of its events
 * close sockets, and a stream can fail while it is written. Check the phase afterward, before doing anything else.
 */
export class Connection implements ByteStreamOwner, HeartbeatOwner {
  /** The peer; set when the handshake is complete. */
  peer: NetworkPeer | undefined
  readonly #owner: ConnectionOwner
  readonly #counters: Counters
  readonly #runtime: Runtime
  readonly #stream: ByteStream
  readonly #engine: Engine
  readonly #reader: StreamReader
  readonly #writer: StreamWriter
  #phase: Phase = new PendingHandshake()

  constructor(owner: ConnectionOwner, stream: ByteStream, engine: Engine) {
    this.#owner = owner
    this.#counters = owner.counters
    this.#runtime = owner.runtime
    this.#stream = stream
    this.#engine = engine
    this.#reader = new StreamReader(stream, engine, owner, () => {
      this.#read()
    })
    this.#writer = new StreamWriter(stream, engine, owner, () => {
      this.flush()
    })
  }

  get congested(): boolean {
    return this.#writer.congested
  }

  get paused(): boolean {
    return this.#reader.paused
  }

  /** Describes the peer, as far as it is known. */
  get description(): NetworkPeer {
    return this.peer ?? Object.freeze({ ...this.#engine.peer, address: this.#stream.peerAddress })
  }

  /** Whether the handshake was completed. */
  get handshaken(): boolean {
    return this.peer !== undefined
  }

  /** Progress of the handshake; `authenticating`, the last stage, if it is complete. */
  get progress(): HandshakeProgress {
    return this.#phase.kind === "handshaking" ? this.#phase.progress : "authenticating"
  }

  /** Whether the peer has negotiated a mechanism. Peers before ZMTP 3.0 and raw streams do not. */
  get negotiated(): boolean {
    return negotiatesMechanism(this.#engine.version)
  }

  /** Starts the handshake. */
  start(): void {
    const engine = this.#engine
    this.#stream.start(this)
    try {
      engine.start()
    } catch (error) {
      this.#fail(error)
      return
    }
    if (engine.state === "traffic") {
      this.#open()
      return
    }
    const phase = this.#phase
    if (phase.kind !== "handshaking") return
    phase.limit(this.#runtime, this.#owner.options.handshakeInterval, (error) => {
      this.drop(error)
    })
    this.#writeOutput()
    this.#requestVerdict()
  }

  // ByteStreamOwner

  requestRoom(): Frame | undefined {
    return this.#engine.requestRoom?.()
  }

  data(chunk: Frame): void {
    const phase = this.#phase
    // In the other phases, data from the peer is ignored.
    if (phase.kind !== "open" && phase.kind !== "handshaking") return
    const engine = this.#engine
    this.#counters.bytesIn += chunk.length
    if (phase.kind === "open") phase.heartbeat?.received()
    if (engine.unread || engine.state === "awaiting-verdict") this.#reader.wait(chunk)
    else if (phase.kind === "open") {
      if (!this.#reader.postpone(chunk)) this.#read(chunk)
    } else {
      phase.received()
      this.#handshake(chunk)
    }
  }

  pingAnswered(): void {
    if (this.#phase.kind === "open") this.#phase.heartbeat?.answered()
  }

  drained(): void {
    this.#writer.drained()
    this.flush()
  }

  /** The stream is closed. Received data is kept until there is room in the pipe. */
  closed(error: Error | undefined): void {
    if (this.#phase.kind === "open" && this.#reader.unread) {
      this.#enter({ kind: "draining", error })
      this.#writer.stop()
      this.#owner.connectionDraining()
    } else this.drop(error)
  }

  // HeartbeatOwner

  written(): void {
    this.#writeOutput()
  }

  /**
   * Ends the connection because the peer is silent, or because a PING could not be sent. Data that was received before is
   * still read.
   */
  silent(error: Error): void {
    this.#stream.destroy()
    this.closed(error)
  }

  // Messages to the peer

  /** Writes what the socket has sent, after the microtasks. */
  scheduleFlush(): void {
    this.#writer.scheduleFlush()
  }

  /** Writes what the socket has sent while the stream accepts it. Ends the connection after the last message. */
  flush(): void {
    if (!this.#passesMessages) return
    let outcome: FlushOutcome
    try {
      outcome = this.#writer.flush(this.#owner.pipe)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (outcome === "written" && this.#owner.finishing) this.#finish()
  }

  /** Writes the output of the engine. Ends the connection if this fails. */
  #writeOutput(): void {
    try {
      this.#writer.writeOutput()
    } catch (error) {
      this.#fail(error)
    }
  }

  /**
   * Writes the remaining output, which may tell the peer why the connection ends. Errors are ignored, because that reason
   * is reported instead.
   */
  #writeReason(): void {
    try {
      this.#writer.writeOutput()
    } catch {
      // For example, because there is not enough memory.
    }
  }

  // Messages from the peer

  /** Continues to read, because the pipe has room again. */
  continueReading(): void {
    this.#read()
  }

  /** Moves messages to the pipe while it has room. @param chunk The chunk that has just arrived. */
  #read(chunk?: Frame): void {
    if (!this.#passesMessages) return
    try {
      this.#reader.read(chunk, this.#owner.options.tracePeers ? this.peer : undefined)
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#afterRead()
  }

  #afterRead(): void {
    const engine = this.#engine
    const phase = this.#phase
    if (phase.kind === "draining") {
      if (!this.#reader.unread) this.drop(phase.error)
      return
    }
    if (phase.kind !== "open") return
    const { heartbeats } = engine
    if (heartbeats !== undefined) {
      const timeToLive = heartbeats.takeTimeToLive()
      if (timeToLive > 0) phase.heartbeat?.promised(timeToLive)
      if (heartbeats.answerDue) this.#writer.scheduleFlush()
      // A peer that does not announce support for PING may have sent one.
      phase.heartbeat?.start()
    }
    if (!engine.unread) this.#reader.resume()
  }

  // Handshake

  /** Advances the handshake. @param chunk The chunk that has just arrived. */
  #handshake(chunk?: Frame): void {
    let done: boolean
    try {
      if (chunk !== undefined) this.#engine.push(chunk)
      done = this.#engine.handshake()
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#writeOutput()
    // The write may have ended the connection, or brought the peer's answer.
    if (this.#phase.kind !== "handshaking") return
    if (!done) this.#requestVerdict()
    else {
      this.#open()
      this.#read()
    }
  }

  /** Authenticates the peer. Until the verdict, the handshake and reading are paused. */
  #requestVerdict(): void {
    const request = this.#engine.verdictRequest
    const phase = this.#phase
    if (request === undefined || phase.kind !== "handshaking") return
    phase.authenticate(request, this.#stream.peerAddress, this.#owner, (verdict) => {
      this.#continueWith(request, verdict)
    })
  }

  #continueWith(request: VerdictRequest, verdict: Verdict | Error): void {
    if (verdict instanceof Error) {
      this.drop(verdict)
      return
    }
    try {
      request.resolve(verdict)
    } catch (error) {
      // The ERROR command tells the peer why it was rejected.
      this.#writeReason()
      this.drop(error as Error, error instanceof RefusedError)
      return
    }
    this.#resumeHandshake()
  }

  /** Continues the handshake with data that arrived during authentication. */
  #resumeHandshake(): void {
    this.#handshake()
    if (!this.#needsData()) return
    this.#handshake(this.#reader.takeWaiting())
    if (this.#needsData()) this.#reader.resume()
  }

  /** Whether the handshake continues with data from the peer. A method for the same reason as `#isOpen`. */
  #needsData(): boolean {
    return this.#engine.state === "handshake"
  }

  /** Starts passing messages, unless the owner ends the connection instead. */
  #open(): void {
    const engine = this.#engine
    const owner = this.#owner
    const stream = this.#stream
    const heartbeat = owner.makeHeartbeat?.(this, engine, stream, owner.options, this.#runtime)
    this.peer = Object.freeze({ ...engine.peer, address: stream.peerAddress })
    this.#enter({ kind: "open", heartbeat })
    const pipe = owner.connectionReady()
    // Listeners of the handshake event may have closed the socket.
    if (pipe === undefined || !this.#isOpen()) return
    stream.raiseLimits?.()
    const { helloMessage } = owner.options
    if (helloMessage.length > 0) this.#writer.accept([helloMessage])
    pipe.announcePeer(this.peer)
    owner.connectionAnnounced()
    if (!this.#isOpen()) return
    pipe.sink = this.#writer
    heartbeat?.start()
    this.flush()
  }

  /** A method, because TypeScript assumes that a getter keeps its value while other code runs. */
  #isOpen(): boolean {
    return this.#phase.kind === "open"
  }

  /** Whether messages flow in at least one direction. */
  get #passesMessages(): boolean {
    return this.#phase.kind === "open" || this.#phase.kind === "draining"
  }

  // Endings: `#finish` when everything is written, `drop` for reasons of the peer, the stream, or a deadline. Both lead to
  // `release`, which reports nothing to the owner; an owner that aborts calls it directly.

  /**
   * Ends the connection because the engine or the stream has thrown: the peer is at fault, or another exception
   * occurred while processing its data, such as a failed allocation. Other connections are not affected.
   */
  #fail(error: unknown): void {
    if (error instanceof IncompatiblePeerError) this.#writeReason()
    this.drop(error as Error)
  }

  /** Closes the connection normally, because the socket sends no more messages, and all of them are written. */
  #finish(): void {
    if (this.#phase.kind === "draining") {
      this.#stream.destroy()
      this.#owner.connectionFinished()
      return
    }
    if (!this.#isOpen()) return
    // This ends the heartbeat: data from the peer is ignored from here on, so a peer that takes a long time to read
    // everything would otherwise seem silent.
    this.#enter(CLOSING)
    this.#owner.dropPipe()
    this.#stream.end(() => {
      this.#owner.connectionFinished()
    })
  }

  /**
   * Ends the connection immediately.
   * @param error The reason; `undefined` if the peer closed the connection properly.
   * @param politely Whether to let the peer read what was written before.
   */
  drop(error: Error | undefined, politely = false): void {
    const phase = this.#phase
    if (phase.kind === "closed") return
    const { handshaken } = this
    const stream = this.release()
    if (politely) {
      const timer = this.#runtime.clock.after(CLOSE_TIMEOUT, () => {
        stream.destroy()
      })
      stream.end(() => {
        timer.cancel()
      })
    } else stream.destroy()
    if (phase.kind === "closing") this.#owner.connectionFinished()
    else this.#owner.connectionLost(error, handshaken)
  }

  /**
   * Releases the connection, and returns its stream, which the caller must end unless it has ended. The owner receives no
   * further events. Calling it again has no effect.
   */
  release(): ByteStream {
    const { pipe } = this.#owner
    this.#enter(CLOSED)
    this.#writer.stop()
    this.#engine.close()
    this.#reader.takeWaiting()
    if (pipe !== undefined) {
      pipe.sink = undefined
      pipe.withdrawPeer()
    }
    return this.#stream
  }

  /** Drops data that was received from a peer that has disconnected. */
  stopDraining(): void {
    if (this.#phase.kind === "draining") this.drop(this.#phase.error)
  }

  #enter(next: Phase): void {
    const phase = this.#phase
    if (!mayEnter(phase.kind, next.kind)) return
    this.#phase = next
    if (phase.kind === "handshaking") phase.end()
    else if (phase.kind === "open") phase.heartbeat?.stop()
  }
}
