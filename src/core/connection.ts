import type { Frame, Multipart } from "../zmtp/bytes.js"
import { FRAME_OVERHEAD, MESSAGE_OVERHEAD } from "../zmtp/cost.js"
import type { Engine, VerdictRequest } from "../zmtp/engine.js"
import type { NetworkPeer } from "../zmtp/peer.js"
import { IncompatiblePeerError, RefusedError } from "../zmtp/protocol-error.js"
import type { Verdict } from "../zmtp/handshake/security.js"
import type { ByteStream, ByteStreamOwner } from "./byte-stream.js"
import type { Counters } from "./counters.js"
import { deadline } from "./deadline.js"
import type { Heartbeat, HeartbeatMaker, HeartbeatOptions, HeartbeatOwner } from "./heartbeat.js"
import type { SessionPipe, Sink } from "./pipe.js"
import type { Timer } from "./clock.js"
import type { Runtime } from "./runtime.js"

export interface ConnectionOptions extends HeartbeatOptions {
  /** Longest time from connecting to the end of the handshake, in ms; 0 means no limit (ZMQ_HANDSHAKE_IVL). */
  readonly handshakeInterval: number
  /** First message on every connection; empty for none (ZMQ_HELLO_MSG). */
  readonly helloMessage: Frame
  /** Whether `peerOf` is to know where messages came from. */
  readonly tracePeers: boolean
}

/** What a connection needs from whoever has it: the pipe that it serves, and somebody to tell what happens. */
export interface ConnectionOwner {
  readonly runtime: Runtime
  readonly counters: Counters
  readonly options: ConnectionOptions
  readonly makeHeartbeat: HeartbeatMaker | undefined
  /** The end of the pipe that this connection serves. */
  readonly pipe: SessionPipe | undefined
  /** No more messages will come from the socket: end when everything is written. */
  readonly finishing: boolean
  /** The handshake is complete. Returns the pipe to serve, or `undefined` when the socket takes no more. */
  connectionReady(connection: Connection): SessionPipe | undefined
  /** The peer was announced to the pipe. */
  connectionAnnounced(): void
  /** Closes the pipe: everything it held is written. */
  dropPipe(): void
  /** The connection is gone, and not everything that it brought was read. */
  connectionDraining(): void
  /** The connection is gone, after everything it brought was read. `handshaken`: messages could flow. */
  connectionLost(connection: Connection, error: Error | undefined, handshaken: boolean): void
  /** Everything is written and sent. */
  connectionFinished(connection: Connection): void
  /** Judges the peer and calls `judged` with the verdict, or with the reason why there is none. */
  authenticate(
    request: VerdictRequest,
    address: string,
    gone: () => AbortSignal,
    judged: (verdict: Verdict | Error) => void,
  ): void
}

/**
 * How far a handshake has come: the peer has said nothing; something; all that its verdict depends on. From then on it is
 * being judged.
 */
export type HandshakeProgress = "silent" | "speaking" | "judged"

/** Where a connection stands. Leaving a phase drops everything that belongs to it. */
type Phase =
  | {
      readonly kind: "handshaking"
      progress: HandshakeProgress
      deadline: Timer | undefined
      abort: AbortController | undefined
    }
  | { readonly kind: "open"; readonly heartbeat: Heartbeat | undefined }
  /** The stream is gone; what it brought is still being read. */
  | { readonly kind: "draining"; readonly error: Error | undefined }
  /** Everything is written; the stream is ending. */
  | { readonly kind: "closing" }
  | { readonly kind: "closed" }

/**
 * Why judgements are aborted, for all of them: until its stack is read, an error holds on to everything that was called when
 * it was made, such as a connection that is gone.
 */
const PEER_GONE = /* @__PURE__ */ Object.assign(new Error("The peer is gone"), {
  name: "AbortError",
  code: "ABORT_ERR",
})

const CLOSING: Phase = { kind: "closing" }
const CLOSED: Phase = { kind: "closed" }

/** Where messages came from. Patterns pass on the array that a connection delivered. */
const senders = new WeakMap<Multipart, NetworkPeer>()

/** The peer that `message` came from, if its connection was told to trace peers. */
export function peerOf(message: Multipart): NetworkPeer | undefined {
  return senders.get(message)
}

/** Chunks up to this many bytes are read at once, whatever else waits. */
const SMALL_CHUNK = 4 * 1024

/** Fewer bytes between messages are not counted: a message costs more beside its own bytes. */
const LEAST_SKIPPED = MESSAGE_OVERHEAD + FRAME_OVERHEAD

/** How long a rejected peer may take to read the reason, in ms. */
const GOODBYE = 1000

/** Bytes that are flushed without waiting for the microtasks, so that the kernel can work meanwhile. */
const FLUSH_SIZE = 64 * 1024

/** One byte stream and its engine: moves messages between them and a pipe until the stream ends. */
export class Connection implements Sink, ByteStreamOwner, HeartbeatOwner {
  /** The stream takes no more until it calls `drained`. */
  congested = false
  /** Nothing is read from the stream: the socket is full, or the peer is being judged. */
  paused = false
  /** Known since the handshake. */
  peer: NetworkPeer | undefined
  readonly #owner: ConnectionOwner
  readonly #counters: Counters
  readonly #runtime: Runtime
  readonly #stream: ByteStream
  readonly #engine: Engine
  #phase: Phase = { kind: "handshaking", progress: "silent", deadline: undefined, abort: undefined }
  /** A chunk that arrived while the one before it was not completely read. */
  #waiting: Frame | undefined
  /** A message is being taken from the pipe: what the socket sends meanwhile comes after it. */
  #taking = false
  #flushScheduled = false
  readonly #flush = (): void => {
    this.#flushScheduled = false
    this.flush()
  }

  readonly #readLater = (): void => {
    if (this.#waiting !== undefined) this.readActivated()
  }

  constructor(owner: ConnectionOwner, stream: ByteStream, engine: Engine) {
    this.#owner = owner
    this.#counters = owner.counters
    this.#runtime = owner.runtime
    this.#stream = stream
    this.#engine = engine
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
      this.#fail(error)
      return
    }
    if (engine.state === "traffic") this.#open()
    else {
      this.#limitHandshake()
      if (this.#tryWrite()) this.#requestVerdict()
    }
  }

  /** Drops the connection and returns its stream, which is the caller's to end. Its owner hears nothing more. */
  release(): ByteStream {
    const { pipe } = this.#owner
    if (this.#phase.kind !== "closed") {
      this.#enter(CLOSED)
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
    if (this.#phase.kind === "draining") this.#lose(this.#phase.error)
  }

  /** Ends the connection because of `error`. */
  lose(error: Error): void {
    this.#lose(error)
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
      if (phase.kind === "handshaking" && phase.progress === "silent") phase.progress = "speaking"
      this.#handshake(chunk)
    }
  }

  alive(): void {
    if (this.#phase.kind === "open") this.#phase.heartbeat?.answered()
  }

  drained(): void {
    this.congested = false
    this.flush()
  }

  /** What has arrived is not lost with the stream: it waits for room in the pipe. */
  closed(error: Error | undefined): void {
    if (this.#phase.kind === "open" && this.#hasUnread) {
      this.#enter({ kind: "draining", error })
      this.congested = true
      this.#owner.connectionDraining()
    } else this.#lose(error)
  }

  // HeartbeatOwner

  written(): void {
    this.#tryWrite()
  }

  /** What arrived before is still read. */
  silent(error: Error): void {
    if (this.#phase.kind === "draining") return
    this.#stream.destroy()
    this.closed(error)
  }

  // Messages to the peer

  /** Takes a message without queueing it. */
  accept(message: Multipart): boolean {
    if (this.congested || this.#taking) return false
    const engine = this.#engine
    try {
      engine.write(message)
      if (engine.unsent >= FLUSH_SIZE) this.#write()
      else if (!this.#flushScheduled) this.scheduleFlush()
    } catch (error) {
      this.#failLater(error)
    }
    return true
  }

  scheduleFlush(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    this.#runtime.afterMicrotasks(this.#flush)
  }

  /** Moves messages from the pipe to the stream as far as it takes them. */
  flush(): void {
    if (this.#phase.kind !== "open" && this.#phase.kind !== "draining") return
    const engine = this.#engine
    const owner = this.#owner
    while (!this.congested) {
      this.#taking = true
      const message = owner.pipe?.receive()
      this.#taking = false
      if (message === undefined) break
      try {
        engine.write(message)
        if (engine.unsent >= FLUSH_SIZE) this.#write()
      } catch (error) {
        this.#fail(error)
        return
      }
    }
    if (!this.#tryWrite()) return
    if (owner.finishing && owner.pipe?.readable !== true && engine.unsent === 0) this.#finish()
  }

  /** Hands what the engine has for the peer to the stream. Sealing and copying need memory: what throws ends the connection. */
  #write(): void {
    const { kind } = this.#phase
    if (kind === "draining" || kind === "closed") return
    const engine = this.#engine
    if (!this.congested) engine.heartbeats?.answer()
    const size = engine.unsent
    if (size === 0) return
    this.#counters.bytesOut += size
    const borrowed = engine.borrowed === true
    if (!this.#stream.write(engine.drain(), borrowed)) this.congested = true
  }

  /** False when the connection has failed. */
  #tryWrite(): boolean {
    try {
      this.#write()
      return true
    } catch (error) {
      this.#fail(error)
      return false
    }
  }

  /** For a socket in the middle of a send, perhaps to other peers, too: its pipes stay as they are until that is done. */
  #failLater(error: unknown): void {
    this.congested = true
    this.#runtime.afterMicrotasks(() => {
      this.#fail(error)
    })
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
          this.#fail(error)
          return
        }
        if (message === undefined) break
        if (owner.finishing) continue
        if (tracePeers) senders.set(message, this.peer!)
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
      this.#fail(error)
      return false
    }
  }

  #afterRead(): void {
    const engine = this.#engine
    const phase = this.#phase
    const skipped = engine.takeSkipped?.(LEAST_SKIPPED)
    if (skipped) this.#owner.pipe?.chargeSent?.(skipped)
    if (phase.kind === "draining") {
      if (!this.#hasUnread) this.#lose(phase.error)
      return
    }
    if (phase.kind !== "open") return
    const { heartbeats } = engine
    if (heartbeats !== undefined) {
      const timeToLive = heartbeats.takeTimeToLive()
      if (timeToLive > 0) phase.heartbeat?.promised(timeToLive)
      if (heartbeats.answerDue) this.scheduleFlush()
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

  #limitHandshake(): void {
    const { options } = this.#owner
    if (this.#phase.kind !== "handshaking" || options.handshakeInterval <= 0) return
    // This also applies while nothing is read from the peer: being judged does not buy it time.
    this.#phase.deadline = deadline(this.#runtime, options.handshakeInterval, "the handshake to finish", (error) => {
      this.#lose(error)
    })
  }

  /** Advances the handshake, with `chunk` if more has arrived. */
  #handshake(chunk?: Frame): void {
    let done: boolean
    try {
      if (chunk !== undefined) this.#engine.push(chunk)
      done = this.#engine.handshake()
      this.#write()
    } catch (error) {
      this.#fail(error)
      return
    }
    if (!done) this.#requestVerdict()
    else if (this.#open()) this.#read()
  }

  /** The handshake rests, and nothing is read, until somebody has judged the peer. */
  #requestVerdict(): void {
    const request = this.#engine.verdictRequest
    const phase = this.#phase
    if (request === undefined || phase.kind !== "handshaking") return
    phase.progress = "judged"
    const gone = (): AbortSignal => (phase.abort = new AbortController()).signal
    this.#owner.authenticate(request, this.#stream.peerAddress, gone, (verdict) => {
      if (this.#phase === phase) this.#judged(phase, request, verdict)
    })
  }

  #judged(phase: Phase & { kind: "handshaking" }, request: VerdictRequest, verdict: Verdict | Error): void {
    phase.abort = undefined
    if (verdict instanceof Error) {
      this.#lose(verdict)
      return
    }
    try {
      request.resolve(verdict)
    } catch (error) {
      // The ERROR command tells the peer why it was rejected.
      this.#writeLast()
      this.#lose(error as Error, error instanceof RefusedError)
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
    const pipe = owner.connectionReady(this)
    // Listeners of the handshake event may have closed the socket.
    if (pipe === undefined || !this.#isOpen()) return false
    stream.admit?.()
    const { helloMessage } = owner.options
    if (helloMessage.length > 0) this.accept([helloMessage])
    pipe.announcePeer(this.peer)
    owner.connectionAnnounced()
    if (!this.#isOpen()) return false
    pipe.sink = this
    heartbeat?.start()
    this.flush()
    return true
  }

  #isOpen(): boolean {
    return this.#phase.kind === "open"
  }

  // Endings

  /** Everything is written: close in good order. */
  #finish(): void {
    if (this.#phase.kind === "draining") {
      this.#stream.destroy()
      this.#owner.connectionFinished(this)
      return
    }
    // What the peer still says is not heard any more: it cannot be late, however long it takes to read everything.
    this.#enter(CLOSING)
    this.#owner.dropPipe()
    this.#stream.end(() => {
      this.#owner.connectionFinished(this)
    })
  }

  /**
   * Ends the connection because of what engine or stream have thrown: a fault of the peer, or any other exception that its
   * bytes have led to, such as memory that could not be allocated. No other connection is affected.
   */
  #fail(error: unknown): void {
    if (error instanceof IncompatiblePeerError) this.#writeLast()
    this.#lose(error as Error)
  }

  /** Writes what may tell the peer why its connection ends. */
  #writeLast(): void {
    try {
      this.#write()
    } catch {
      // The connection ends for another reason, which is reported.
    }
  }

  #lose(error: Error | undefined, politely = false): void {
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
    if (phase.kind === "closing") this.#owner.connectionFinished(this)
    else this.#owner.connectionLost(this, error, handshaken)
  }

  #enter(next: Phase): void {
    const phase = this.#phase
    this.#phase = next
    if (phase.kind === "handshaking") {
      phase.deadline?.cancel()
      phase.abort?.abort(PEER_GONE)
    } else if (phase.kind === "open") phase.heartbeat?.stop()
  }
}
