import type { Timer } from "../core/clock.js"
import { HangUpError } from "../core/session.js"
import type { Runtime } from "../core/runtime.js"
import type { TransportEvent } from "../transports/transport.js"
import { IncompatiblePeerError, ProtocolError, RefusedError } from "../zmtp/protocol-error.js"
import type { SocketTypeName } from "../zmtp/socket-types.js"

/** How long something has to be wrong before the process is warned of it, in ms. */
export const WARN_AFTER = 5000

/** Longest time between two checks of a socket that has not had a peer yet, in ms. */
const LONGEST_INTERVAL = 300_000

/** A socket, as far as it is watched. */
export interface WatchedSocket {
  readonly runtime: Runtime
  readonly typeName: SocketTypeName
  readonly endpoints: { readonly bound: readonly string[]; readonly connected: readonly string[] }
  /** Messages that wait for a peer, in queues and in calls of `send`. */
  readonly waiting: number
  /** A peer has been ready. */
  readonly hasHadPeer: boolean
  /** It receives only what it has asked for, and has asked for nothing. */
  readonly asksForNothing: boolean
}

/** The last handshake at an endpoint that failed, if none has succeeded since. */
interface Rejection {
  readonly error: Error
  /** It was there at the check before. */
  seen: boolean
}

/**
 * Warns the process once per socket and cause when a socket has been in trouble for several seconds: nothing will arrive, and no
 * call fails. It looks at the socket from time to time, so that messages cost nothing more.
 */
export class TroubleWatch {
  readonly #socket: WatchedSocket
  readonly #warned = new Set<string>()
  readonly #rejections = new Map<string, Rejection>()
  #timer: Timer | undefined
  #interval = WARN_AFTER
  /** Why the last attempt to connect failed. */
  #lastError: Error | undefined

  constructor(socket: WatchedSocket) {
    this.#socket = socket
  }

  /** Call when the socket has an endpoint. */
  start(): void {
    this.#timer ??= this.#socket.runtime.clock.after(this.#interval, this.#check)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  note({ type, address = "", error }: TransportEvent): void {
    if (type === "handshake") this.#rejections.delete(address)
    else if (type === "connect:retry") this.#lastError = error
    else if (type.startsWith("handshake:") && isMisconfiguration(error) && !this.#rejections.has(address)) {
      this.#rejections.set(address, { error: error!, seen: false })
      this.start()
    }
  }

  readonly #check = (): void => {
    this.#timer = undefined
    const { waiting, hasHadPeer, asksForNothing, endpoints } = this.#socket
    let again = false
    for (const [address, rejection] of this.#rejections) {
      if (rejection.seen) this.#warn("handshake", `handshakes at ${address} fail: ${rejection.error.message}`)
      again ||= !rejection.seen
      rejection.seen = true
    }
    if (asksForNothing) this.#warn("subscription", "it has no subscription, so it receives nothing")
    if (!hasHadPeer) {
      const places = [...endpoints.connected, ...endpoints.bound].join(", ")
      const reason = this.#lastError === undefined ? "" : ` (${this.#lastError.message})`
      const messages = waiting === 1 ? "1 message waits" : `${waiting} messages wait`
      if (waiting > 0) this.#warn("peer", `${messages} for a peer, and none has appeared at ${places}${reason}`)
      again ||= !this.#warned.has("peer")
      this.#interval = Math.min(2 * this.#interval, LONGEST_INTERVAL)
    }
    if (again) this.start()
  }

  #warn(cause: string, text: string): void {
    if (this.#warned.has(cause)) return
    this.#warned.add(cause)
    this.#socket.runtime.warn(`${this.#socket.typeName} socket: ${text}. Set 'context.warnings = false' to hide this.`)
  }
}

/** Whether `error` of a handshake comes from how the two sides are set up, and will come again. */
function isMisconfiguration(error: Error | undefined): boolean {
  const cause = error?.cause ?? error
  if ([IncompatiblePeerError, RefusedError, HangUpError].some((kind) => cause instanceof kind)) return true
  return cause instanceof ProtocolError && /KEY_EXCHANGE|CRYPTOGRAPHIC/.test(cause.code)
}
