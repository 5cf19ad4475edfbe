import type { Frame, Multipart } from "../zmtp/bytes.js"
import { FRAME_OVERHEAD, MESSAGE_OVERHEAD } from "../zmtp/cost.js"
import type { Engine, VerdictRequest } from "../zmtp/engine.js"
import type { NetworkPeer } from "../zmtp/peer.js"
import { IncompatiblePeerError, RefusedError } from "../zmtp/protocol-error.js"
import type { Verdict } from "../zmtp/handshake/security.js"
import type { ByteStream, ByteStreamOwner } from "./byte-stream.js"
import type { ConnectionOwner } from "./connection-owner.js"
import type { Counters } from "./counters.js"
import type { Heartbeat, HeartbeatOwner } from "./heartbeat.js"
import { tracePeer } from "./peer-trace.js"
import { PendingHandshake, type HandshakeProgress } from "./pending-handshake.js"
import type { Runtime } from "./runtime.js"
import { StreamWriter, type WriterOwner } from "./stream-writer.js"

/** Where a connection stands. Leaving a phase drops everything that belongs to it. */
type Phase =
  | PendingHandshake
  | { readonly kind: "open"; readonly heartbeat: Heartbeat | undefined }
  /** The stream is gone; what it brought is still being read. */
  | { readonly kind: "draining"; readonly error: Error | undefined }
  /** Everything is written; the stream is ending. */
  | { readonly kind: "closing" }
  | { readonly kind: "closed" }

const CLOSING: Phase = { kind: "closing" }
const CLOSED: Phase = { kind: "closed" }

/** Chunks up to this many bytes are read at once, whatever else waits. */
const SMALL_CHUNK = 4 * 1024

/** Fewer bytes between messages are not counted: a message costs more beside its own bytes. */
const LEAST_SKIPPED = MESSAGE_OVERHEAD + FRAME_OVERHEAD

/** How long a rejected peer may take to read the reason, in ms. */
const GOODBYE = 1000

/** One byte stream and its engine, until the stream ends: the handshake, then messages from the peer to a pipe. */
export class Connection implements ByteStreamOwner, HeartbeatOwner, WriterOwner {
  /** Messages to the peer. */
  readonly writer: StreamWriter
  /** Nothing is read from the stream: the socket is full, or the peer is being judged. */
  paused = false
  /** Known since the handshake. */
  peer: NetworkPeer | undefined
  readonly #owner: ConnectionOwner
  readonly #counters: Counters
  readonly #runtime: Runtime
  readonly #stream: ByteStream
  readonly #engine: Engine
  #phase: Phase = new PendingHandshake()
  /** A chunk that arrived while the one before it was not completely read. */
  #waiting: Frame | undefined
  readonly #readLater = (): void => {
    if (this.#waiting !== undefined) this.readActivated()
  }

  constructor(owner: ConnectionOwner, stream: ByteStream, engine: Engine) {
    this.#owner = owner
    this.#counters = owner.counters
    this.#runtime = owner.runtime
    this.#stream = stream
    this.#engine = engine
    this.writer = new StreamWriter(this, owner, stream, engine)
  }

  get congested(): boolean {
    return this.writer.congested
  }

  /** Who is at the other end, as far as it has said so. */
  get description(): NetworkPeer {
    return this.peer ?? Object.freeze({ ...this.#engine.peer, address: this.#stream.peerAddress })
  }

  /** Whether messages can flow, or have flowed and are still being read. */
  get handshaken(): boolean {
    return this.peer !== undefined
  }

  get progress(): HandshakeProgress {
    return this.#phase.kind === "handshaking" ? this.#phase.progress : "judged"
  }

  /** Whether the peer has negotiated a mechanism: those before ZMTP 3.0 and raw streams do not. */
  get negotiated(): boolean {
    const { version } = this.#engine
    return version === "3.0" || version === "3.1"
  }

  /** Begins the handshake. */
  start(): void {
    const engine = this.#engine
    this.#stream.start(this)
    try {
      engine.start()
    } catch (error) {
      this.failed(error)
      return
    }
    if (engine.state === "traffic") this.#open()
    else {
      if (this.#phase.kind === "handshaking") {
        this.#phase.limit(this.#runtime, this.#owner.options.handshakeInterval, (error) => {
          this.lose(error)
        })
      }
      if (this.writer.write()) this.#requestVerdict()
    }
  }

  /** Drops the connection and returns its stream, which is the caller's to end. Its owner hears nothing more. */
  release(): ByteStream {
    const { pipe } = this.#owner
    if (this.#phase.kind !== "closed") {
      this.#enter(CLOSED)
      this.writer.end()
      this.#engine.close()
      this.#waiting = undefined
      if (pipe !== undefined) {
        pipe.sink = undefined
        pipe.withdrawPeer()
      }
    }
    return this.#stream
  }

  /** Drops what a peer that is gone has sent and nobody will read any more. */
  stopDraining(): void {
    if (this.#phase.kind === "draining") this.lose(this.#phase.error)
  }

  // ByteStreamOwner

  requestRoom(): Frame | undefined {
    return this.#engine.requestRoom?.()
  }

  data(chunk: Frame): void {
    const phase = this.#phase
    if (phase.kind === "closing" || phase.kind === "closed") return
    const engine = this.#engine
    this.#counters.bytesIn += chunk.length
    if (phase.kind === "open") phase.heartbeat?.heard()
    if (engine.unread || engine.state === "awaiting-verdict") {
      this.#waiting = chunk
      this.#pause()
      return
    }
    // A chunk that was read in place has to be pushed before the next read.
    if (
      phase.kind === "open" &&
      chunk.length > SMALL_CHUNK &&
      this.#runtime.budget.crowded &&
      engine.gathering !== true
    ) {
      this.#waiting = chunk
      this.#pause()
      this.#runtime.budget.postpone(this.#readLater)
      return
    }
    if (phase.kind === "open") this.#read(chunk)
    else {
      if (phase.kind === "handshaking") phase.heard()
      this.#handshake(chunk)
    }
  }

  alive(): void {
    if (this.#phase.kind === "open") this.#phase.heartbeat?.answered()
  }

  drained(): void {
    this.writer.drained()
  }

  /** What has arrived is not lost with the stream: it waits for room in the pipe. */
  closed(error: Error | undefined): void {
    if (this.#phase.kind === "open" && this.#hasUnread) {
      this.#enter({ kind: "draining", error })
      this.writer.cut()
      this.#owner.connectionDraining()
    } else this.lose(error)
  }

  // HeartbeatOwner

  written(): void {
    this.writer.write()
  }

  /** What arrived before is still read. */
  silent(error: Error): void {
    if (this.#phase.kind === "draining") return
    this.#stream.destroy()
    this.closed(error)
  }

  // Messages from the peer

  /** The socket has room again, or the event loop has turned. */
  readActivated(): void {
    this.#read()
  }

  /** Moves messages from the engine to the pipe as far as it takes them. @param chunk What has just arrived. */
  #read(chunk?: Frame): void {
    if (this.#phase.kind !== "open" && this.#phase.kind !== "draining") return
    const engine = this.#engine
    const owner = this.#owner
    const { pipe } = owner
    const { tracePeers } = owner.options
    if (chunk !== undefined && !this.#push(chunk)) return
    for (;;) {
      while (pipe === undefined || pipe.requestRoom()) {
        let message: Multipart | undefined
        try {
          message = engine.read()
        } catch (error) {
          this.failed(error)
          return
        }
        if (message === undefined) break
        if (owner.finishing) continue
        if (tracePeers) tracePeer(message, this.peer!)
        pipe?.send(message)
      }
      if (engine.unread || this.#waiting === undefined) break
      const waiting = this.#waiting
      this.#waiting = undefined
      if (!this.#push(waiting)) return
    }
    this.#afterRead()
  }

  /** False when the engine has failed: only the library's own code runs in it, and whatever it throws ends this connection. */
  #push(chunk: Frame): boolean {
    try {
      this.#engine.push(chunk)
      return true
    } catch (error) {
      this.failed(error)
      return false
    }
  }

  #afterRead(): void {
    const engine = this.#engine
    const phase = this.#phase
    const skipped = engine.takeSkipped?.(LEAST_SKIPPED)
    if (skipped) this.#owner.pipe?.chargeSent?.(skipped)
    if (phase.kind === "draining") {
      if (!this.#hasUnread) this.lose(phase.error)
      return
    }
    if (phase.kind !== "open") return
    const { heartbeats } = engine
    if (heartbeats !== undefined) {
      const timeToLive = heartbeats.takeTimeToLive()
      if (timeToLive > 0) phase.heartbeat?.promised(timeToLive)
      if (heartbeats.answerDue) this.writer.scheduleFlush()
      // A peer that does not announce PING may have sent one.
      phase.heartbeat?.start()
    }
    if (!engine.unread) this.#resume()
  }

  /** Whether not everything that arrived has been read. */
  get #hasUnread(): boolean {
    return this.#waiting !== undefined || this.#engine.unread
  }

  #pause(): void {
    if (this.paused) return
    this.paused = true
    if (this.#phase.kind === "open") this.#phase.heartbeat?.heard()
    this.#stream.pause()
  }

  #resume(): void {
    if (!this.paused) return
    this.paused = false
    this.#stream.resume()
  }

  // Handshake

  /** Advances the handshake, with `chunk` if more has arrived. */
  #handshake(chunk?: Frame): void {
    let done: boolean
    try {
      if (chunk !== undefined) this.#engine.push(chunk)
      done = this.#engine.handshake()
    } catch (error) {
      this.failed(error)
      return
    }
    if (!this.writer.write()) return
    if (!done) this.#requestVerdict()
    else if (this.#open()) this.#read()
  }

  /** The handshake rests, and nothing is read, until somebody has judged the peer. */
  #requestVerdict(): void {
    const request = this.#engine.verdictRequest
    const phase = this.#phase
    if (request === undefined || phase.kind !== "handshaking") return
    phase.judge(request, this.#stream.peerAddress, this.#owner, (verdict) => {
      this.#judged(request, verdict)
    })
  }

  #judged(request: VerdictRequest, verdict: Verdict | Error): void {
    if (verdict instanceof Error) {
      this.lose(verdict)
      return
    }
    try {
      request.resolve(verdict)
    } catch (error) {
      // The ERROR command tells the peer why it was rejected.
      this.writer.writeLast()
      this.lose(error as Error, error instanceof RefusedError)
      return
    }
    this.#resumeHandshake()
  }

  /** Continues with what arrived meanwhile. */
  #resumeHandshake(): void {
    this.#handshake()
    if (this.#phase.kind === "handshaking" && this.#waiting !== undefined && this.#engine.state === "handshake") {
      const chunk = this.#waiting
      this.#waiting = undefined
      this.#handshake(chunk)
    }
    if (this.#phase.kind === "handshaking" && this.#engine.state === "handshake") this.#resume()
    else if (this.#phase.kind === "open" && !this.#engine.unread) this.#resume()
  }

  /** Messages can flow from now on. False when the socket takes no more, and the connection is gone. */
  #open(): boolean {
    const engine = this.#engine
    const owner = this.#owner
    const stream = this.#stream
    const heartbeat = owner.makeHeartbeat?.(this, engine, stream, owner.options, this.#runtime)
    this.peer = Object.freeze({ ...engine.peer, address: stream.peerAddress })
    this.#enter({ kind: "open", heartbeat })
    this.writer.open()
    const pipe = owner.connectionReady()
    // Listeners of the handshake event may have closed the socket.
    if (pipe === undefined || !this.#isOpen()) return false
    stream.admit?.()
    const { helloMessage } = owner.options
    if (helloMessage.length > 0) this.writer.accept([helloMessage])
    pipe.announcePeer(this.peer)
    owner.connectionAnnounced()
    if (!this.#isOpen()) return false
    pipe.sink = this.writer
    heartbeat?.start()
    this.writer.flush()
    return true
  }

  #isOpen(): boolean {
    return this.#phase.kind === "open"
  }

  // Endings

  // WriterOwner

  /**
   * Ends the connection because of what engine or stream have thrown: a fault of the peer, or any other exception that its
   * bytes have led to, such as memory that could not be allocated. No other connection is affected.
   */
  failed(error: unknown): void {
    if (error instanceof IncompatiblePeerError) this.writer.writeLast()
    this.lose(error as Error)
  }

  /** Closes in good order. */
  finished(): void {
    if (this.#phase.kind === "draining") {
      this.#stream.destroy()
      this.#owner.connectionFinished()
      return
    }
    // What the peer still says is not heard any more: it cannot be late, however long it takes to read everything.
    this.#enter(CLOSING)
    this.writer.end()
    this.#owner.dropPipe()
    this.#stream.end(() => {
      this.#owner.connectionFinished()
    })
  }

  /** Ends the connection. @param politely Lets the peer read what was written before. */
  lose(error: Error | undefined, politely = false): void {
    const phase = this.#phase
    if (phase.kind === "closed") return
    const { handshaken } = this
    const stream = this.release()
    if (politely) {
      const timer = this.#runtime.clock.after(GOODBYE, () => {
        stream.destroy()
      })
      stream.end(() => {
        timer.cancel()
      })
    } else stream.destroy()
    if (phase.kind === "closing") this.#owner.connectionFinished()
    else this.#owner.connectionLost(error, handshaken)
  }

  #enter(next: Phase): void {
    const phase = this.#phase
    this.#phase = next
    if (phase.kind === "handshaking") phase.end()
    else if (phase.kind === "open") phase.heartbeat?.stop()
  }
}
