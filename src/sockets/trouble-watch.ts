import type { Timer } from "../core/clock.js"
import type { Runtime } from "../core/runtime.js"
import { HangUpError } from "../core/session.js"
import type { TransportEvent } from "../transports/transport.js"
import { IncompatiblePeerError, ProtocolError, RefusedError } from "../zmtp/protocol-error.js"
import { factsOf, type SocketTypeName } from "../zmtp/socket-types.js"

/** How long something has to be wrong at least before the process is warned, in ms. */
export const WARN_AFTER = 5000

/** Longest time between two looks at a socket that has never had a peer, in ms. */
const LONGEST_INTERVAL = 300_000

/** A socket as its watch sees it. */
export interface WatchedSocket {
  readonly runtime: Runtime
  readonly typeName: SocketTypeName
  readonly endpoints: { readonly names: { readonly bound: readonly string[]; readonly connected: readonly string[] } }
  /** Whether the context wants warnings. */
  readonly warns: boolean
  /** Messages that wait for a peer, in queues and in calls of `send`. */
  readonly waiting: number
  /** It receives only what it has subscribed to, and has subscribed to nothing. */
  readonly hasNoSubscriptions: boolean
}

/** The first handshake at an endpoint that failed since one succeeded there. */
interface Rejection {
  readonly error: Error
  /** It was already there at the previous look. */
  seen: boolean
}

/** What each warning is about: the code of the warning. */
type Cause = "ZMTP_HANDSHAKES_FAIL" | "ZMTP_NO_SUBSCRIPTION" | "ZMTP_NO_PEER"

/**
 * Warns the process, once per socket and cause, when nothing arrives and no call fails because of it. A timer runs only while
 * something may be wrong, and looks at the socket: messages cost nothing more.
 */
export class TroubleWatch {
  readonly #socket: WatchedSocket
  #timer: Timer | undefined
  /** What the timer was set to. */
  #delay = 0
  #closed = false
  #hasHadPeer = false
  /** Time until the next look while no message waits. */
  #interval = WARN_AFTER
  /** Messages were already waiting at the previous look. */
  #wasWaiting = false
  /** Why the last attempt to connect failed. */
  #lastError: Error | undefined
  /** It had no subscription when it got an endpoint. */
  #unsubscribed = false
  readonly #rejections = new Map<string, Rejection>()
  readonly #warned = new Set<Cause>()

  constructor(socket: WatchedSocket) {
    this.#socket = socket
  }

  /** The socket has one more endpoint. */
  endpointAdded(): void {
    this.#unsubscribed ||= this.#socket.hasNoSubscriptions && !this.#warned.has("ZMTP_NO_SUBSCRIPTION")
    if (this.#unsubscribed || this.#awaitsPeer) this.#lookAfter(WARN_AFTER)
  }

  peerReady(): void {
    if (this.#hasHadPeer) return
    this.#hasHadPeer = true
    if (!this.#unsubscribed && this.#rejections.size === 0) this.#stop()
  }

  note({ type, address = "", error }: TransportEvent): void {
    if (type === "handshake") this.#rejections.delete(address)
    else if (type === "connect:retry") this.#lastError = error
    else if (type.startsWith("handshake:") && isMisconfiguration(error) && !this.#warned.has("ZMTP_HANDSHAKES_FAIL")) {
      if (!this.#rejections.has(address)) this.#rejections.set(address, { error: error!, seen: false })
      this.#lookAfter(WARN_AFTER)
    }
  }

  /** The socket has closed. Its connections may still fail while it lingers. */
  close(): void {
    this.#closed = true
    this.#stop()
  }

  /** Messages may wait for a peer, and none has ever been there. */
  get #awaitsPeer(): boolean {
    const { sends, subscriptions, groups } = factsOf(this.#socket.typeName)
    const canWait = sends === true && subscriptions === undefined && groups === undefined
    return canWait && !this.#hasHadPeer && !this.#warned.has("ZMTP_NO_PEER")
  }

  #lookAfter(delay: number): void {
    if (this.#closed || !this.#socket.warns) return
    if (this.#timer !== undefined && this.#delay <= delay) return
    this.#stop()
    this.#delay = delay
    this.#timer = this.#socket.runtime.clock.after(delay, this.#look)
  }

  #stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  readonly #look = (): void => {
    this.#timer = undefined
    this.#lookAtSubscriptions()
    this.#lookAtHandshakes()
    if (this.#awaitsPeer) this.#lookAtMessages()
  }

  #lookAtSubscriptions(): void {
    if (this.#unsubscribed && this.#socket.hasNoSubscriptions) {
      this.#warn("ZMTP_NO_SUBSCRIPTION", "it has no subscription, so it receives nothing")
    }
    this.#unsubscribed = false
  }

  #lookAtHandshakes(): void {
    for (const [address, rejection] of this.#rejections) {
      if (rejection.seen)
        this.#warn("ZMTP_HANDSHAKES_FAIL", `handshakes at ${address} fail: ${rejection.error.message}`)
      rejection.seen = true
    }
    if (this.#warned.has("ZMTP_HANDSHAKES_FAIL")) this.#rejections.clear()
    if (this.#rejections.size > 0) this.#lookAfter(WARN_AFTER)
  }

  #lookAtMessages(): void {
    const { waiting, endpoints } = this.#socket
    if (waiting > 0 && this.#wasWaiting) {
      const messages = waiting === 1 ? "1 message waits" : `${waiting} messages wait`
      const places = [...endpoints.names.connected, ...endpoints.names.bound].join(", ")
      const reason = this.#lastError === undefined ? "" : ` (${this.#lastError.message})`
      this.#warn("ZMTP_NO_PEER", `${messages} for a peer, and none has appeared at ${places}${reason}`)
      return
    }
    this.#wasWaiting = waiting > 0
    if (waiting === 0) this.#interval = Math.min(2 * this.#interval, LONGEST_INTERVAL)
    this.#lookAfter(waiting > 0 ? WARN_AFTER : this.#interval)
  }

  #warn(cause: Cause, text: string): void {
    if (this.#warned.has(cause) || !this.#socket.warns) return
    this.#warned.add(cause)
    this.#socket.runtime.warn(`${this.#socket.typeName} socket: ${text}`, {
      code: cause,
      detail: "Set 'context.warnings = false' to hide this.",
    })
  }
}

/** Whether `error` of a handshake comes from how the two sides are set up, and will come again. */
function isMisconfiguration(error: Error | undefined): boolean {
  const cause = error?.cause ?? error
  if ([IncompatiblePeerError, RefusedError, HangUpError].some((kind) => cause instanceof kind)) return true
  return cause instanceof ProtocolError && /KEY_EXCHANGE|CRYPTOGRAPHIC/.test(cause.code)
}
