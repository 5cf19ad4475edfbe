import { Backoff } from "../core/backoff.js"
import type { ByteStream, ByteStreamOwner } from "../core/byte-stream.js"
import type { Counters } from "../core/counters.js"
import { Pipe } from "../core/pipe.js"
import type { Timer } from "../core/platform.js"
import { Session, type SessionHost } from "../core/session.js"
import type { Frame } from "../zmtp/bytes.js"
import { cryptoLoaded, loadCrypto } from "../zmtp/curve/crypto.js"
import type { Credentials } from "../zmtp/engine.js"
import { ProtocolError, RefusedError, type LimitName } from "../zmtp/protocol-error.js"
import type { Verdict } from "../zmtp/security.js"
import { zmqError } from "../errors.js"
import type { Binding, Connection, Transport, TransportHost, TransportOptions } from "./transport.js"
import { judge } from "./zap.js"

/** A bound server of some kind. */
export interface Server {
  readonly endpoint: string
  /** Accepts no more; calls back when the address is free. */
  close(): Promise<void>
}

/** An attempt to connect. */
export interface Attempt {
  cancel(): void
}

/** What differs between transports that carry a stream of bytes. */
export interface StreamDriver {
  /** Whether attempts take time, so that `connect:delay` is told. */
  readonly delays: boolean
  /** @throws ZmqError (rejects) */
  listen(
    address: string,
    options: TransportOptions,
    accepted: (open: (owner: ByteStreamOwner) => ByteStream) => void,
    failed: (error: Error) => void,
  ): Promise<Server>
  /** The same at once. @throws ZmqError */
  listenSync(
    address: string,
    options: TransportOptions,
    accepted: (open: (owner: ByteStreamOwner) => ByteStream) => void,
    failed: (error: Error) => void,
  ): Server
  /** @throws ZmqError EINVAL when `address` is malformed. */
  check(address: string): void
  dial(
    address: string,
    options: TransportOptions,
    connected: (open: (owner: ByteStreamOwner) => ByteStream) => void,
    failed: (error: Error) => void,
  ): Attempt
}

/** Listener and dialer over any stream of bytes: makes the sessions, and the pipes between them and the socket. */
export class StreamTransport implements Transport {
  constructor(
    private readonly scheme: string,
    private readonly driver: StreamDriver,
  ) {}

  async bind(address: string, host: TransportHost): Promise<Binding> {
    const options = host.transportOptions()
    const listener = new Listener(host, options)
    try {
      if (unprepared(options)) await loadCrypto()
      listener.listening(await this.driver.listen(address, options, listener.accept, listener.acceptFailed))
      return listener
    } catch (error) {
      throw refused(host, address, error)
    }
  }

  bindSync(address: string, host: TransportHost): Binding {
    const options = host.transportOptions()
    const listener = new Listener(host, options)
    try {
      if (unprepared(options)) throw zmqError("ENOTSUP", { address, message: "Use bind: CURVE is still being loaded" })
      listener.listening(this.driver.listenSync(address, options, listener.accept, listener.acceptFailed))
      return listener
    } catch (error) {
      throw refused(host, address, error)
    }
  }

  connect(address: string, host: TransportHost, routingId: Uint8Array | undefined, ended: () => void): Connection {
    this.driver.check(address)
    return new Dialer(this.driver, address, `${this.scheme}://${address}`, host, routingId, ended)
  }
}

/** Most connections of one endpoint that may be in their handshake; past it the oldest makes room. */
export const MAX_HANDSHAKES = 1024

/** Has no use for a connection. */
const NOBODY: ByteStreamOwner = {
  room: () => undefined,
  data: () => undefined,
  alive: () => undefined,
  drained: () => undefined,
  closed: () => undefined,
}

/** One bound endpoint and the sessions of the connections it has accepted. */
class Listener implements Binding, SessionHost {
  endpoint = ""
  #server: Server | undefined
  readonly #sessions = new Set<Session>()
  /** Those whose handshake is not finished, oldest first. */
  readonly #handshaking = new Set<Session>()

  constructor(
    private readonly host: TransportHost,
    private readonly options: TransportOptions,
  ) {}

  listening(server: Server): void {
    this.#server = server
    this.endpoint = server.endpoint
    this.host.emit({ type: "bind", address: this.endpoint })
  }

  readonly accept = (open: (owner: ByteStreamOwner) => ByteStream): void => {
    const { maxConnections } = this.options
    if (maxConnections > 0 && this.#sessions.size >= maxConnections) {
      open(NOBODY).destroy()
      this.acceptFailed(overLimit("maxConnections", `Over ${maxConnections} connections`))
      return
    }
    const session = new Session(this, this.options, this.host.clock)
    this.#sessions.add(session)
    this.#handshaking.add(session)
    this.host.emit({ type: "accept", address: this.endpoint })
    if (this.#handshaking.size > MAX_HANDSHAKES) this.#makeRoom()
    session.attach(open(session))
  }

  readonly acceptFailed = (error: Error): void => {
    this.host.emit({ type: "accept:error", address: this.endpoint, error })
  }

  async unbind(linger: number): Promise<void> {
    for (const session of [...this.#sessions]) {
      session.finish()
      session.linger(linger)
    }
    await this.#server?.close()
    this.host.emit({ type: "close", address: this.endpoint })
  }

  close(linger: number): void {
    void this.#server?.close()
    this.host.emit({ type: "close", address: this.endpoint })
    for (const session of [...this.#sessions]) {
      if (session.peer === undefined) session.abort()
      else session.linger(linger)
    }
  }

  get counters(): Counters {
    return this.host.counters
  }

  openPipe(session: Session): Pipe {
    return openPipe(this.host, session)
  }

  authenticate(credentials: Credentials, address: string, gone: () => AbortSignal): Verdict | Promise<Verdict> {
    return authenticate(this.host, this.options, credentials, address, gone)
  }

  sessionReady(session: Session): void {
    this.#handshaking.delete(session)
    if (session.handshakes) this.host.emit({ type: "handshake", address: this.endpoint, peer: session.peer! })
  }

  sessionLost(session: Session, error: Error | undefined, handshaken: boolean): void {
    if (handshaken) tell(session, this.options.disconnectMessage)
    session.abort()
    emitLoss(this.host, this.endpoint, error, handshaken)
  }

  sessionEnded(session: Session): void {
    this.#sessions.delete(session)
    this.#handshaking.delete(session)
  }

  #makeRoom(): void {
    for (const oldest of this.#handshaking) {
      this.sessionLost(
        oldest,
        overLimit("unfinished handshakes", `Over ${MAX_HANDSHAKES} unfinished handshakes`),
        false,
      )
      return
    }
  }
}

/** One connected endpoint: a session that gets a new connection whenever it has lost its own. */
class Dialer implements Connection, SessionHost {
  readonly #options: TransportOptions
  readonly #session: Session
  readonly #backoff: Backoff
  #pipe: Pipe | undefined
  #attempt: Attempt | undefined
  #timer: Timer | undefined
  #stopped = false
  /** There has been a connection. */
  #connectedBefore = false

  constructor(
    private readonly driver: StreamDriver,
    private readonly address: string,
    private readonly endpoint: string,
    private readonly host: TransportHost,
    private readonly routingId: Uint8Array | undefined,
    private readonly ended: () => void,
  ) {
    this.#options = host.transportOptions()
    this.#backoff = new Backoff(this.#options.reconnectInterval, this.#options.reconnectMaxInterval)
    this.#session = new Session(this, this.#options, host.clock)
    if (!this.#options.immediate) this.#session.adopt(this.openPipe(this.#session))
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
    return openPipe(this.host, session, this.routingId, (near) => (this.#pipe = near))
  }

  authenticate(credentials: Credentials, address: string, gone: () => AbortSignal): Verdict | Promise<Verdict> {
    return authenticate(this.host, this.#options, credentials, address, gone)
  }

  sessionReady(session: Session): void {
    if (session.handshakes) this.host.emit({ type: "handshake", address: this.endpoint, peer: session.peer! })
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
    if (unprepared(this.#options)) {
      loadCrypto().then(
        () => {
          if (!this.#stopped) this.#dial()
        },
        () => {
          this.#failed()
        },
      )
      return
    }
    if (this.driver.delays) this.host.emit({ type: "connect:delay", address: this.endpoint })
    const { connectTimeout } = this.#options
    this.#attempt = this.driver.dial(
      this.address,
      this.#options,
      (open) => {
        this.#timer?.cancel()
        this.#attempt = undefined
        this.#backoff.reset()
        if (this.#connectedBefore) this.host.counters.reconnects++
        this.#connectedBefore = true
        this.host.emit({ type: "connect", address: this.endpoint })
        this.#session.attach(open(this.#session))
      },
      () => {
        this.#failed()
      },
    )
    if (connectTimeout <= 0) return
    this.#timer = this.host.clock.after(connectTimeout, () => {
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
    this.#timer = this.host.clock.after(interval, () => {
      this.#dial()
    })
  }
}

/** Tells why nothing was bound, as libzmq does: after a `close` without an address if it tried to. */
function refused(host: TransportHost, address: string, error: unknown): Error {
  // Where no address was found there was nothing to close.
  if (!["EINVAL", "ENODEV"].includes((error as { code: string }).code)) host.emit({ type: "close" })
  host.emit({ type: "bind:error", address, error: error as Error })
  return error as Error
}

/** One peer more than there may be, whatever it has done. */
function overLimit(limit: LimitName, message: string): Error {
  return Object.assign(zmqError("EMFILE", { message }), { limit })
}

function authenticate(
  host: TransportHost,
  options: TransportOptions,
  credentials: Credentials,
  address: string,
  gone: () => AbortSignal,
): Verdict | Promise<Verdict> {
  const { zapDomain, zapEnforceDomain, routingId } = options
  const question = { ...credentials, domain: zapDomain, address, routingId }
  return judge(question, host.authenticator, host.inproc, zapEnforceDomain, gone)
}

/** The library for CURVE is needed and not loaded yet. */
function unprepared({ security }: TransportOptions): boolean {
  return security.mechanism === "CURVE" && !cryptoLoaded()
}

function openPipe(host: TransportHost, session: Session, routingId?: Uint8Array, opened?: (near: Pipe) => void): Pipe {
  const [near, far] = Pipe.pair(host, host.pipeOptions(), session)
  opened?.(near)
  host.attach(near, routingId)
  return far
}

/** The application receives `message` as if it came from the peer. */
function tell(session: Session, message: Frame): void {
  if (message.length > 0) session.pipe?.sendPastMark([message])
}

/** Events in libzmq's order: why a handshake failed, then that the connection is gone. */
function emitLoss(host: TransportHost, address: string, error: Error | undefined, handshaken: boolean): void {
  if (!handshaken) {
    if (error instanceof ProtocolError) host.emit({ type: "handshake:error:protocol", address, error })
    else if (error instanceof RefusedError) host.emit({ type: "handshake:error:auth", address, error })
    else host.emit({ type: "handshake:error:other", address, ...(error === undefined ? {} : { error }) })
  }
  host.emit({ type: "disconnect", address, ...(error === undefined ? {} : { error }) })
}
