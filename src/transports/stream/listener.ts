import type { ByteStream } from "../../core/connection/byte-stream.js"
import type { Counters } from "../../core/counters.js"
import type { SocketEnd } from "../../core/pipe/pipe-end.js"
import type { SessionPipe } from "../../core/pipe/session-pipe.js"
import { deadline } from "../../core/runtime/deadline.js"
import type { Timer } from "../../core/runtime/clock.js"
import { Session, type SessionHost } from "../../core/connection/session.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import type { ConnectionFeatures } from "../authentication/connection-features.js"
import type { Binding, ConnectionHost, StreamOptions } from "../transport.js"
import { emitLoss, deliverMessage } from "./session-events.js"
import { departedPeersExceeded, overLimit } from "./over-limit.js"
import { MAX_HANDSHAKES, UnfinishedHandshakes, type UnfinishedHandshake } from "./unfinished-handshakes.js"

/** A bound server. */
export interface Server {
  /** The endpoint. It changes with a server of the application, which may start to listen after its path was bound. */
  readonly endpoint: string
  /** Calls `task` when the server is listening. Without this method, the server is already listening. */
  whenListening?(task: () => void): void
  /** Stops accepting connections. Resolves when the address is available again. */
  close(): Promise<void>
}

/**
 * Registers a connection that is not ready for ZMTP, such as the WebSocket handshake. `end` is called to close it if there
 * are too many connections, if it takes too long, or if the endpoint is unbound. Call the returned function when it is
 * ready or closed.
 */
export type TrackPending = (end: () => void) => () => void

/** A connection that is not ready for ZMTP. */
interface PendingConnection extends UnfinishedHandshake {
  /** Closes it, and reports the reason. */
  fail(error: Error): void
  /** Its deadline, if there is a limit. */
  deadline: Timer | undefined
}

/**
 * The callbacks of a server. They stop referencing the listener when it is closed, because the system keeps the
 * callbacks longer.
 */
class ServerCallbacks {
  constructor(private listener: Listener | undefined) {}

  readonly accept = (stream: ByteStream): void => {
    if (this.listener === undefined) stream.destroy()
    else this.listener.accept(stream)
  }

  readonly acceptFailed = (error: Error): void => {
    this.listener?.acceptFailed(error)
  }

  readonly trackPending: TrackPending = (end) => {
    if (this.listener === undefined) end()
    else this.listener.trackPending(end)
    return () => this.listener?.settlePending(end)
  }

  close(): void {
    this.listener = undefined
  }
}

/** One bound endpoint, and the sessions of accepted connections. */
export class Listener implements Binding, SessionHost {
  readonly callbacks = new ServerCallbacks(this)
  #server: Server | undefined
  #named: { readonly endpoint: string } = { endpoint: "" }
  /** Sessions, with the socket's end of the pipe once it exists. */
  readonly #sessions = new Map<Session, SocketEnd | undefined>()
  /** Number of departed peers whose messages were not all received yet. */
  #departed = 0
  /** Connections that are not ready for ZMTP, by the functions that close them. */
  readonly #pending = new Map<() => void, PendingConnection>()
  readonly #unfinished = new UnfinishedHandshakes<Session | PendingConnection>()

  private readonly options: StreamOptions

  constructor(
    private readonly host: ConnectionHost,
    options: StreamOptions,
    private readonly features: ConnectionFeatures,
  ) {
    // Only the side that listens waits for the peer's routing id. If both sides did, two ROUTERs would wait for each
    // other.
    this.options = { ...options, rejectionOf: host.rejectionOf }
  }

  listening(server: Server): void {
    this.#server = server
    const announce = (): void => {
      this.host.emit({ type: "bind", address: this.endpoint })
    }
    if (server.whenListening === undefined) {
      // A closed server no longer has an address, so keep it.
      this.#named = { endpoint: server.endpoint }
      announce()
    } else {
      this.#named = server
      server.whenListening(announce)
    }
  }

  get endpoint(): string {
    return this.#named.endpoint
  }

  trackPending(end: () => void): void {
    const refusal = this.#findPlace()
    if (refusal !== undefined) {
      end()
      this.acceptFailed(refusal)
      return
    }
    const fail = (error: Error): void => {
      this.settlePending(end)
      end()
      this.acceptFailed(error)
    }
    const { handshakeInterval } = this.options
    const pending: PendingConnection = {
      progress: "silent",
      fail,
      deadline:
        handshakeInterval > 0
          ? deadline(this.host.runtime, handshakeInterval, "the WebSocket handshake", fail)
          : undefined,
    }
    this.#pending.set(end, pending)
    this.#unfinished.add(pending)
    this.#makeRoom()
  }

  /** A registered connection is ready, or was closed. */
  settlePending(end: () => void): void {
    const pending = this.#pending.get(end)
    if (pending === undefined) return
    this.#pending.delete(end)
    this.#unfinished.delete(pending)
    pending.deadline?.cancel()
  }

  accept(stream: ByteStream): void {
    const refusal = this.#findPlace()
    if (refusal !== undefined) {
      stream.destroy()
      this.acceptFailed(refusal)
      return
    }
    const session = new Session(this, this.options, this.host.runtime, this.features.heartbeat)
    this.#sessions.set(session, undefined)
    this.#unfinished.add(session)
    this.host.emit({ type: "accept", address: this.endpoint })
    this.#makeRoom()
    session.connectTo(stream)
  }

  acceptFailed(error: Error): void {
    this.host.emit({ type: "accept:error", address: this.endpoint, error })
  }

  async unbind(linger: number): Promise<void> {
    for (const session of [...this.#sessions.keys()]) {
      session.finish()
      session.linger(linger)
    }
    await this.#stop()
    this.host.emit({ type: "close", address: this.endpoint })
  }

  close(linger: number): void {
    void this.#stop()
    this.host.emit({ type: "close", address: this.endpoint })
    for (const session of [...this.#sessions.keys()]) {
      if (session.peer === undefined) session.abort()
      else session.linger(linger)
    }
  }

  get counters(): Counters {
    return this.host.counters
  }

  openPipe(session: Session): SessionPipe {
    return this.host.openPipe(session, undefined, (near) => {
      this.#sessions.set(session, near)
    })
  }

  authenticate(...[credentials, address, gone, done]: Parameters<SessionHost["authenticate"]>): void {
    this.features.authenticate(this.host, this.options, credentials, address, gone, done)
  }

  sessionReady(session: Session): void {
    this.#unfinished.delete(session)
    if (session.negotiated) this.host.emit({ type: "handshake", address: this.endpoint, peer: session.peer! })
  }

  sessionLost(session: Session, error: Error | undefined, handshaken: boolean, peer?: NetworkPeer): void {
    if (handshaken) deliverMessage(session, this.options.disconnectMessage)
    session.abort()
    emitLoss(this.host, this.endpoint, error, handshaken, peer)
  }

  sessionDraining(session: Session): void {
    const pipe = this.#sessions.get(session)
    if (pipe !== undefined) this.host.departed.add(pipe, pipe.queuedBytes)
  }

  sessionEnded(session: Session): void {
    const pipe = this.#sessions.get(session)
    if (pipe !== undefined) this.host.departed.remove(pipe)
    this.#sessions.delete(session)
    this.#unfinished.delete(session)
    if (pipe !== undefined && this.host.departed.add(pipe, pipe.queuedBytes, this.#taken)) this.#departed++
  }

  readonly #taken = (): void => {
    this.#departed--
  }

  /**
   * Stops accepting connections, and closes those that are not ready for ZMTP. Resolves when the address is available
   * again.
   */
  #stop(): Promise<void> | undefined {
    this.callbacks.close()
    const closed = this.#server?.close()
    for (const end of [...this.#pending.keys()]) {
      this.settlePending(end)
      end()
    }
    return closed
  }

  /**
   * The reason to reject another connection, if any. If possible, closes a connection whose peer has sent nothing
   * instead.
   */
  #findPlace(): Error | undefined {
    this.host.departed.prune()
    if (this.host.departed.full) return departedPeersExceeded()
    const { maxConnections } = this.options
    const count = this.#sessions.size + this.#pending.size + this.#departed
    if (maxConnections <= 0 || count < maxConnections) return undefined
    const excess = maxConnectionsReached(maxConnections, this.#departed)
    const silent = this.#unfinished.findOldestSilent()
    if (silent === undefined) return excess
    this.#abortHandshake(silent, excess)
    return undefined
  }

  #makeRoom(): void {
    if (this.#unfinished.size <= MAX_HANDSHAKES) return
    const expendable = this.#unfinished.chooseExpendable()
    if (expendable === undefined) return
    this.#abortHandshake(
      expendable,
      overLimit("unfinished handshakes", `More than ${MAX_HANDSHAKES} unfinished handshakes`),
    )
  }

  #abortHandshake(handshake: Session | PendingConnection, error: Error): void {
    if (handshake instanceof Session) this.sessionLost(handshake, error, false, handshake.description)
    else handshake.fail(error)
  }
}

function maxConnectionsReached(maxConnections: number, departed: number): Error {
  const left = departed === 0 ? "" : `, including ${departed} of departed peers whose messages were not received yet`
  return overLimit("maxConnections", `More than ${maxConnections} connections${left}`)
}
