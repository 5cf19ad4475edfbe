import type { Counters } from "../../core/counters.js"
import { onAbort } from "../../core/abort.js"
import { zmqError } from "../../core/errors.js"
import type { PipeEnd, SessionPipe } from "../../core/pipe.js"
import { Session, type SessionHost } from "../../core/session.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import type { ConnectionSecurity } from "../security/connection-security.js"
import { Dialer } from "../stream/dialer.js"
import { emitLoss, tell } from "../stream/session-events.js"
import type { Connection, TransportHost, TransportOptions } from "../transport.js"
import { openStream, type AnyStream } from "./any-stream.js"
import type { StreamModule } from "./streams.js"
import { dialStream } from "./dial-stream.js"

/** Opens another stream whenever the one before it was lost. `signal` aborts when the stream is not wanted any more. */
export type StreamFactory = (signal: AbortSignal) => AnyStream | Promise<AnyStream>

/** How a stream is attached. */
export interface AttachOptions {
  /**
   * Which side of a connection the socket is, as if it had connected or accepted it. A socket that connects takes messages for
   * the peer before the handshake is complete, unless it is `immediate`. Default: `"connect"`.
   */
  readonly role?: "connect" | "accept"
  /** What events, errors, and `disconnect` call the connection. Default: `stream://1`, counting up in each socket. */
  readonly endpoint?: string
  /** Address of the peer, for `peerOf` and whoever judges peers. Default: `remoteAddress` of the stream, or empty. */
  readonly peerAddress?: string
  /** Gives up while the handshake is not complete: `attach` rejects with the signal's reason, and the stream is closed. */
  readonly signal?: AbortSignal
}

/** How an attachment has ended. */
export interface AttachmentEnd {
  /** `"peer"`: the peer has closed the stream. `"local"`: this side has, or its socket is closed. `"error"`: it failed. */
  readonly reason: "peer" | "local" | "error"
  /** What went wrong, for `"error"`. */
  readonly error?: Error
}

/** A stream, or what makes streams, that belongs to a socket. */
export interface Attachment {
  /** What `disconnect` takes, and what events call it. */
  readonly endpoint: string
  /** The peer; `undefined` while there is none. */
  readonly peer: NetworkPeer | undefined
  /** Resolves when it is over for good; it never rejects. A factory opens streams until then. */
  readonly closed: Promise<AttachmentEnd>
  /** Ends it. What was sent goes on for `linger` ms; the same as `socket.disconnect(endpoint)`. */
  close(): void
}

/** The connected endpoints of a socket. */
export interface ConnectedEndpoints {
  /** Adds what `disconnect` and `close` end. */
  addConnection(endpoint: string, connection: Connection): void
  /** Removes it. Returns how long what was sent goes on after it is disconnected, in ms (ZMQ_LINGER). */
  removeConnection(endpoint: string, connection: Connection): number
}

/** What an attachment sees of its socket. */
export interface AttachmentHost extends TransportHost {
  readonly endpoints: ConnectedEndpoints
}

/** Attaches `given` to the socket. Resolves when the first handshake is complete. @see Socket#attach */
export function attach(
  host: AttachmentHost,
  given: AnyStream | StreamFactory,
  { endpoint, peerAddress, signal, ...options }: AttachOptions,
  security: ConnectionSecurity,
): Promise<Attachment> {
  const { keepAlive } = host.runtime
  keepAlive.hold()
  return new Promise<Attachment>((resolve, reject) => {
    for (const [name, value] of Object.entries({ endpoint, peerAddress })) {
      if (value !== undefined && typeof (value as unknown) !== "string") throw new TypeError(`${name} must be a string`)
    }
    const role: string = options.role ?? "connect"
    if (role !== "connect" && role !== "accept") {
      throw zmqError("EINVAL", { message: `Invalid role ${JSON.stringify(role)}: expected "connect" or "accept"` })
    }
    if (typeof given === "function" && role === "accept") {
      throw zmqError("EINVAL", { message: 'A function that opens streams needs the role "connect"' })
    }
    const attached = new AttachedStream(host, endpoint ?? nextEndpoint(host), { resolve, reject })
    if (typeof given === "function") attached.dial(given, peerAddress, security)
    else attached.open(given, role === "accept", peerAddress, security)
    if (signal !== undefined) attached.heed(signal)
  }).finally(() => {
    keepAlive.release()
  })
}

export { openStream }

/** This module is loaded already. */
const SELF = (): Promise<Pick<StreamModule, "openStream">> => Promise.resolve({ openStream })

/** How many streams each socket has named, and how many it has accepted that are there. */
const named = /* @__PURE__ */ new WeakMap<TransportHost, number>()
const accepted = /* @__PURE__ */ new WeakMap<TransportHost, number>()

function nextEndpoint(host: TransportHost): string {
  const number = (named.get(host) ?? 0) + 1
  named.set(host, number)
  return `stream://${number}`
}

interface Outcome {
  readonly resolve: (attachment: Attachment) => void
  readonly reject: (error: Error) => void
}

class AttachedStream implements Attachment {
  readonly closed: Promise<AttachmentEnd>
  readonly #host: AttachmentHost
  /** Told of the first handshake; `undefined` from then on. */
  #outcome: Outcome | undefined
  #connection!: Connection & { readonly peer: NetworkPeer | undefined }
  #unheed: (() => void) | undefined
  #end: AttachmentEnd = { reason: "local" }
  #ended = false
  #tellEnd!: (end: AttachmentEnd) => void

  constructor(
    host: AttachmentHost,
    readonly endpoint: string,
    outcome: Outcome,
  ) {
    this.#host = host
    this.#outcome = outcome
    this.closed = new Promise((resolve) => (this.#tellEnd = resolve))
  }

  get peer(): NetworkPeer | undefined {
    return this.#ended ? undefined : this.#connection.peer
  }

  close(): void {
    if (!this.#ended)
      this.#connection.disconnect(this.#host.endpoints.removeConnection(this.endpoint, this.#connection))
  }

  /** Gives the socket one stream. */
  open(given: AnyStream, accepts: boolean, peerAddress: string | undefined, security: ConnectionSecurity): void {
    const host = this.#host
    const options = security.options(host)
    security.check(this.endpoint, options.security)
    const count = accepted.get(host) ?? 0
    const { maxConnections } = options
    if (accepts && maxConnections > 0 && count >= maxConnections) {
      throw zmqError("EMFILE", { address: this.endpoint, message: `Over ${maxConnections} connections` })
    }
    const stream = openStream(given, peerAddress, host.runtime.clock)
    this.#end = turnedAway(this.endpoint)
    const connection = new SingleConnection(host, this.endpoint, accepts, options, security, this)
    if (!this.#begin(connection)) {
      stream.destroy()
      return
    }
    if (accepts) accepted.set(host, count + 1)
    connection.start(stream)
  }

  /** Gives the socket one stream after the other. */
  dial(factory: StreamFactory, peerAddress: string | undefined, security: ConnectionSecurity): void {
    const host = this.#host
    this.#end = turnedAway(this.endpoint)
    const misused = (error: Error): void => {
      this.lost(error)
      this.#connection.disconnect(0)
    }
    const dialer = new Dialer(
      {
        delays: true,
        check: () => undefined,
        dial: (_address, _options, connected, failed) =>
          dialStream(factory, SELF, peerAddress, host.runtime.clock, connected, failed, misused),
      },
      this.endpoint,
      this.endpoint,
      host,
      undefined,
      () => {
        this.ended()
      },
      security,
      this,
    )
    this.#begin(dialer)
  }

  /** Ends what is not there yet when `signal` aborts. */
  heed(signal: AbortSignal): void {
    if (this.#outcome === undefined) return
    const abort = (): void => {
      this.#end = { reason: "local", error: signal.reason as Error }
      this.#connection.disconnect(0)
    }
    // It may have while the code was being loaded.
    if (signal.aborted) abort()
    else this.#unheed = onAbort(signal, abort)
  }

  /** False when the socket takes no other peer, such as a PAIR that has one. */
  #begin(connection: Connection & { readonly peer: NetworkPeer | undefined }): boolean {
    if (this.#ended) return false
    this.#connection = connection
    this.#end = { reason: "local" }
    this.#host.endpoints.addConnection(this.endpoint, connection)
    return true
  }

  // What the connection tells

  ready(): void {
    const outcome = this.#settle()
    outcome?.resolve(this)
  }

  /** There will be no other connection. */
  lost(error: Error | undefined): void {
    this.#end = error === undefined ? { reason: "peer" } : { reason: "error", error }
  }

  ended(accepts = false): void {
    if (this.#ended) return
    this.#ended = true
    if ((this.#connection as Connection | undefined) !== undefined) {
      this.#host.endpoints.removeConnection(this.endpoint, this.#connection)
      if (accepts) accepted.set(this.#host, accepted.get(this.#host)! - 1)
    }
    const end = this.#end
    this.#settle()?.reject(end.error ?? failure(end, this.endpoint))
    this.#tellEnd(end.reason === "error" || end.error === undefined ? end : { reason: end.reason })
  }

  #settle(): Outcome | undefined {
    const outcome = this.#outcome
    if (outcome === undefined) return undefined
    this.#outcome = undefined
    this.#unheed?.()
    return outcome
  }
}

function turnedAway(address: string): AttachmentEnd {
  return { reason: "error", error: zmqError("EBUSY", { address, message: "The socket takes no other peer" }) }
}

/** Why there was no handshake. */
function failure({ reason }: AttachmentEnd, address: string): Error {
  if (reason === "peer") {
    return zmqError("ECONNRESET", { address, message: "The peer closed the stream before the handshake was complete" })
  }
  return zmqError("ECONNABORTED", { address, message: "The stream was closed before the handshake was complete" })
}

/** One stream and its session: there is no other stream after it. */
class SingleConnection implements Connection, SessionHost {
  readonly #session: Session
  #pipe: PipeEnd | undefined

  constructor(
    private readonly host: TransportHost,
    private readonly endpoint: string,
    private readonly accepts: boolean,
    private readonly options: TransportOptions,
    private readonly security: ConnectionSecurity,
    private readonly attached: AttachedStream,
  ) {
    this.#session = new Session(this, options, host.runtime, security.heartbeat)
    if (accepts || options.immediate) return
    const pipe = this.openPipe(this.#session)
    if (!pipe.severed) this.#session.adopt(pipe)
  }

  start(stream: Parameters<Session["attach"]>[0]): void {
    this.host.emit({ type: this.accepts ? "accept" : "connect", address: this.endpoint })
    this.#session.attach(stream)
  }

  get peer(): NetworkPeer | undefined {
    return this.#session.peer
  }

  get counters(): Counters {
    return this.host.counters
  }

  disconnect(linger: number): void {
    // An accepted stream without a peer has nothing to send.
    if (this.#pipe === undefined) this.#session.abort()
    else {
      this.host.detach(this.#pipe)
      this.#session.linger(linger)
    }
  }

  openPipe(session: Session): SessionPipe {
    return this.host.openPipe(session, undefined, (near) => {
      near.destination = this
      this.#pipe = near
    })
  }

  authenticate(...[credentials, address, gone, judged]: Parameters<SessionHost["authenticate"]>): void {
    this.security.judge(this.host, this.options, credentials, address, gone, judged)
  }

  sessionReady(session: Session): void {
    if (session.negotiated) this.host.emit({ type: "handshake", address: this.endpoint, peer: session.peer! })
    this.attached.ready()
  }

  sessionLost(session: Session, error: Error | undefined, handshaken: boolean, peer?: NetworkPeer): void {
    const { hiccupMessage, disconnectMessage } = this.options
    if (handshaken) tell(session, this.accepts ? disconnectMessage : hiccupMessage)
    this.attached.lost(error)
    emitLoss(this.host, this.endpoint, error, handshaken, peer)
    session.abort()
  }

  sessionEnded(): void {
    this.attached.ended(this.accepts)
  }
}
