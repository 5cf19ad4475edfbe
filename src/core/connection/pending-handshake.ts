import type { VerdictRequest } from "../../zmtp/engine.js"
import type { Verdict } from "../../zmtp/handshake/security.js"
import type { Timer } from "../runtime/clock.js"
import { deadline } from "../runtime/deadline.js"
import type { Runtime } from "../runtime/runtime.js"
import type { PeerAuthenticator } from "./connection-owner.js"

/**
 * Progress of a handshake: the peer has sent nothing; it has sent something; it has sent everything needed to
 * authenticate it.
 */
export type HandshakeProgress = "silent" | "speaking" | "authenticating"

/**
 * The reason with which authentications are aborted. All of them share one error, because an error whose stack was not
 * read keeps everything on the call stack alive, such as a closed connection.
 */
const PEER_GONE = /* @__PURE__ */ Object.assign(new Error("The peer has disconnected"), {
  name: "AbortError",
  code: "ABORT_ERR",
})

/** State of a connection during its handshake: the deadline, and the pending authentication. */
export class PendingHandshake {
  readonly kind = "handshaking"
  #progress: HandshakeProgress = "silent"
  #deadline: Timer | undefined
  #abort: AbortController | undefined
  #ended = false

  get progress(): HandshakeProgress {
    return this.#progress
  }

  /** Call when data has arrived. */
  received(): void {
    if (this.#progress === "silent") this.#progress = "speaking"
  }

  /**
   * Calls `missed` if the handshake is not complete after `interval` ms; 0 means no limit. Time spent on authentication
   * counts.
   */
  limit(runtime: Runtime, interval: number, missed: (error: Error) => void): void {
    if (interval <= 0) return
    this.#deadline = deadline(runtime, interval, "the handshake to finish", missed)
  }

  /** Authenticates the peer. After `end`, the result is ignored. */
  authenticate(
    request: VerdictRequest,
    address: string,
    authenticator: PeerAuthenticator,
    done: (verdict: Verdict | Error) => void,
  ): void {
    this.#progress = "authenticating"
    const gone = (): AbortSignal => (this.#abort = new AbortController()).signal
    authenticator.authenticate(request, address, gone, (verdict) => {
      if (this.#ended) return
      this.#abort = undefined
      done(verdict)
    })
  }

  /** Ends the handshake, because it is complete or the connection is closed. */
  end(): void {
    this.#ended = true
    this.#deadline?.cancel()
    this.#abort?.abort(PEER_GONE)
  }
}
