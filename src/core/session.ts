import { EMPTY, type Frame, type Message } from "../zmtp/bytes.js"
import type { Credentials, EngineOptions } from "../zmtp/engine.js"
import type { NetworkPeer } from "../zmtp/peer.js"
import type { AnyEngine } from "../zmtp/protocol.js"
import { ProtocolError, RefusedError } from "../zmtp/protocol-error.js"
import type { Verdict } from "../zmtp/security.js"
import type { ByteStream, ByteStreamOwner } from "./byte-stream.js"
import type { Counters } from "./counters.js"
import { crowded, postpone } from "./budget.js"
import { deadline } from "./deadline.js"
import type { Heartbeat, HeartbeatMaker, HeartbeatOptions, HeartbeatOwner } from "./heartbeat.js"
import type { Pipe, PipeOwner, Sink } from "./pipe.js"
import { afterMicrotasks, holdProcess, releaseProcess, type Clock, type Timer } from "./platform.js"

export interface SessionOptions extends EngineOptions, HeartbeatOptions {
  /** Longest time from connecting to the end of the handshake, in ms; 0 means no limit (ZMQ_HANDSHAKE_IVL). */
  readonly handshakeInterval: number
  /** First message on every connection; empty for none (ZMQ_HELLO_MSG). */
  readonly helloMessage: Frame
  /** Which an empty message tells the socket of, as bits: 1 a peer is there, 2 it is gone (ZMQ_ROUTER_NOTIFY, ZMQ_STREAM_NOTIFY). */
  readonly notifications: number
  /** Whether `peerOf` is to know where messages came from. */
  readonly tracePeers: boolean
}

/** Makes connections, and decides what becomes of a session that has lost its own. */
export interface SessionHost {
  /** Where the bytes of its connections are counted. */
  readonly counters: Counters
  /** The session's end of a new pipe to the socket, or `undefined` when the socket takes no more. */
  openPipe(session: Session): Pipe | undefined
  /** The handshake is complete. */
  sessionReady(session: Session): void
  /**
   * The connection is gone. `handshaken` tells whether it had been ready. After a fault of the peer's
   * (`ProtocolError`, `RefusedError`) the session must not be given another connection.
   */
  sessionLost(session: Session, error: Error | undefined, handshaken: boolean): void
  /**
   * Judges the peer, and tells `judged` the verdict, or why there is none, which ends the connection.
   * @param gone Nobody waits for the verdict any more.
   */
  authenticate(
    credentials: Credentials,
    address: string,
    gone: () => AbortSignal,
    judged: (verdict: Verdict | Error) => void,
  ): void
  /** The socket closed the pipe and everything it had sent is written; or the session was told to finish, and has. */
  sessionEnded(session: Session): void
}

const PEER_CAME = 1
const PEER_LEFT = 2

/** Where messages came from. Patterns hand on the array that came. */
const senders = new WeakMap<Message, NetworkPeer>()

/** The peer that `message` came from, if its session was told to trace peers. */
export function peerOf(message: Message): NetworkPeer | undefined {
  return senders.get(message)
}

/** Chunks up to this many bytes are read at once, whatever else waits. */
const LITTLE = 4 * 1024

/** How long a peer that was refused may take to read why, in ms. */
const GOODBYE = 1000

/** Flush without waiting for the microtasks once this many bytes are pending: the kernel can work meanwhile. */
const FLUSH_SIZE = 64 * 1024

/**
 * Carries messages between a pipe and a connection: the only thing that touches both bytes and pipes. It survives the
 * loss of its connection: `attach` gives it the next one, and the pipe goes on.
 */
export class Session implements PipeOwner, Sink, ByteStreamOwner, HeartbeatOwner {
  readonly #host: SessionHost
  readonly #counters: Counters
  readonly #clock: Clock
  readonly #options: SessionOptions
  readonly #makeHeartbeat: HeartbeatMaker | undefined
  #pipe: Pipe | undefined
  #stream: ByteStream | undefined
  #engine: AnyEngine | undefined
  #peer: NetworkPeer | undefined
  /** Is told when the connection goes while its peer is judged. */
  #judging: AbortController | undefined
  #flushBooked = false
  /** The stream takes no more until it says `drained`. */
  congested = false
  /** A message is being taken from the pipe: what the socket sends meanwhile comes after it. */
  #taking = false
  paused = false
  /** A chunk that came while the one before was not read to its end. */
  #waiting: Frame | undefined
  /** No more messages will come from the socket: end the connection when all are written. */
  #finishing = false
  /** Everything is handed to the stream, which is closing. */
  #leaving = false
  /** The stream is closed, but not all that came before is read: the socket is full. */
  #closed: { readonly error: Error | undefined } | undefined
  #ended = false
  #holding = false
  #lingerTimer: Timer | undefined
  #handshakeTimer: Timer | undefined
  /** Of the connection, where there are any. */
  #heartbeat: Heartbeat | undefined
  readonly #flush = (): void => {
    this.#flushBooked = false
    this.flush()
  }

  readonly #readLater = (): void => {
    if (this.#waiting !== undefined) this.writeActivated()
  }

  /** @param makeHeartbeat Without it there are none. */
  constructor(host: SessionHost, options: SessionOptions, clock: Clock, makeHeartbeat?: HeartbeatMaker) {
    this.#host = host
    this.#counters = host.counters
    this.#options = options
    this.#clock = clock
    this.#makeHeartbeat = makeHeartbeat
  }

  /** Known while a handshaken connection is there. */
  get peer(): NetworkPeer | undefined {
    return this.#engine?.ready === true ? this.#peer : undefined
  }

  get pipe(): Pipe | undefined {
    return this.#pipe
  }

  /** Whether its connections begin with a handshake to speak of. */
  get handshakes(): boolean {
    return this.#engine?.handshakes === true
  }

  /** Gives the session its pipe before it has a connection, so that messages can queue. */
  adopt(pipe: Pipe): void {
    this.#pipe = pipe
  }

  /** Gives the session a connection and begins the handshake. */
  attach(stream: ByteStream): void {
    this.#stream = stream
    const engine = stream.protocol(this.#options)
    this.#engine = engine
    this.congested = this.paused = false
    this.#waiting = undefined
    const { handshakeInterval } = this.#options
    this.#heartbeat = this.#makeHeartbeat?.(this, engine, stream, this.#options, this.#clock)
    if (engine.ready) this.#becomeReady(engine)
    else if (handshakeInterval > 0) {
      // Also of a peer that is not read from: it is us who judges it then, and what it has sent before its turn gives it
      // no more time.
      this.#handshakeTimer = deadline(this.#clock, handshakeInterval, "the handshake to finish", (error) => {
        this.#lose(error)
      })
    }
    this.#write()
    if (engine.credentials !== undefined) this.#authenticate(engine, engine.credentials)
  }

  /** Closes the pipe of a connection that is gone for good or whose socket wants no pipe without one. */
  dropPipe(): void {
    this.#pipe?.close()
    this.#pipe = undefined
  }

  /**
   * Bounds what is left of a session whose socket has closed the pipe, or that was told to finish.
   * @param duration In ms; 0 means it ends now, -1 no limit (ZMQ_LINGER). The process stays alive meanwhile.
   */
  linger(duration: number): void {
    if (this.#ended) return
    if (duration === 0) {
      this.abort()
      return
    }
    if (!this.#holding) {
      this.#holding = true
      holdProcess()
    }
    this.#lingerTimer?.cancel()
    // Nobody reads any more what came before the connection closed.
    if (this.#closed !== undefined) this.#lose(this.#closed.error)
    if (duration < 0) return
    this.#lingerTimer = this.#clock.after(duration, () => {
      this.abort()
    })
  }

  /** Takes no more messages from the peer, writes what the socket has sent so far, then ends. */
  finish(): void {
    if (this.#ended || this.#finishing) return
    this.#finishing = true
    if (this.#engine?.ready === true) this.flush()
    else this.abort()
  }

  /** Ends at once; what is not written is lost. */
  abort(): void {
    if (this.#ended) return
    this.#end()
    const stream = this.#release()
    stream?.destroy()
  }

  // ByteStreamOwner

  room(): Frame | undefined {
    return this.#engine?.room
  }

  data(chunk: Frame): void {
    const engine = this.#engine
    if (engine === undefined || this.#leaving) return
    this.#counters.bytesIn += chunk.length
    this.#heartbeat?.heard()
    if (engine.pending || engine.credentials !== undefined) {
      // The socket is full and has left part of the last chunk, or the peer is being judged.
      this.#waiting = chunk
      this.#pause()
      return
    }
    // What was read to where it belongs has to be taken in before more is read.
    if (engine.ready && chunk.length > LITTLE && crowded() && engine.room === undefined) {
      this.#waiting = chunk
      this.#pause()
      postpone(this.#readLater)
      return
    }
    try {
      engine.push(chunk)
      if (engine.ready) this.#read()
      else this.#shakeHands(engine)
    } catch (error) {
      this.#fail(error)
    }
  }

  #shakeHands(engine: AnyEngine): void {
    const done = engine.handshake()
    this.#write()
    if (done) {
      this.#becomeReady(engine)
      this.#read()
    } else if (engine.credentials !== undefined) this.#authenticate(engine, engine.credentials)
  }

  /** The handshake rests, and nothing is read, until somebody has judged the peer. */
  #authenticate(engine: AnyEngine, credentials: Credentials): void {
    const gone = (): AbortSignal => (this.#judging = new AbortController()).signal
    this.#host.authenticate(credentials, this.#stream?.peerAddress ?? "", gone, (verdict) => {
      if (this.#engine === engine) this.#judged(engine, verdict)
    })
  }

  #judged(engine: AnyEngine, verdict: Verdict | Error): void {
    this.#judging = undefined
    if (verdict instanceof Error) {
      this.#lose(verdict)
      return
    }
    try {
      engine.authorize(verdict)
      this.#goOn(engine)
    } catch (error) {
      this.#write()
      if (error instanceof RefusedError) this.#lose(error, true)
      else this.#fail(error)
    }
  }

  /** Takes up what came meanwhile. */
  #goOn(engine: AnyEngine): void {
    this.#shakeHands(engine)
    if (this.#engine === engine && !engine.ready && this.#waiting !== undefined && engine.credentials === undefined) {
      engine.push(this.#waiting)
      this.#waiting = undefined
      this.#shakeHands(engine)
    }
    if (this.#engine === engine && !engine.pending && this.paused) {
      this.paused = false
      this.#stream?.resume()
    }
  }

  alive(): void {
    this.#heartbeat?.answered()
  }

  drained(): void {
    this.congested = false
    this.flush()
  }

  /** What has arrived is not lost with the connection: it waits for room in the pipe. */
  closed(error: Error | undefined): void {
    if (this.#engine?.ready === true && this.#unread && !this.#leaving) {
      this.#closed = { error }
      this.congested = true
    } else this.#lose(error)
  }

  // PipeOwner: what the socket does at its end

  readActivated(): void {
    this.#book()
  }

  /** The socket has room again for what we have from the peer. */
  writeActivated(): void {
    try {
      this.#read()
    } catch (error) {
      this.#fail(error)
    }
  }

  peerReady(): void {
    // The other end is a socket, always there.
  }

  /** The socket is gone; all it had sent has been taken. Or it has turned the peer away. */
  pipeTerminated(pipe: Pipe): void {
    this.#pipe = undefined
    if (pipe.expelled !== undefined) {
      this.#lose(pipe.expelled)
      return
    }
    this.#finishing = true
    if (this.#engine?.ready === true) this.flush()
    else this.abort()
  }

  // Sink: messages that need not wait in the pipe

  accept(message: Message): boolean {
    const engine = this.#engine
    if (engine === undefined || this.congested || this.#taking || !engine.ready) return false
    engine.write(message)
    if (engine.outbox.size >= FLUSH_SIZE) this.#write()
    else if (!this.#flushBooked) this.#book()
    return true
  }

  /** Moves messages from the pipe to the connection as far as this takes them. */
  flush(): void {
    const engine = this.#engine
    if (engine?.ready !== true) return
    while (!this.congested) {
      this.#taking = true
      const message = this.#pipe?.receive()
      this.#taking = false
      if (message === undefined) break
      engine.write(message)
      if (engine.outbox.size >= FLUSH_SIZE) this.#write()
    }
    this.#write()
    if (this.#finishing && this.#pipe?.readable !== true && engine.outbox.size === 0) this.#leave()
  }

  #book(): void {
    if (this.#flushBooked) return
    this.#flushBooked = true
    afterMicrotasks(this.#flush)
  }

  /** Hands what the engine has for the peer to the stream. */
  #write(): void {
    const engine = this.#engine
    if (engine === undefined || this.#stream === undefined || this.#closed !== undefined) return
    if (!this.congested) engine.answerPing()
    if (engine.outbox.size === 0) return
    const { size, borrowed } = engine.outbox
    this.#counters.bytesOut += size
    if (!this.#stream.write(engine.outbox.drain(), borrowed)) this.congested = true
  }

  /** Moves messages from the connection to the pipe as far as this takes them. */
  #read(): void {
    const engine = this.#engine
    const pipe = this.#pipe
    if (engine === undefined) return
    for (;;) {
      while (pipe === undefined || pipe.writable) {
        const message = engine.read()
        if (message === undefined) break
        if (this.#finishing) continue
        if (this.#options.tracePeers) senders.set(message, this.#peer!)
        pipe?.send(message)
      }
      if (engine.peerTimeToLive > 0) this.#heartbeat?.promised()
      if (engine.pending || this.#waiting === undefined) break
      engine.push(this.#waiting)
      this.#waiting = undefined
    }
    if (this.#closed !== undefined) {
      if (!this.#unread) this.#lose(this.#closed.error)
      return
    }
    if (engine.pingReceived) this.#book()
    if (this.paused && !engine.pending) {
      this.paused = false
      this.#stream?.resume()
    }
  }

  /** Whether not all that has come is read. */
  get #unread(): boolean {
    return this.#waiting !== undefined || this.#engine?.pending === true
  }

  #pause(): void {
    if (this.paused) return
    this.paused = true
    this.#heartbeat?.heard()
    this.#stream?.pause()
  }

  #becomeReady(engine: AnyEngine): void {
    this.#handshakeTimer?.cancel()
    this.#handshakeTimer = undefined
    try {
      this.#pipe ??= this.#host.openPipe(this)
    } catch (error) {
      // Another peer has taken the name that this one was to have.
      this.#lose(error as Error)
      return
    }
    const pipe = this.#pipe
    if (pipe === undefined) {
      this.abort()
      return
    }
    this.#peer = Object.freeze({ ...engine.peer, address: this.#stream?.peerAddress ?? "" })
    this.#stream?.admit?.()
    this.#host.sessionReady(this)
    const { helloMessage } = this.#options
    if (helloMessage.length > 0) engine.write([helloMessage])
    pipe.announcePeer(this.#peer)
    this.#notify(PEER_CAME)
    pipe.sink = this
    this.#heartbeat?.start()
    this.flush()
  }

  // HeartbeatOwner

  written(): void {
    this.#write()
  }

  /** What has arrived before is still to be read. */
  silent(error: Error): void {
    if (this.#closed !== undefined) return
    this.#stream?.destroy()
    this.closed(error)
  }

  // Endings

  /** Everything is written: close in good order. */
  #leave(): void {
    if (this.#leaving || this.#stream === undefined) return
    if (this.#closed !== undefined) {
      this.abort()
      return
    }
    this.#leaving = true
    // What the peer still says is not heard any more: it is not late, however long it takes to read all that is written.
    this.#heartbeat?.stop()
    this.#heartbeat = undefined
    this.dropPipe()
    this.#stream.end(() => {
      this.#end()
      this.#release()
    })
  }

  #fail(error: unknown): void {
    if (!(error instanceof ProtocolError || error instanceof RefusedError)) throw error
    // The peer is to see from our greeting why this ends.
    if (error instanceof ProtocolError && error.code === "ERR_ZMTP_MECHANISM_MISMATCH") this.#write()
    this.#lose(error)
  }

  /** @param politely What is written is still to reach the peer. */
  #lose(error: Error | undefined, politely = false): void {
    if (this.#ended) return
    const handshaken = this.#engine?.ready === true
    const stream = this.#release()
    if (stream === undefined) return
    if (politely) {
      const timer = this.#clock.after(GOODBYE, () => {
        stream.destroy()
      })
      stream.end(() => {
        timer.cancel()
      })
    } else stream.destroy()
    if (this.#leaving) {
      this.#end()
      return
    }
    if (handshaken) this.#notify(PEER_LEFT)
    this.#host.sessionLost(this, error, handshaken)
  }

  #notify(occasion: number): void {
    if ((this.#options.notifications & occasion) !== 0) this.#pipe?.sendPastMark([EMPTY])
  }

  /** Nothing belongs to the connection any more; returns it. */
  #release(): ByteStream | undefined {
    const stream = this.#stream
    this.#stream = undefined
    this.#engine?.dispose()
    this.#engine = undefined
    this.#peer = undefined
    this.#judging?.abort()
    this.#judging = undefined
    this.#waiting = undefined
    this.#closed = undefined
    if (this.#pipe !== undefined) {
      this.#pipe.sink = undefined
      this.#pipe.withdrawPeer()
    }
    this.#handshakeTimer?.cancel()
    this.#handshakeTimer = undefined
    this.#heartbeat?.stop()
    this.#heartbeat = undefined
    return stream
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.dropPipe()
    this.#lingerTimer?.cancel()
    if (this.#holding) releaseProcess()
    this.#host.sessionEnded(this)
  }
}
