import { EMPTY, type Multipart } from "../zmtp/bytes.js"
import { sentCommands } from "../zmtp/commands/subscriptions.js"
import type { EngineOptions, VerdictRequest } from "../zmtp/engine.js"
import type { NetworkPeer } from "../zmtp/peer.js"
import type { Verdict } from "../zmtp/handshake/security.js"
import type { ByteStream } from "./byte-stream.js"
import { Connection, type ConnectionOptions, type ConnectionOwner, type HandshakeProgress } from "./connection.js"
import type { Counters } from "./counters.js"
import type { HeartbeatMaker } from "./heartbeat.js"
import type { PipeOwner, SessionPipe } from "./pipe.js"
import type { Timer } from "./clock.js"
import type { Runtime } from "./runtime.js"

export interface SessionOptions extends EngineOptions, ConnectionOptions {
  /** Which changes an empty message announces to the socket, as bits: 1 a peer came, 2 it left (ZMQ_ROUTER_NOTIFY, ZMQ_STREAM_NOTIFY). */
  readonly notifications: number
}

/** Makes connections, and decides what becomes of a session that has lost its own. */
export interface SessionHost {
  /** Where the bytes of its connections are counted. */
  readonly counters: Counters
  /** The session's end of a new pipe to the socket, or `undefined` when the socket takes no more. */
  openPipe(session: Session): SessionPipe | undefined
  /** The handshake is complete. */
  sessionReady(session: Session): void
  /** The connection is gone, and what it brought waits for room in the pipe. */
  sessionDraining?(session: Session): void
  /**
   * The connection is gone, and the session may be given another one.
   * @param handshaken Whether it had been ready.
   * @param peer Who was at its other end, as far as it had said so.
   */
  sessionLost(session: Session, error: Error | undefined, handshaken: boolean, peer?: NetworkPeer): void
  /** The socket has sent `message`, and the session ends without having passed it on. */
  lost(message: Multipart): void
  /** The socket closed the pipe and everything it had sent is written, or the session was told to finish and has. */
  sessionEnded(session: Session): void
  /**
   * Judges the peer and calls `judged` with the verdict, or with the reason why there is none, which ends the
   * connection.
   * @param gone Creates the signal that fires when nobody waits for the verdict any more.
   */
  authenticate(
    request: VerdictRequest,
    address: string,
    gone: () => AbortSignal,
    judged: (verdict: Verdict | Error) => void,
  ): void
}

/** The peer closed the connection where it was to prove itself or to judge this side: it may have rejected its credentials. */
export class HangUpError extends Error {
  override readonly name = "HangUpError"
  readonly code = "EPIPE"

  constructor(mechanism: string) {
    super(`The peer closed the connection during the ${mechanism} handshake, as servers do that reject a client`)
  }
}

const PEER_CAME = 1
const PEER_LEFT = 2

/**
 * One end of a pipe to a socket, served by one connection after the other: `attach` gives it the next one, and the pipe
 * goes on. It ends when the socket is done with it, and lingers until then.
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
  /** The process is kept alive, until the timer fires if there is one. */
  #linger: { timer: Timer | undefined } | undefined

  /** @param makeHeartbeat Without it, there are no heartbeats. */
  constructor(host: SessionHost, options: SessionOptions, runtime: Runtime, makeHeartbeat?: HeartbeatMaker) {
    this.#host = host
    this.counters = host.counters
    this.options = options
    this.runtime = runtime
    this.makeHeartbeat = makeHeartbeat
  }

  /** Known while there is a connection that has finished its handshake. */
  get peer(): NetworkPeer | undefined {
    return this.#connection?.peer
  }

  /** Who is at the other end of the current connection, as far as it has said so. */
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

  /** How far the handshake of the current connection has come. */
  get progress(): HandshakeProgress {
    return this.#connection?.progress ?? "silent"
  }

  /** Gives the session its pipe before it has a connection, so that messages can queue. */
  adopt(pipe: SessionPipe): void {
    this.#pipe = pipe
  }

  /** Gives the session a connection and begins the handshake. */
  attach(stream: ByteStream): void {
    const connection = new Connection(this, stream, stream.protocol(this.options))
    this.#connection = connection
    connection.start()
  }

  /** Closes the pipe of a connection that is gone for good, or whose socket wants no pipe without one. */
  dropPipe(): void {
    const pipe = this.#pipe
    this.#pipe = undefined
    pipe?.close(this.#lost)
  }

  /**
   * Bounds what is left of a session whose socket has closed the pipe, or that was told to finish. The process stays
   * alive meanwhile.
   * @param duration In ms; 0 ends it now, -1 means no limit (ZMQ_LINGER).
   */
  linger(duration: number): void {
    if (this.#state === "ended") return
    if (duration === 0) {
      this.abort()
      return
    }
    if (this.#linger === undefined) {
      this.#linger = { timer: undefined }
      this.runtime.keepAlive.hold()
    }
    this.#linger.timer?.cancel()
    this.#linger.timer = undefined
    this.#connection?.stopDraining()
    if (duration < 0) return
    // A connection that was draining may have ended the session.
    const linger = this.#linger as { timer: Timer | undefined } | undefined
    if (linger === undefined) return
    linger.timer = this.runtime.clock.after(duration, () => {
      this.abort()
    })
  }

  /** Takes no more messages from the peer, writes what the socket has sent so far, then ends. */
  finish(): void {
    if (this.#state !== "active") return
    this.#state = "finishing"
    if (this.#connection?.handshaken === true) this.#connection.flush()
    else this.abort()
  }

  /** Ends at once; what is not written is lost. */
  abort(): void {
    if (this.#state === "ended") return
    const connection = this.#connection
    this.#end()
    connection?.release().destroy()
  }

  // PipeOwner: what the socket does at its end

  readActivated(): void {
    this.#connection?.scheduleFlush()
  }

  writeActivated(): void {
    this.#connection?.readActivated()
  }

  peerReady(): void {
    // The other end is a socket, which is always there.
  }

  /** The socket is gone, and everything it had sent has been taken; or it has expelled the peer. */
  pipeTerminated(pipe: SessionPipe): void {
    this.#pipe = undefined
    if (pipe.expelled !== undefined) {
      this.#connection?.lose(pipe.expelled)
      return
    }
    if (this.#state === "ended") return
    this.#state = "finishing"
    if (this.#connection?.handshaken === true) this.#connection.flush()
    else this.abort()
  }

  // ConnectionOwner

  get finishing(): boolean {
    return this.#state !== "active"
  }

  authenticate(...parameters: Parameters<SessionHost["authenticate"]>): void {
    this.#host.authenticate(...parameters)
  }

  connectionReady(connection: Connection): SessionPipe | undefined {
    try {
      this.#pipe ??= this.#host.openPipe(this)
    } catch (error) {
      // Another peer has taken the routing id that this one was to have.
      connection.lose(error as Error)
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
    this.#notify(PEER_CAME)
  }

  connectionDraining(): void {
    this.#host.sessionDraining?.(this)
  }

  connectionLost(connection: Connection, error: Error | undefined, handshaken: boolean): void {
    this.#connection = undefined
    if (this.#state === "ended") return
    if (handshaken) this.#notify(PEER_LEFT)
    const { mechanism } = this.options.security
    // A server that rejects a client need not say so: libzmq closes the connection when the key of a CURVE client is wrong.
    const hungUp = !handshaken && error === undefined && connection.negotiated && mechanism !== "NULL"
    const cause = hungUp ? new HangUpError(mechanism) : error
    this.#host.sessionLost(this, cause, handshaken, connection.description)
  }

  connectionFinished(connection: Connection): void {
    this.#end()
    connection.release()
  }

  readonly #lost = (message: Multipart): void => {
    // Whoever the socket has next is told its subscriptions again.
    if (sentCommands(this.options.socketType)?.encode(message) === undefined) this.#host.lost(message)
  }

  #notify(occasion: number): void {
    if ((this.options.notifications & occasion) !== 0) this.#pipe?.sendPastMark([EMPTY])
  }

  #end(): void {
    if (this.#state === "ended") return
    this.#state = "ended"
    this.#connection = undefined
    this.dropPipe()
    if (this.#linger !== undefined) {
      this.#linger.timer?.cancel()
      this.#linger = undefined
      this.runtime.keepAlive.release()
    }
    this.#host.sessionEnded(this)
  }
}
