import { Backoff } from "../../core/backoff.js"
import type { ByteStream } from "../../core/byte-stream.js"
import type { Counters } from "../../core/counters.js"
import { LocalPipe } from "../../core/local-pipe.js"
import type { Pipe } from "../../core/pipe.js"
import type { Timer } from "../../core/clock.js"
import { Session, type SessionHost } from "../../core/session.js"
import type { Frame } from "../../zmtp/bytes.js"
import { ProtocolError, RefusedError } from "../../zmtp/protocol-error.js"
import type { ConnectionSecurity } from "../security/connection-security.js"
import type { Connection, TransportHost, TransportOptions } from "../transport.js"

/** An attempt to connect. */
export interface Attempt {
  cancel(): void
}

/** How connections are made. */
export interface DialDriver {
  /** Whether attempts take time, so that `connect:delay` is told. */
  readonly delays: boolean
  /** @throws ZmqError EINVAL when `address` is malformed. */
  check(address: string): void
  dial(
    address: string,
    options: TransportOptions,
    connected: (stream: ByteStream) => void,
    failed: (error: Error) => void,
  ): Attempt
}

/** One connected endpoint: a session that gets a new connection whenever it has lost its own. */
export class Dialer implements Connection, SessionHost {
  readonly #options: TransportOptions
  readonly #session: Session
  readonly #backoff: Backoff
  #pipe: Pipe | undefined
  #attempt: Attempt | undefined
  #timer: Timer | undefined
  #stopped = false
  /** There has been a connection. */
  #connectedBefore = false

  /** @throws ZmqError EINVAL when the options of `host` are not enough for the security that they ask for. */
  constructor(
    private readonly driver: DialDriver,
    private readonly address: string,
    private readonly endpoint: string,
    private readonly host: TransportHost,
    private readonly routingId: Uint8Array | undefined,
    private readonly ended: () => void,
    /** Without one there is no security, and there are no heartbeats. */
    private readonly security?: ConnectionSecurity,
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
    this.#dial()
  }

  disconnect(linger: number): void {
    if (this.#pipe === undefined) this.#session.abort()
    else {
      this.host.detach(this.#pipe)
      this.#session.linger(linger)
    }
  }

  get counters(): Counters {
    return this.host.counters
  }

  openPipe(session: Session): Pipe {
    return openPipe(this.host, session, this.routingId, (near) => {
      near.destination = this
      this.#pipe = near
    })
  }

  authenticate(...[credentials, address, gone, judged]: Parameters<SessionHost["authenticate"]>): void {
    this.security!.judge(this.host, this.#options, credentials, address, gone, judged)
  }

  sessionReady(session: Session): void {
    if (session.negotiated) this.host.emit({ type: "handshake", address: this.endpoint, peer: session.peer! })
  }

  sessionLost(session: Session, error: Error | undefined, handshaken: boolean): void {
    if (handshaken) tell(session, this.#options.hiccupMessage)
    emitLoss(this.host, this.endpoint, error, handshaken)
    const fault = error instanceof ProtocolError || error instanceof RefusedError
    if (fault || this.#options.reconnectInterval <= 0) {
      session.abort()
      return
    }
    if (this.#options.immediate) {
      session.dropPipe()
      this.#pipe = undefined
    }
    this.#retry()
  }

  sessionEnded(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#timer?.cancel()
    if (this.#attempt !== undefined) {
      this.#attempt.cancel()
      this.host.emit({ type: "close", address: this.endpoint })
    }
    this.ended()
  }

  #dial(): void {
    this.#timer = undefined
    if (this.driver.delays) this.host.emit({ type: "connect:delay", address: this.endpoint })
    const { connectTimeout } = this.#options
    this.#attempt = this.driver.dial(
      this.address,
      this.#options,
      (stream) => {
        this.#timer?.cancel()
        this.#attempt = undefined
        this.#backoff.reset()
        if (this.#connectedBefore) this.host.counters.reconnects++
        this.#connectedBefore = true
        this.host.emit({ type: "connect", address: this.endpoint })
        this.#session.attach(stream)
      },
      () => {
        this.#failed()
      },
    )
    if (connectTimeout <= 0) return
    this.#timer = this.host.runtime.clock.after(connectTimeout, () => {
      this.#attempt?.cancel()
      this.#failed()
    })
  }

  #failed(): void {
    if (this.#stopped) return
    this.#timer?.cancel()
    this.#attempt = undefined
    this.host.emit({ type: "close", address: this.endpoint })
    this.#retry()
  }

  #retry(): void {
    if (this.#stopped) return
    const interval = this.#backoff.next()
    // Without a retry the endpoint stays, idle, until it is disconnected.
    if (interval === undefined) return
    this.host.emit({ type: "connect:retry", address: this.endpoint, interval })
    this.#timer = this.host.runtime.clock.after(interval, () => {
      this.#dial()
    })
  }
}

export function openPipe(
  host: TransportHost,
  session: Session,
  routingId?: Uint8Array,
  opened?: (near: Pipe) => void,
): Pipe {
  const [near, far] = LocalPipe.pair(host, host.pipeOptions(), session)
  opened?.(near)
  host.attach(near, routingId)
  return far
}

/** The application receives `message` as if it came from the peer. */
export function tell(session: Session, message: Frame): void {
  if (message.length > 0) session.pipe?.sendPastMark([message])
}

/** Events in libzmq's order: why a handshake failed, then that the connection is gone. */
export function emitLoss(host: TransportHost, address: string, error: Error | undefined, handshaken: boolean): void {
  if (!handshaken) {
    if (error instanceof ProtocolError) host.emit({ type: "handshake:error:protocol", address, error })
    else if (error instanceof RefusedError) host.emit({ type: "handshake:error:auth", address, error })
    else host.emit({ type: "handshake:error:other", address, ...(error === undefined ? {} : { error }) })
  }
  host.emit({ type: "disconnect", address, ...(error === undefined ? {} : { error }) })
}
