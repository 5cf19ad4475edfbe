import type { HandshakeProgress } from "../../core/pending-handshake.js"

/** Most connections of one endpoint that may be in their handshake; past it one of them makes room. */
export const MAX_HANDSHAKES = 1024

/** How many may be silent, and how many speaking, before others make room for them. */
const SHARE = MAX_HANDSHAKES / 4

/** A connection whose handshake is not finished. */
export interface UnfinishedHandshake {
  readonly progress: HandshakeProgress
}

/**
 * The connections of an endpoint whose handshake is not finished, by how far they have come. Silent ones make room first,
 * then those that have not shown whom they are, the oldest of each: a flood of either ends nobody who is being judged,
 * however long that takes. Both keep a share of the places, so that newcomers have time to say something. Of those being
 * judged the newest makes room: if the oldest did, nobody would ever hear a verdict.
 */
export class UnfinishedHandshakes<H extends UnfinishedHandshake> {
  readonly #silent = new Set<H>()
  readonly #speaking = new Set<H>()
  readonly #judged = new Set<H>()

  /** How many there are. */
  get size(): number {
    return this.#silent.size + this.#speaking.size + this.#judged.size
  }

  add(handshake: H): void {
    this.#silent.add(handshake)
  }

  delete(handshake: H): void {
    if (!this.#silent.delete(handshake) && !this.#speaking.delete(handshake)) this.#judged.delete(handshake)
  }

  /** The one to end when there are too many. */
  expendable(): H | undefined {
    return this.oldestSilent(SHARE) ?? this.#oldestSpeaking(SHARE) ?? last(this.#judged)
  }

  /** The oldest that has said nothing, if more than `spared` have not. */
  oldestSilent(spared = 0): H | undefined {
    // Each is moved at most twice: who has come further is found out only here.
    for (const handshake of this.#silent) {
      if (this.#silent.size <= spared) return undefined
      if (handshake.progress === "silent") return handshake
      this.#silent.delete(handshake)
      this.#speaking.add(handshake)
    }
    return undefined
  }

  #oldestSpeaking(spared: number): H | undefined {
    for (const handshake of this.#speaking) {
      if (this.#speaking.size <= spared) return undefined
      if (handshake.progress !== "judged") return handshake
      this.#speaking.delete(handshake)
      this.#judged.add(handshake)
    }
    return undefined
  }
}

/** The one added last. */
function last<T>(set: ReadonlySet<T>): T | undefined {
  let item: T | undefined
  for (item of set);
  return item
}
