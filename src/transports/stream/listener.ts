import type { ByteStream } from "../../core/byte-stream.js"
import type { Counters } from "../../core/counters.js"
import type { SessionPipe, SocketEnd } from "../../core/pipe.js"
import { deadline } from "../../core/deadline.js"
import type { Timer } from "../../core/clock.js"
import { Session, type SessionHost } from "../../core/session.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import { emitLoss, tell } from "./session-events.js"
import { departedPeersExceeded, overLimit } from "./over-limit.js"
import { MAX_HANDSHAKES, UnfinishedHandshakes, type UnfinishedHandshake } from "./unfinished-handshakes.js"
import type { ConnectionSecurity } from "../security/connection-security.js"
import type { Binding, ConnectionHost, TransportOptions } from "../transport.js"

/** A bound server of some kind. */
export interface Server {
  /** Follows a server of the application's, which may listen later than its path is bound. */
  readonly endpoint: string
  /** Calls `task` as soon as the server listens. Without this method, it listens from the start. */
  whenListening?(task: () => void): void
  /** Accepts no more; calls back when the address is free. */
  close(): Promise<void>
}

/**
 * Counts a connection that cannot be spoken over yet; `end` ends it when it is one too many or late, or nobody is bound
 * any more. What is returned is to be called when it can be spoken over, or is gone.
 */
export type Arrive = (end: () => void) => () => void

/** A connection that cannot be spoken over yet. */
interface Arrival extends UnfinishedHandshake {
  /** Ends it, and reports why. */
  lose(error: Error): void
  /** When its time is up, if it has a limit. */
  deadline: Timer | undefined
}

/** What a server calls. It leads to the listener until that has closed: the system keeps what it is given a little longer. */
class Reception {
  constructor(private listener: Listener | undefined) {}

  readonly accept = (stream: ByteStream): void => {
    if (this.listener === undefined) stream.destroy()
    else this.listener.accept(stream)
  }

  readonly acceptFailed = (error: Error): void => {
    this.listener?.acceptFailed(error)
  }

  readonly arrive: Arrive = (end) => {
    if (this.listener === undefined) end()
    else this.listener.arrive(end)
    return () => this.listener?.left(end)
  }

  close(): void {
    this.listener = undefined
  }
}

/** One bound endpoint and the sessions of the connections it has accepted. */
export class Listener implements Binding, SessionHost {
  readonly reception = new Reception(this)
  #server: Server | undefined
  #named: { readonly endpoint: string } = { endpoint: "" }
  /** With the socket's end of the pipe, once there is one. */
  readonly #sessions = new Map<Session, SocketEnd | undefined>()
  /** How many peers that are gone have left messages that were not received yet. */
  #departed = 0
  /** By how they are ended. */
  readonly #arrivals = new Map<() => void, Arrival>()
  readonly #unfinished = new UnfinishedHandshakes<Session | Arrival>()

  private readonly options: TransportOptions

  constructor(
    private readonly host: ConnectionHost,
    options: TransportOptions,
    private readonly security: ConnectionSecurity,
  ) {
    // The side that connects must not wait for the other to say what it is called, or two ROUTERs would.
    this.options = { ...options, rejectionOf: host.rejectionOf }
  }

  listening(server: Server): void {
    this.#server = server
    const announce = (): void => {
      this.host.emit({ type: "bind", address: this.endpoint })
    }
    if (server.whenListening === undefined) {
      // A server that is closed has no address any more.
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

  arrive(end: () => void): void {
    const refusal = this.#findPlace()
    if (refusal !== undefined) {
      end()
      this.acceptFailed(refusal)
      return
    }
    const lose = (error: Error): void => {
      this.left(end)
      end()
      this.acceptFailed(error)
    }
    const { handshakeInterval } = this.options
    const arrival: Arrival = {
      progress: "silent",
      lose,
      deadline:
        handshakeInterval > 0
          ? deadline(this.host.runtime, handshakeInterval, "a peer to say what it wants", lose)
          : undefined,
    }
    this.#arrivals.set(end, arrival)
    this.#unfinished.add(arrival)
    this.#makeRoom()
  }

  /** What had arrived can be spoken over, or is gone. */
  left(end: () => void): void {
    const arrival = this.#arrivals.get(end)
    if (arrival === undefined) return
    this.#arrivals.delete(end)
    this.#unfinished.delete(arrival)
    arrival.deadline?.cancel()
  }

  accept(stream: ByteStream): void {
    const refusal = this.#findPlace()
    if (refusal !== undefined) {
      stream.destroy()
      this.acceptFailed(refusal)
      return
    }
    const session = new Session(this, this.options, this.host.runtime, this.security.heartbeat)
    this.#sessions.set(session, undefined)
    this.#unfinished.add(session)
    this.host.emit({ type: "accept", address: this.endpoint })
    this.#makeRoom()
    session.attach(stream)
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

  authenticate(...[credentials, address, gone, judged]: Parameters<SessionHost["authenticate"]>): void {
    this.security.judge(this.host, this.options, credentials, address, gone, judged)
  }

  sessionReady(session: Session): void {
    this.#unfinished.delete(session)
    if (session.negotiated) this.host.emit({ type: "handshake", address: this.endpoint, peer: session.peer! })
  }

  sessionLost(session: Session, error: Error | undefined, handshaken: boolean, peer?: NetworkPeer): void {
    if (handshaken) tell(session, this.options.disconnectMessage)
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

  /** Accepts no more, nor any that cannot be spoken over yet. Resolves when the address is free. */
  #stop(): Promise<void> | undefined {
    this.reception.close()
    const closed = this.#server?.close()
    for (const end of [...this.#arrivals.keys()]) {
      this.left(end)
      end()
    }
    return closed
  }

  /** The reason why there may not be one more connection, if so. One that has said nothing makes room for it. */
  #findPlace(): Error | undefined {
    this.host.departed.prune()
    if (this.host.departed.full) return departedPeersExceeded()
    const { maxConnections } = this.options
    const count = this.#sessions.size + this.#arrivals.size + this.#departed
    if (maxConnections <= 0 || count < maxConnections) return undefined
    const excess = maxConnectionsReached(maxConnections, this.#departed)
    const silent = this.#unfinished.oldestSilent()
    if (silent === undefined) return excess
    this.#lose(silent, excess)
    return undefined
  }

  #makeRoom(): void {
    if (this.#unfinished.size <= MAX_HANDSHAKES) return
    const expendable = this.#unfinished.expendable()
    if (expendable === undefined) return
    this.#lose(expendable, overLimit("unfinished handshakes", `Over ${MAX_HANDSHAKES} unfinished handshakes`))
  }

  #lose(handshake: Session | Arrival, error: Error): void {
    if (handshake instanceof Session) this.sessionLost(handshake, error, false, handshake.description)
    else handshake.lose(error)
  }
}

function maxConnectionsReached(maxConnections: number, departed: number): Error {
  const left = departed === 0 ? "" : `, ${departed} of them by peers that have left messages that were not received yet`
  return overLimit("maxConnections", `Over ${maxConnections} connections${left}`)
}
