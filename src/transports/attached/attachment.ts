// The application's own streams, servers, and transports.

import type { Counters } from "../../core/counters.js"
import { onAbort } from "../../core/abort.js"
import { zmqError } from "../../core/errors.js"
import type { PipeEnd } from "../../core/pipe/pipe-end.js"
import type { ByteStream } from "../../core/connection/byte-stream.js"
import type { SessionPipe } from "../../core/pipe/session-pipe.js"
import { Session, type SessionHost } from "../../core/connection/session.js"
import type { NetworkPeer } from "../../zmtp/peer.js"
import type { ConnectionFeatures } from "../authentication/connection-features.js"
import { Dialer } from "../stream/dialer.js"
import { emitLoss, deliverMessage } from "../stream/session-events.js"
import type { ConnectedEndpoint, TransportHost, StreamOptions } from "../transport.js"
import type { AnyStream } from "./any-stream.js"
import { openStream, type StreamOpener } from "./open-stream.js"
import { dialStream } from "./dial-stream.js"

/**
 * Opens a stream. It is called again whenever the previous stream was lost. `signal` aborts when the stream is no
 * longer needed.
 */
export type StreamFactory = (signal: AbortSignal) => AnyStream | Promise<AnyStream>

/** Options of `Socket#attach`. */
export interface AttachOptions {
  /**
   * Whether the socket acts as if it had connected or accepted the connection. A socket that connects queues messages
   * for the peer before the handshake is complete, unless it is `immediate`. A ROUTER that accepts checks the peer's
   * routing id before it completes the handshake, so two ROUTERs need one role each. Default: `"connect"`.
   */
  readonly role?: "connect" | "accept"
  /**
   * Name of the connection in events, in errors, and for `disconnect`. Default: `stream://1`, counting up in each
   * socket.
   */
  readonly endpoint?: string
  /** Address of the peer, for `peerOf` and authentication. Default: `remoteAddress` of the stream, or empty. */
  readonly peerAddress?: string
  /**
   * Aborts the handshake: `attach` rejects with the signal's reason, and the stream is closed. It has no effect after
   * the handshake.
   */
  readonly signal?: AbortSignal
}

/** Describes how an attachment ended. */
export interface AttachmentEnd {
  /** `"peer"`: the peer closed the stream. `"local"`: this side closed it. `"error"`: it failed. */
  readonly reason: "peer" | "local" | "error"
  /** The error, if `reason` is `"error"`. */
  readonly error?: Error
}

/** A stream, or a function that opens streams, that is attached to a socket. */
export interface Attachment {
  /** Name of the connection, for `disconnect` and in events. */
  readonly endpoint: string
  /** The connected peer; `undefined` while there is none. */
  readonly peer: NetworkPeer | undefined
  /**
   * Resolves when the attachment has ended permanently; it never rejects. A stream factory is called again until then.
   */
  readonly closed: Promise<AttachmentEnd>
  /** Ends the attachment, like `socket.disconnect(endpoint)`. Queued messages are sent for up to `linger` ms. */
  close(): void
}

/** The connected endpoints of a socket. */
export interface ConnectedEndpoints {
  /** Adds a connection for `disconnect` and `close` to end. */
  addConnection(endpoint: string, connection: ConnectedEndpoint): void
  /** Removes a connection. Returns the linger period after a disconnect, in ms (ZMQ_LINGER). */
  removeConnection(endpoint: string, connection: ConnectedEndpoint): number
}

/** The part of a socket that attachments use. */
export interface AttachmentHost extends TransportHost {
  readonly endpoints: ConnectedEndpoints
}

/** Attaches `given` to the socket. Resolves when the first handshake is complete. @see Socket#attach */
export function attach(
  host: AttachmentHost,
  given: AnyStream | StreamFactory,
  { endpoint, peerAddress, signal, ...options }: AttachOptions,
  features: ConnectionFeatures,
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
      throw zmqError("EINVAL", { message: 'A function that opens streams requires the role "connect"' })
    }
    const attached = new AttachedStream(host, endpoint ?? nextEndpoint(host), { resolve, reject })
    if (typeof given === "function") attached.dial(given, peerAddress, features)
    else attached.open(given, role === "accept", peerAddress, features)
    if (signal !== undefined) attached.followSignal(signal)
  }).finally(() => {
    keepAlive.release()
  })
}

export { openStream }

/** Resolves to this module, which is already loaded. */
const SELF = (): Promise<StreamOpener> => Promise.resolve({ openStream })

/** Number of streams that each socket has named, and number of open streams that it has accepted. */
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
  /** Settles the promise of `attach`; `undefined` once it has. */
  #outcome: Outcome | undefined
  #connection!: ConnectedEndpoint & { readonly peer: NetworkPeer | undefined }
  #unheed: (() => void) | undefined
  #end: AttachmentEnd = { reason: "local" }
  #ended = false
  #resolveClosed!: (end: AttachmentEnd) => void

  constructor(
    host: AttachmentHost,
    readonly endpoint: string,
    outcome: Outcome,
  ) {
    this.#host = host
    this.#outcome = outcome
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve))
  }

  get peer(): NetworkPeer | undefined {
    return this.#ended ? undefined : this.#connection.peer
  }

  close(): void {
    if (!this.#ended)
      this.#connection.disconnect(this.#host.endpoints.removeConnection(this.endpoint, this.#connection))
  }

  /** Attaches one stream. */
  open(given: AnyStream, accepts: boolean, peerAddress: string | undefined, features: ConnectionFeatures): void {
    const host = this.#host
    const options = features.secure(this.endpoint, host.transportOptions())
    const count = accepted.get(host) ?? 0
    const { maxConnections } = options
    if (accepts && maxConnections > 0 && count >= maxConnections) {
      throw zmqError("EMFILE", { address: this.endpoint, message: `More than ${maxConnections} connections` })
    }
    const stream = openStream(given, peerAddress, host.runtime.clock)
    this.#end = rejectedBySocket(this.endpoint)
    // As with a listener: if both sides waited for the other's routing id, two ROUTERs would wait for each other.
    const own = accepts ? { ...options, rejectionOf: host.rejectionOf } : options
    const connection = new SingleConnection(host, this.endpoint, accepts, own, features, this)
    if (!this.#begin(connection)) {
      stream.destroy()
      return
    }
    if (accepts) accepted.set(host, count + 1)
    connection.start(stream)
  }

  /** Attaches one stream after another. */
  dial(factory: StreamFactory, peerAddress: string | undefined, features: ConnectionFeatures): void {
    const host = this.#host
    this.#end = rejectedBySocket(this.endpoint)
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
      features,
      this,
    )
    this.#begin(dialer)
  }

  /** Aborts the handshake when `signal` aborts. */
  followSignal(signal: AbortSignal): void {
    if (this.#outcome === undefined) return
    const abort = (): void => {
      this.#end = { reason: "local", error: signal.reason as Error }
      this.#connection.disconnect(0)
    }
    // It may have aborted while the code was being loaded.
    if (signal.aborted) abort()
    else this.#unheed = onAbort(signal, abort)
  }

  /** Returns false if the socket does not accept another peer, such as a PAIR that has one. */
  #begin(connection: ConnectedEndpoint & { readonly peer: NetworkPeer | undefined }): boolean {
    if (this.#ended) return false
    this.#connection = connection
    this.#end = { reason: "local" }
    this.#host.endpoints.addConnection(this.endpoint, connection)
    return true
  }

  // Events of the connection

  ready(): void {
    const outcome = this.#takeOutcome()
    outcome?.resolve(this)
  }

  /** The connection is lost permanently. */
  lost(error: Error | undefined): void {
    this.#end = error === undefined ? { reason: "peer" } : { reason: "error", error }
  }

  ended(accepts = false): void {
    if (this.#ended) return
    this.#ended = true
    if ((this.#connection as ConnectedEndpoint | undefined) !== undefined) {
      this.#host.endpoints.removeConnection(this.endpoint, this.#connection)
      if (accepts) accepted.set(this.#host, accepted.get(this.#host)! - 1)
    }
    const end = this.#end
    this.#takeOutcome()?.reject(end.error ?? failure(end, this.endpoint))
    this.#resolveClosed(end.reason === "error" || end.error === undefined ? end : { reason: end.reason })
  }

  #takeOutcome(): Outcome | undefined {
    const outcome = this.#outcome
    if (outcome === undefined) return undefined
    this.#outcome = undefined
    this.#unheed?.()
    return outcome
  }
}

function rejectedBySocket(address: string): AttachmentEnd {
  return { reason: "error", error: zmqError("EBUSY", { address, message: "The socket does not accept another peer" }) }
}

/** The error for a handshake that was not completed. */
function failure({ reason }: AttachmentEnd, address: string): Error {
  if (reason === "peer") {
    return zmqError("ECONNRESET", { address, message: "The peer closed the stream before the handshake was complete" })
  }
  return zmqError("ECONNABORTED", { address, message: "The stream was closed before the handshake was complete" })
}

/** One stream and its session. No other stream follows. */
class SingleConnection implements ConnectedEndpoint, SessionHost {
  readonly #session: Session
  #pipe: PipeEnd | undefined

  constructor(
    private readonly host: TransportHost,
    private readonly endpoint: string,
    private readonly accepts: boolean,
    private readonly options: StreamOptions,
    private readonly features: ConnectionFeatures,
    private readonly attached: AttachedStream,
  ) {
    this.#session = new Session(this, options, host.runtime, features.heartbeat)
    if (accepts || options.immediate) return
    const pipe = this.openPipe(this.#session)
    if (!pipe.severed) this.#session.setPipe(pipe)
  }

  start(stream: ByteStream): void {
    this.host.emit({ type: this.accepts ? "accept" : "connect", address: this.endpoint })
    this.#session.connectTo(stream)
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

  authenticate(...[credentials, address, gone, done]: Parameters<SessionHost["authenticate"]>): void {
    this.features.authenticate(this.host, this.options, credentials, address, gone, done)
  }

  sessionReady(session: Session): void {
    if (session.negotiated) this.host.emit({ type: "handshake", address: this.endpoint, peer: session.peer! })
    this.attached.ready()
  }

  sessionLost(session: Session, error: Error | undefined, handshaken: boolean, peer?: NetworkPeer): void {
    const { hiccupMessage, disconnectMessage } = this.options
    if (handshaken) deliverMessage(session, this.accepts ? disconnectMessage : hiccupMessage)
    this.attached.lost(error)
    emitLoss(this.host, this.endpoint, error, handshaken, peer)
    session.abort()
  }

  sessionEnded(): void {
    this.attached.ended(this.accepts)
  }
}
