import type { VerdictRequest } from "../zmtp/engine.js"
import type { Verdict } from "../zmtp/handshake/security.js"
import type { Timer } from "./clock.js"
import type { Judge } from "./connection-owner.js"
import { deadline } from "./deadline.js"
import type { Runtime } from "./runtime.js"

/**
 * How far a handshake has come: the peer has said nothing; something; all that its verdict depends on. From then on it is
 * being judged.
 */
export type HandshakeProgress = "silent" | "speaking" | "judged"

/**
 * Why judgements are aborted, for all of them: until its stack is read, an error holds on to everything that was called when
 * it was made, such as a connection that is gone.
 */
const PEER_GONE = /* @__PURE__ */ Object.assign(new Error("The peer is gone"), {
  name: "AbortError",
  code: "ABORT_ERR",
})

/** What a connection has until its handshake is complete: a deadline, and somebody who judges the peer. */
export class PendingHandshake {
  readonly kind = "handshaking"
  #progress: HandshakeProgress = "silent"
  #deadline: Timer | undefined
  #abort: AbortController | undefined
  #ended = false

  get progress(): HandshakeProgress {
    return this.#progress
  }

  /** Something has arrived. */
  heard(): void {
    if (this.#progress === "silent") this.#progress = "speaking"
  }

  /**
   * Calls `missed` unless the handshake has ended after `interval` ms, if that is more than 0. This also applies while
   * nothing is read from the peer: being judged does not buy it time.
   */
  limit(runtime: Runtime, interval: number, missed: (error: Error) => void): void {
    if (interval <= 0) return
    this.#deadline = deadline(runtime, interval, "the handshake to finish", missed)
  }

  /** Has the peer judged. Nobody is told once the handshake has ended. */
  judge(request: VerdictRequest, address: string, judge: Judge, judged: (verdict: Verdict | Error) => void): void {
    this.#progress = "judged"
    const gone = (): AbortSignal => (this.#abort = new AbortController()).signal
    judge.authenticate(request, address, gone, (verdict) => {
      if (this.#ended) return
      this.#abort = undefined
      judged(verdict)
    })
  }

  /** The handshake is complete, or the connection gone. */
  end(): void {
    this.#ended = true
    this.#deadline?.cancel()
    this.#abort?.abort(PEER_GONE)
  }
}
