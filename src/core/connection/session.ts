import { EMPTY, type Frame } from "../../zmtp/bytes.js"
import type { EngineOptions } from "../../zmtp/engine.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import type { Counters } from "../counters.js"
import { HangUpError } from "../errors.js"
import type { PipeOwner } from "../pipe/pipe.js"
import type { SessionPipe } from "../pipe/session-pipe.js"
import type { Timer } from "../runtime/clock.js"
import type { Runtime } from "../runtime/runtime.js"
import type { ByteStream } from "./byte-stream.js"
import { Connection } from "./connection.js"
import type { ConnectionOptions, ConnectionOwner, PeerAuthenticator } from "./connection-owner.js"
import type { HeartbeatMaker } from "./heartbeat.js"
import { Notifier, NOTIFY_CONNECT, NOTIFY_DISCONNECT, type Occasion } from "./notifier.js"
import type { HandshakeProgress } from "./pending-handshake.js"

export interface SessionOptions extends EngineOptions, ConnectionOptions {
  /**
   * Events for which the socket receives an empty message: `NOTIFY_CONNECT`, `NOTIFY_DISCONNECT`, or both
   * (ZMQ_ROUTER_NOTIFY, ZMQ_STREAM_NOTIFY).
   */
  readonly notifications: number
}

/** Creates connections, and decides what happens to a session that has lost its connection. */
export interface SessionHost extends PeerAuthenticator {
  /** Counts the bytes of its connections. */
  readonly counters: Counters
  /** Returns the session's end of a new pipe to the socket, or `undefined` if the socket accepts no more pipes. */
  openPipe(session: Session): SessionPipe | undefined
  /** The handshake is complete. */
  sessionReady(session: Session): void
  /** The connection is closed, and data that was received from it is waiting for room in the pipe. */
  sessionDraining?(session: Session): void
  /**
   * The connection is lost. The session may be given another one.
   * @param handshaken Whether the handshake was complete.
   * @param peer Describes the peer, as far as it is known.
   */
  sessionLost(session: Session, error: Error | undefined, handshaken: boolean, peer?: NetworkPeer): void
  /**
   * The session has ended: it has written everything, after the socket closed the pipe or `finish` was called, or it was
   * aborted, and unwritten messages are lost.
   */
  sessionEnded(session: Session): void
}

/**
 * One end of a pipe to a socket, which consecutive connections serve: `connectTo` begins the next one, and the pipe
 * stays the same. The session ends when the socket has closed the pipe and either everything is written or the linger
 * period is over.
 */
export class Session implements PipeOwner, ConnectionOwner {
  readonly runtime: Runtime
  readonly counters: Counters
  readonly options: SessionOptions
  readonly makeHeartbeat: HeartbeatMaker | undefined
  readonly #host: SessionHost
  #state: "active" | "finishing" | "ended" = "active"
  #pipe: SessionPipe | undefined
  #connection: Connection | undefined
  /** Created for the first notification. */
  #notifier: Notifier | undefined
  /**
   * Set while the session lingers. The process is kept alive until the timer fires, or until the session ends if there
   * is no timer.
   */
  #linger: { readonly timer: Timer | undefined } | undefined

  /** @param makeHeartbeat Creates heartbeats. Default: none. */
  constructor(host: SessionHost, options: SessionOptions, runtime: Runtime, makeHeartbeat?: HeartbeatMaker) {
    this.#host = host
    this.counters = host.counters
    this.options = options
    this.runtime = runtime
    this.makeHeartbeat = makeHeartbeat
  }

  /** The peer of the current connection, if its handshake is complete. */
  get peer(): NetworkPeer | undefined {
    return this.#connection?.peer
  }

  /** Describes the peer of the current connection, as far as it is known. */
  get description(): NetworkPeer | undefined {
    return this.#connection?.description
  }

  get pipe(): SessionPipe | undefined {
    return this.#pipe
  }

  /** Whether the current connection has negotiated a mechanism. */
  get negotiated(): boolean {
    return this.#connection?.negotiated === true
  }

  /** Progress of the current connection's handshake. */
  get progress(): HandshakeProgress {
    return this.#connection?.progress ?? "silent"
  }

  /** Sets the pipe before there is a connection, so that messages can be queued. */
  setPipe(pipe: SessionPipe): void {
    this.#pipe = pipe
  }

  /** Begins a connection over `stream`, with its handshake. The previous connection has ended. */
  connectTo(stream: ByteStream): void {
    const connection = new Connection(this, stream, stream.protocol(this.options))
    this.#connection = connection
    connection.start()
  }

  /** Closes the pipe, if there is one. The socket can no longer send to this peer, but can receive what has arrived. */
  dropPipe(): void {
    const pipe = this.#pipe
    if (pipe === undefined) return
    this.#pipe = undefined
    this.#notifier?.finish(pipe)
    pipe.sink = undefined
    pipe.close()
  }

  /** Delivers `message` to the application as if the peer had sent it. */
  notify(occasion: Occasion, message: Frame): void {
    if (this.#pipe === undefined) return
    this.#notifier ??= new Notifier()
    this.#notifier.notify(this.#pipe, occasion, [message])
  }

  /**
   * Limits the remaining lifetime of a session whose socket has closed the pipe, or after `finish`. The process stays
   * alive in the meantime.
   * @param duration In ms; 0 ends the session immediately, -1 means no limit (ZMQ_LINGER).
   */
  linger(duration: number): void {
    if (duration === 0) {
      this.abort()
      return
    }
    // Ending a connection that is draining may end the session.
    this.#connection?.stopDraining()
    if (this.#state === "ended") return
    if (this.#linger === undefined) this.runtime.keepAlive.hold()
    else this.#linger.timer?.cancel()
    const abort = (): void => {
      this.abort()
    }
    this.#linger = { timer: duration < 0 ? undefined : this.runtime.clock.after(duration, abort) }
  }

  /** Writes what the socket has sent so far, then ends. Messages that arrive in the meantime are dropped. */
  finish(): void {
    if (this.#state === "active") this.#writeRest()
  }

  /** Ends the session immediately. Unwritten messages are lost. */
  abort(): void {
    const connection = this.#connection
    this.#end()
    connection?.release().destroy()
  }

  // PipeOwner: events from the socket

  readActivated(): void {
    this.#connection?.scheduleFlush()
  }

  writeActivated(pipe: SessionPipe): void {
    this.#notifier?.roomAvailable(pipe)
    this.#connection?.continueReading()
  }

  peerReady(): void {
    // A socket is always ready.
  }

  /** The socket has closed the pipe, and everything it had sent was taken; or it has evicted the peer. */
  pipeTerminated(pipe: SessionPipe): void {
    this.#pipe = undefined
    // Otherwise, a closed socket that the application still references would keep the connection and its last data in memory.
    pipe.sink = undefined
    if (pipe.expelled !== undefined) {
      this.#connection?.drop(pipe.expelled)
      return
    }
    if (this.#state !== "ended") this.#writeRest()
  }

  // ConnectionOwner

  get finishing(): boolean {
    return this.#state !== "active"
  }

  authenticate(...parameters: Parameters<SessionHost["authenticate"]>): void {
    this.#host.authenticate(...parameters)
  }

  connectionReady(): SessionPipe | undefined {
    try {
      this.#pipe ??= this.#host.openPipe(this)
    } catch (error) {
      // Another peer has taken the same routing id in the meantime.
      this.#connection?.drop(error as Error)
      return undefined
    }
    if (this.#pipe === undefined) {
      this.abort()
      return undefined
    }
    this.#host.sessionReady(this)
    return this.#pipe
  }

  connectionAnnounced(): void {
    this.#announce("came")
  }

  connectionDraining(): void {
    this.#host.sessionDraining?.(this)
  }

  connectionLost(error: Error | undefined, handshaken: boolean): void {
    const connection = this.#connection
    this.#connection = undefined
    if (connection === undefined) return
    if (handshaken) this.#announce("left")
    const { mechanism } = this.options.security
    // A server may reject a client without an error: libzmq closes the connection if the key of a CURVE client is
    // wrong.
    const hungUp = !handshaken && error === undefined && connection.negotiated && mechanism !== "NULL"
    const cause = hungUp ? new HangUpError(mechanism) : error
    this.#host.sessionLost(this, cause, handshaken, connection.description)
  }

  connectionFinished(): void {
    const connection = this.#connection
    this.#end()
    connection?.release()
  }

  /** Writes what the socket has sent, and then ends. Without a connection that is complete, it ends immediately. */
  #writeRest(): void {
    this.#state = "finishing"
    if (this.#connection?.handshaken === true) this.#connection.flush()
    else this.abort()
  }

  #announce(occasion: "came" | "left"): void {
    const bit = occasion === "came" ? NOTIFY_CONNECT : NOTIFY_DISCONNECT
    if ((this.options.notifications & bit) !== 0) this.notify(occasion, EMPTY)
  }

  #end(): void {
    if (this.#state === "ended") return
    this.#state = "ended"
    this.#connection = undefined
    this.dropPipe()
    if (this.#linger !== undefined) {
      this.#linger.timer?.cancel()
      this.runtime.keepAlive.release()
    }
    this.#host.sessionEnded(this)
  }
}
