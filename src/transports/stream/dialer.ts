import { Backoff } from "../backoff.js"
import type { Counters } from "../../core/counters.js"
import type { SocketEnd } from "../../core/pipe/pipe-end.js"
import type { SessionPipe } from "../../core/pipe/session-pipe.js"
import type { Timer } from "../../core/runtime/clock.js"
import { Session, type SessionHost } from "../../core/connection/session.js"
import { HangUpError, zmqError } from "../../core/errors.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import { ProtocolError, RefusedError } from "../../zmtp/protocol-error.js"
import type { ConnectionFeatures } from "../authentication/connection-features.js"
import { ReconnectStop, type ConnectedEndpoint, type ConnectionHost, type StreamOptions } from "../transport.js"
import { DetachableAttempt, type Attempt, type DialDriver } from "./dial-driver.js"
import { emitLoss, deliverMessage } from "./session-events.js"
import { departedPeersExceeded } from "./over-limit.js"

/** The state of a dialer. */
type Phase =
  /** Connecting. @param timer Timer of `connectTimeout`. */
  | { readonly kind: "dialing"; attempt: Attempt | undefined; timer: Timer | undefined }
  | { readonly kind: "connected" }
  /** Waiting for the next attempt. @param rejected Whether the last one failed because of the peer's response. */
  | { readonly kind: "waiting"; readonly timer: Timer; readonly rejected: boolean }
  /** No further attempt follows. */
  | { readonly kind: "idle" }
  | { readonly kind: "ended" }

/** Time after which a connection is considered stable, in ms, so that earlier failures no longer count. */
const STABLE_AFTER = 30_000

/** Receives the events of a dialer. */
export interface DialWatcher {
  /** A handshake is complete. */
  ready(): void
  /** A connection was lost, and no other follows. */
  lost(error: Error | undefined): void
}

/** One connected endpoint: a session that gets a new connection whenever the previous one is lost. */
export class Dialer implements ConnectedEndpoint, SessionHost {
  readonly #options: StreamOptions
  readonly #session: Session
  readonly #backoff: Backoff
  #phase: Phase = { kind: "idle" }
  /** The socket's end of the pipe. */
  #pipe: SocketEnd | undefined
  /**
   * Set by `disconnect` and `retire`: only messages that were sent before are delivered, over further connections
   * (`lingering`) or over the current one (`final`).
   */
  #leaving: "lingering" | "final" | undefined
  /**
   * Number of consecutive times that the peer closed the connection during authentication, and may have rejected this
   * socket.
   */
  #hangUps = 0
  /** Whether a connection was established before. */
  #connectedBefore = false
  /** Runs until a connection that follows failures is considered stable. */
  #recovery: Timer | undefined
  readonly #unsubscribe: (() => void) | undefined

  /** @throws ZmqError EINVAL if the options of `host` are incomplete for their mechanism. */
  constructor(
    private readonly driver: DialDriver,
    private readonly address: string,
    private readonly endpoint: string,
    private readonly host: ConnectionHost,
    private readonly routingId: Uint8Array | undefined,
    private readonly ended: () => void,
    /** Default: no security and no heartbeats. */
    private readonly features?: ConnectionFeatures,
    private readonly watcher?: DialWatcher,
  ) {
    const options = host.transportOptions()
    this.#options = features?.secure(endpoint, options) ?? { ...options, security: { mechanism: "NULL" } }
    this.#backoff = new Backoff(this.#options.reconnectInterval, this.#options.reconnectMaxInterval)
    this.#session = new Session(this, this.#options, host.runtime, features?.heartbeat)
    if (!this.#options.immediate) {
      const pipe = this.openPipe(this.#session)
      // The socket has rejected the pipe, such as a PAIR that has a peer.
      if (pipe.finished) return
      this.#session.setPipe(pipe)
    }
    this.#unsubscribe = driver.whenReachable?.(() => {
      this.#dialNow()
    })
    this.#dial()
  }

  /** The connected peer; `undefined` while there is none. */
  get peer(): NetworkPeer | undefined {
    return this.#session.peer
  }

  disconnect(linger: number): void {
    this.#leave(linger, this.#stopsOn(ReconnectStop.afterDisconnect))
  }

  /** The address is no longer valid: queued messages are sent over the current connection, if any, which then ends. */
  retire(linger: number): void {
    this.#leave(linger, true)
  }

  /** @param final Whether no other connection follows. */
  #leave(linger: number, final: boolean): void {
    const session = this.#session
    this.#leaving = final ? "final" : "lingering"
    // A socket in another thread closes its end of the pipe before it disconnects.
    if (session.finishing) session.linger(linger)
    // No messages can be queued: there is no pipe without a connection (`immediate`), or the socket has closed it.
    else if (this.#pipe === undefined || session.pipe === undefined) session.abort()
    else {
      this.host.detach(this.#pipe)
      session.linger(linger)
    }
    const phase = this.#phase
    if (phase.kind === "ended") return
    if (phase.kind !== "connected" && final) session.abort()
    else if (phase.kind === "waiting" && phase.rejected) {
      // Try again now, because lingering is useful only if the peer no longer rejects this socket.
      phase.timer.cancel()
      this.#dial()
    }
  }

  get counters(): Counters {
    return this.host.counters
  }

  openPipe(session: Session): SessionPipe {
    return this.host.openPipe(session, this.routingId, (near) => {
      near.destination = this
      this.#pipe = near
    })
  }

  authenticate(...[credentials, address, gone, done]: Parameters<SessionHost["authenticate"]>): void {
    this.features!.authenticate(this.host, this.#options, credentials, address, gone, done)
  }

  sessionReady(session: Session): void {
    if (this.#backoff.grown) {
      this.#recovery = this.host.runtime.clock.after(STABLE_AFTER, () => {
        this.#backoff.reset()
      })
    }
    if (session.negotiated) this.host.emit({ type: "handshake", address: this.endpoint, peer: session.peer! })
    this.watcher?.ready()
  }

  sessionLost(session: Session, error: Error | undefined, handshaken: boolean, peer?: NetworkPeer): void {
    const fault = isFault(error)
    this.#hangUps = error instanceof HangUpError ? this.#hangUps + 1 : 0
    this.#recovery?.cancel()
    this.#recovery = undefined
    this.#phase = { kind: "idle" }
    if (handshaken) {
      deliverMessage(session, this.#options.hiccupMessage)
      if (!fault) this.#backoff.reset()
    }
    emitLoss(this.host, this.endpoint, error, handshaken, peer)
    // Listeners may have closed the socket.
    if (this.#isEnded()) return
    const stops =
      (fault && (this.#leaving !== undefined || this.#stopsOn(ReconnectStop.protocolError))) ||
      // A single occurrence may be a coincidence.
      (this.#hangUps > 1 && this.#leaving !== undefined) ||
      (!handshaken && this.#stopsOn(ReconnectStop.handshakeFailed)) ||
      this.#leaving === "final" ||
      this.#options.reconnectInterval <= 0 ||
      session.finishing
    if (stops) {
      this.watcher?.lost(error)
      session.abort()
      return
    }
    if (this.#options.immediate) {
      session.dropPipe()
      if (this.#pipe !== undefined) this.host.departed.add(this.#pipe, this.#pipe.queuedBytes)
    }
    if (session.pipe === undefined) this.#pipe = undefined
    if (!handshaken) this.#suspendPeer()
    this.#retry(error, fault || this.#hangUps > 0, fault || !handshaken)
  }

  sessionEnded(): void {
    const phase = this.#phase
    if (phase.kind === "ended") return
    this.#phase = { kind: "ended" }
    this.#unsubscribe?.()
    this.#recovery?.cancel()
    if (phase.kind === "waiting") phase.timer.cancel()
    else if (phase.kind === "dialing") {
      phase.timer?.cancel()
      phase.attempt?.cancel()
      this.host.emit({ type: "close", address: this.endpoint })
    }
    this.ended()
  }

  /** Tries to connect now, because the cause of the last failure may be gone. */
  #dialNow(): void {
    const phase = this.#phase
    this.#backoff.reset()
    if (phase.kind !== "waiting") return
    phase.timer.cancel()
    this.#dial()
  }

  #dial(): void {
    const { connectTimeout } = this.#options
    const phase: Phase & { kind: "dialing" } = { kind: "dialing", attempt: undefined, timer: undefined }
    this.#phase = phase
    if (this.driver.delays) this.host.emit({ type: "connect:delay", address: this.endpoint })
    // Listeners may have closed the socket.
    if (this.#isEnded()) return
    const attempt = new DetachableAttempt(this.driver, this.address, this.#options, {
      connected: (stream) => {
        phase.timer?.cancel()
        this.#phase = { kind: "connected" }
        if (this.#connectedBefore) this.host.counters.reconnects++
        this.#connectedBefore = true
        this.host.emit({ type: "connect", address: this.endpoint })
        if (this.#isEnded()) stream.destroy()
        else this.#session.connectTo(stream)
      },
      failed: (error, answered) => {
        this.#failed(phase, error, answered)
      },
    })
    phase.attempt = attempt
    if (connectTimeout <= 0 || (this.#phase as Phase) !== phase) return
    phase.timer = this.host.runtime.clock.after(connectTimeout, () => {
      attempt.cancel()
      this.#failed(phase, zmqError("ETIMEDOUT", { message: `Not connected after ${connectTimeout} ms` }))
    })
  }

  /**
   * The attempt has failed. @param fault Whether another attempt fails with the same error until the configuration of
   * either side changes.
   */
  #failed(phase: Phase & { kind: "dialing" }, error: Error, fault = false): void {
    phase.timer?.cancel()
    this.#phase = { kind: "idle" }
    this.host.emit({ type: "close", address: this.endpoint, error })
    if (this.#isEnded()) return
    const stops =
      (fault &&
        (this.#leaving !== undefined || this.#stopsOn(ReconnectStop.protocolError | ReconnectStop.handshakeFailed))) ||
      (isRefused(error) && this.#stopsOn(ReconnectStop.connectionRefused))
    if (stops) {
      this.watcher?.lost(error)
      this.#session.abort()
      return
    }
    if (fault) this.#suspendPeer()
    this.#retry(error, fault, fault || this.driver.backsOff === true)
  }

  /** @param grows Whether the delay grows, because each retry costs resources on both sides, or is sure to fail. */
  #retry(error: Error | undefined, rejected: boolean, grows: boolean): void {
    const interval = this.#backoff.next(grows)
    // Without a retry, the endpoint stays idle until it is disconnected.
    if (interval === undefined) return
    this.#phase = {
      kind: "waiting",
      rejected,
      timer: this.host.runtime.clock.after(interval, () => {
        // Only with `immediate` can a peer that reconnects repeatedly leave more queued messages each time.
        if (this.#options.immediate && this.host.departed.full) this.#retry(departedPeersExceeded(), rejected, grows)
        else this.#dial()
      }),
    }
    this.host.emit({
      type: "connect:retry",
      address: this.endpoint,
      interval,
      error: error ?? zmqError("EPIPE", { message: "The peer closed the connection" }),
    })
  }

  /** Makes the socket prefer other peers until a handshake with this one is complete. */
  #suspendPeer(): void {
    if (this.#pipe !== undefined) this.host.peerFailed(this.#pipe)
  }

  #stopsOn(condition: number): boolean {
    return (this.#options.reconnectStop & condition) !== 0
  }

  #isEnded(): boolean {
    return this.#phase.kind === "ended"
  }
}

/** Whether another attempt fails with the same error until the configuration of either side changes. */
function isFault(error: Error | undefined): boolean {
  return error instanceof ProtocolError || error instanceof RefusedError
}

/** Whether no process listens on the address. */
function isRefused(error: Error): boolean {
  const { code } = error as { code?: string }
  // The path does not exist.
  return code === "ECONNREFUSED" || code === "ENOENT"
}
