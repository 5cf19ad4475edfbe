import type { HandshakeProgress } from "../../core/connection/pending-handshake.js"

/** Maximum number of unfinished handshakes per endpoint. If it is exceeded, one of them is aborted. */
export const MAX_HANDSHAKES = 1024

/** Number of silent connections, and of speaking ones (that have sent data), that are protected while others can be aborted. */
const SHARE = MAX_HANDSHAKES / 4

/** A connection whose handshake is not complete. */
export interface UnfinishedHandshake {
  readonly progress: HandshakeProgress
}

/**
 * The unfinished handshakes of an endpoint, by progress. When there are too many, silent ones are aborted first, then
 * those that are not ready to be authenticated, in each case the oldest. Therefore, a flood of either cannot affect
 * peers that are being authenticated, however long that takes. A share of both is protected, so that new connections
 * have time to make progress. Among those being authenticated, the newest is aborted: otherwise, no authentication
 * might ever complete.
 */
export class UnfinishedHandshakes<H extends UnfinishedHandshake> {
  readonly #silent = new Set<H>()
  readonly #speaking = new Set<H>()
  readonly #authenticating = new Set<H>()

  /** Number of unfinished handshakes. */
  get size(): number {
    return this.#silent.size + this.#speaking.size + this.#authenticating.size
  }

  add(handshake: H): void {
    this.#silent.add(handshake)
  }

  delete(handshake: H): void {
    if (!this.#silent.delete(handshake) && !this.#speaking.delete(handshake)) this.#authenticating.delete(handshake)
  }

  /** Chooses the handshake to abort when there are too many. On the way, sorts those that have made progress. */
  chooseExpendable(): H | undefined {
    return this.findOldestSilent(SHARE) ?? this.#findOldestSpeaking(SHARE) ?? last(this.#authenticating)
  }

  /** Finds the oldest silent handshake, if there are more than `spared` of them. On the way, sorts those that speak. */
  findOldestSilent(spared = 0): H | undefined {
    // Each handshake is moved at most twice: their progress is checked only here and in `#findOldestSpeaking`.
    for (const handshake of this.#silent) {
      if (this.#silent.size <= spared) return undefined
      if (handshake.progress === "silent") return handshake
      this.#silent.delete(handshake)
      this.#speaking.add(handshake)
    }
    return undefined
  }

  #findOldestSpeaking(spared: number): H | undefined {
    for (const handshake of this.#speaking) {
      if (this.#speaking.size <= spared) return undefined
      if (handshake.progress !== "authenticating") return handshake
      this.#speaking.delete(handshake)
      this.#authenticating.add(handshake)
    }
    return undefined
  }
}

/** The element that was added last. */
function last<T>(set: ReadonlySet<T>): T | undefined {
  let item: T | undefined
  for (item of set);
  return item
}
