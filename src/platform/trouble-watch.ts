import type { Timer } from "../core/runtime/clock.js"
import type { Runtime } from "../core/runtime/runtime.js"
import { HangUpError } from "../core/errors.js"
import type { TransportEvent } from "../transports/transport.js"
import { IncompatiblePeerError, ProtocolError, RefusedError } from "../zmtp/protocol-error.js"
import { factsOf, type SocketTypeName } from "../zmtp/socket-types.js"

/** Minimum time for which a problem must persist before the process is warned, in ms. */
export const WARN_AFTER = 5000

/** Maximum interval between checks of a socket that has never had a peer, in ms. */
const LONGEST_INTERVAL = 300_000

/** The part of a socket that is monitored. */
export interface WatchedSocket {
  readonly runtime: Runtime
  readonly typeName: SocketTypeName
  readonly endpoints: { readonly names: { readonly bound: readonly string[]; readonly connected: readonly string[] } }
  /** Whether the context enables warnings. */
  readonly warns: boolean
  /** Number of messages that are waiting for a peer, in queues and in calls of `send`. */
  readonly waiting: number
  /** Whether it receives only subscribed messages and has no subscriptions. */
  readonly hasNoSubscriptions: boolean
}

/** The first failed handshake at an endpoint since the last successful one. */
interface Rejection {
  readonly error: Error
  /** Whether it had already failed at the previous check. */
  seen: boolean
}

/** The kind of problem, which is also the code of the warning. */
type Cause = "ZMTP_HANDSHAKES_FAIL" | "ZMTP_NO_SUBSCRIPTION" | "ZMTP_NO_PEER"

/**
 * Warns the process, once per socket and cause, about problems that no call reports, such as failing handshakes. A
 * timer runs only while there may be a problem, and reads the state of the socket, so messages have no overhead.
 */
export class TroubleWatch {
  readonly #socket: WatchedSocket
  #timer: Timer | undefined
  /** Delay to which the timer was set. */
  #delay = 0
  #closed = false
  #hasHadPeer = false
  /** Interval between checks while no message is waiting. */
  #interval = WARN_AFTER
  /** Whether messages were already waiting at the previous check. */
  #wasWaiting = false
  /** The reason why the last attempt to connect failed. */
  #lastError: Error | undefined
  /** Whether it had no subscription when it was bound or connected. */
  #unsubscribed = false
  readonly #rejections = new Map<string, Rejection>()
  readonly #warned = new Set<Cause>()

  constructor(socket: WatchedSocket) {
    this.#socket = socket
  }

  /** Call when an endpoint was added. */
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

  /** Call when the socket is closed. Its connections may still fail while it lingers. */
  close(): void {
    this.#closed = true
    this.#stop()
  }

  /** Whether messages may be waiting for a peer, and no peer has ever connected. */
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
      const messages = waiting === 1 ? "1 message is" : `${waiting} messages are`
      const places = [...endpoints.names.connected, ...endpoints.names.bound].join(", ")
      const reason = this.#lastError === undefined ? "" : ` (${this.#lastError.message})`
      this.#warn("ZMTP_NO_PEER", `${messages} waiting for a peer, but none has connected at ${places}${reason}`)
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

/** Whether a handshake failed because of the configuration of the two sides, so it will fail again. */
function isMisconfiguration(error: Error | undefined): boolean {
  const cause = error?.cause ?? error
  if ([IncompatiblePeerError, RefusedError, HangUpError].some((kind) => cause instanceof kind)) return true
  return cause instanceof ProtocolError && /KEY_EXCHANGE|CRYPTOGRAPHIC/.test(cause.code)
}
