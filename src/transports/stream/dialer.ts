import { Backoff } from "../../core/backoff.js"
import type { Counters } from "../../core/counters.js"
import type { SessionPipe, SocketEnd } from "../../core/pipe.js"
import type { Timer } from "../../core/clock.js"
import { HangUpError, Session, type SessionHost } from "../../core/session.js"
import { zmqError } from "../../core/errors.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import { ProtocolError, RefusedError } from "../../zmtp/protocol-error.js"
import { DetachableAttempt, type Attempt, type DialDriver } from "./dial-driver.js"
import { emitLoss, tell } from "./session-events.js"
import { departedPeersExceeded } from "./over-limit.js"
import type { ConnectionSecurity } from "../security/connection-security.js"
import { ReconnectStop, type Connection, type ConnectionHost, type TransportOptions } from "../transport.js"

/** What a dialer is doing. */
type Phase =
  /** @param timer Of `connectTimeout`. */
  | { readonly kind: "dialling"; attempt: Attempt | undefined; timer: Timer | undefined }
  | { readonly kind: "connected" }
  /** Until the next attempt. @param rejected The last one failed because of what the peer said. */
  | { readonly kind: "waiting"; readonly timer: Timer; readonly rejected: boolean }
  /** There is no next attempt. */
  | { readonly kind: "idle" }
  | { readonly kind: "ended" }

/** A connection that lasts this long, in ms, has recovered from what was wrong before. */
const STEADY = 30_000

/** Is told how a dialer fares. */
export interface DialWatcher {
  /** A handshake is complete. */
  ready(): void
  /** A connection was lost, and there will be no other. */
  lost(error: Error | undefined): void
}

/** One connected endpoint: a session that gets a new connection whenever it has lost its own. */
export class Dialer implements Connection, SessionHost {
  readonly #options: TransportOptions
  readonly #session: Session
  readonly #backoff: Backoff
  #phase: Phase = { kind: "idle" }
  /** The socket's end of the pipe. */
  #pipe: SocketEnd | undefined
  /** Since `disconnect`: only what was sent before goes on. */
  #lingers = false
  /** How often in a row the peer has closed the connection where it may have rejected this socket. */
  #hangUps = 0
  /** There is no other connection after this one. */
  #final = false
  /** There has been a connection. */
  #connectedBefore = false
  /** Runs while a connection that follows failures has yet to last. */
  #recovery: Timer | undefined
  readonly #unsubscribe: (() => void) | undefined

  /** @throws ZmqError EINVAL when the options of `host` are not enough for the security that they ask for. */
  constructor(
    private readonly driver: DialDriver,
    private readonly address: string,
    private readonly endpoint: string,
    private readonly host: ConnectionHost,
    private readonly routingId: Uint8Array | undefined,
    private readonly ended: () => void,
    /** Without one there is no security, and there are no heartbeats. */
    private readonly security?: ConnectionSecurity,
    private readonly watcher?: DialWatcher,
  ) {
    this.#options = security?.options(host) ?? host.transportOptions()
    security?.check(endpoint, this.#options.security)
    this.#backoff = new Backoff(this.#options.reconnectInterval, this.#options.reconnectMaxInterval)
    this.#session = new Session(this, this.#options, host.runtime, security?.heartbeat)
    if (!this.#options.immediate) {
      const pipe = this.openPipe(this.#session)
      // The socket has refused the pipe, such as a PAIR that has a peer: there is nothing to connect for.
      if (pipe.severed) return
      this.#session.adopt(pipe)
    }
    this.#unsubscribe = driver.whenReachable?.(() => {
      this.#dialNow()
    })
    this.#dial()
  }

  /** The peer; `undefined` while there is none. */
  get peer(): NetworkPeer | undefined {
    return this.#session.peer
  }

  disconnect(linger: number): void {
    this.#leave(linger, this.#stopsOn(ReconnectStop.afterDisconnect))
  }

  /** The peer is gone for good: what was sent goes on over the connection that there is, if there is one, and then ends. */
  retire(linger: number): void {
    this.#leave(linger, true)
  }

  /** @param final Whether there is no other connection. */
  #leave(linger: number, final: boolean): void {
    const session = this.#session
    this.#lingers = true
    this.#final = final
    // Nothing can be waiting: there is no pipe without a connection (`immediate`), or the socket has ended it.
    if (this.#pipe === undefined || session.pipe === undefined) session.abort()
    else {
      this.host.detach(this.#pipe)
      session.linger(linger)
    }
    const phase = this.#phase
    if (phase.kind === "ended") return
    if (phase.kind !== "connected" && final) session.abort()
    else if (phase.kind === "waiting" && phase.rejected) {
      // Whether the peer still rejects this socket decides whether there is anything to linger for.
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

  authenticate(...[credentials, address, gone, judged]: Parameters<SessionHost["authenticate"]>): void {
    this.security!.judge(this.host, this.#options, credentials, address, gone, judged)
  }

  sessionReady(session: Session): void {
    if (this.#backoff.grown) {
      this.#recovery = this.host.runtime.clock.after(STEADY, () => {
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
      tell(session, this.#options.hiccupMessage)
      if (!fault) this.#backoff.reset()
    }
    emitLoss(this.host, this.endpoint, error, handshaken, peer)
    // Listeners may have closed the socket.
    if (this.#isEnded()) return
    const stops =
      (fault && (this.#lingers || this.#stopsOn(ReconnectStop.protocolError))) ||
      // Once may be by chance.
      (this.#hangUps > 1 && this.#lingers) ||
      (!handshaken && this.#stopsOn(ReconnectStop.handshakeFailed)) ||
      this.#final ||
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
    if (!handshaken) this.#distrust()
    this.#retry(error, fault || this.#hangUps > 0, fault || !handshaken)
  }

  sessionEnded(): void {
    const phase = this.#phase
    if (phase.kind === "ended") return
    this.#phase = { kind: "ended" }
    this.#unsubscribe?.()
    this.#recovery?.cancel()
    if (phase.kind === "waiting") phase.timer.cancel()
    else if (phase.kind === "dialling") {
      phase.timer?.cancel()
      phase.attempt?.cancel()
      this.host.emit({ type: "close", address: this.endpoint })
    }
    this.ended()
  }

  /** What failed before may work now. */
  #dialNow(): void {
    const phase = this.#phase
    this.#backoff.reset()
    if (phase.kind !== "waiting") return
    phase.timer.cancel()
    this.#dial()
  }

  #dial(): void {
    const { connectTimeout } = this.#options
    const phase: Phase & { kind: "dialling" } = { kind: "dialling", attempt: undefined, timer: undefined }
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
        else this.#session.attach(stream)
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

  /** There is no connection. @param fault Trying again leads to the same error unless something is changed at either side. */
  #failed(phase: Phase & { kind: "dialling" }, error: Error, fault = false): void {
    phase.timer?.cancel()
    this.#phase = { kind: "idle" }
    this.host.emit({ type: "close", address: this.endpoint, error })
    if (this.#isEnded()) return
    const stops =
      (fault && (this.#lingers || this.#stopsOn(ReconnectStop.protocolError | ReconnectStop.handshakeFailed))) ||
      (isRefused(error) && this.#stopsOn(ReconnectStop.connectionRefused))
    if (stops) {
      this.watcher?.lost(error)
      this.#session.abort()
      return
    }
    if (fault) this.#distrust()
    this.#retry(error, fault, fault || this.driver.backsOff === true)
  }

  /** @param answered Somebody has accepted the connection: trying again costs both sides more. */
  #retry(error: Error | undefined, rejected: boolean, answered: boolean): void {
    const interval = this.#backoff.next(answered)
    // Without a retry the endpoint stays, idle, until it is disconnected.
    if (interval === undefined) return
    this.#phase = {
      kind: "waiting",
      rejected,
      timer: this.host.runtime.clock.after(interval, () => {
        // Only without a connection's pipe can a peer that returns again and again leave more each time.
        if (this.#options.immediate && this.host.departed.full) this.#retry(departedPeersExceeded(), rejected, answered)
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

  /** The socket prefers other peers until a handshake with this one is complete. */
  #distrust(): void {
    if (this.#pipe !== undefined) this.host.peerFailed(this.#pipe)
  }

  #stopsOn(condition: number): boolean {
    return (this.#options.reconnectStop & condition) !== 0
  }

  #isEnded(): boolean {
    return this.#phase.kind === "ended"
  }
}

/** Whether trying again in the same way leads to the same error unless something is changed at either side. */
function isFault(error: Error | undefined): boolean {
  return error instanceof ProtocolError || error instanceof RefusedError
}

/** Whether nobody listens there. */
function isRefused(error: Error): boolean {
  const { code } = error as { code?: string }
  // A path that does not exist.
  return code === "ECONNREFUSED" || code === "ENOENT"
}
