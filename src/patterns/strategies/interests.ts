import type { Pipe } from "../../core/pipe.js"
import { Ring } from "../../core/ring.js"
import { LimitError, type LimitName } from "../../zmtp/protocol-error.js"

/** How much memory peers may take by what they ask for, in bytes; 0 means no limit. */
export interface InterestLimits {
  readonly maxPeerSubscriptionBytes: number
  readonly maxSubscriptionBytes: number
}

/** A peer that has to go, and why. */
export interface Excess {
  readonly pipe: Pipe
  readonly reason: LimitError
}

/** How many interests of departed peers are taken back in one turn of the event loop: a few milliseconds of work. */
export const SLICE = 1024

/** What one peer has asked for, as keys of one character per byte: strings keep no other memory than their own. */
interface Asked {
  readonly keys: Set<string>
  cost: number
}

/**
 * What peers have asked for: topics or groups. It counts what they take in memory against the limits for one peer and for
 * all of them, and takes back in slices what departed peers had asked for.
 */
export class Interests {
  readonly #asked = new Map<Pipe, Asked>()
  #cost = 0
  readonly #departed = new Ring<{ readonly pipe: Pipe; readonly keys: IterableIterator<string> }>()

  /**
   * @param name What is limited for one peer.
   * @param overhead What an interest takes in addition to its length, in bytes, and how many times its length it takes.
   */
  constructor(
    private readonly limits: InterestLimits,
    private readonly name: LimitName,
    private readonly overhead: readonly [bytes: number, times: number],
  ) {}

  /** Comes before all else that concerns `pipe`. */
  add(pipe: Pipe): void {
    this.#asked.set(pipe, { keys: new Set(), cost: 0 })
  }

  /** The peers that are there. */
  get pipes(): IterableIterator<Pipe> {
    return this.#asked.keys()
  }

  has(pipe: Pipe): boolean {
    return this.#asked.has(pipe)
  }

  keysOf(pipe: Pipe): Iterable<string> {
    return this.#asked.get(pipe)?.keys ?? []
  }

  /**
   * Who has to go for `pipe` to ask for `key`, if anybody has to: itself above the limit for one peer, whoever has asked
   * for most above the limit for all.
   */
  excess(pipe: Pipe, key: string): Excess | undefined {
    const asked = this.#asked.get(pipe)
    if (asked?.keys.has(key) === true) return undefined
    const { maxPeerSubscriptionBytes: most, maxSubscriptionBytes: mostOfAll } = this.limits
    const cost = this.#costOf(key)
    if (most > 0 && (asked?.cost ?? 0) + cost > most) {
      return { pipe, reason: new LimitError(this.name, `Over maxPeerSubscriptionBytes of ${most} bytes`) }
    }
    if (mostOfAll === 0 || this.#cost + cost <= mostOfAll) return undefined
    const reason = new LimitError("subscriptions of all peers", `Over maxSubscriptionBytes of ${mostOfAll} bytes`)
    return { pipe: this.#greediest(pipe), reason }
  }

  /** False when `pipe` has asked for `key` before. */
  insert(pipe: Pipe, key: string): boolean {
    const asked = this.#asked.get(pipe)!
    if (asked.keys.has(key)) return false
    const cost = this.#costOf(key)
    asked.keys.add(key)
    asked.cost += cost
    this.#cost += cost
    return true
  }

  /** False when `pipe` has not asked for `key`. */
  delete(pipe: Pipe, key: string): boolean {
    const asked = this.#asked.get(pipe)
    if (asked?.keys.delete(key) !== true) return false
    const cost = this.#costOf(key)
    asked.cost -= cost
    this.#cost -= cost
    return true
  }

  /** `pipe` is gone; what it had asked for is left to `takeBack`. */
  depart(pipe: Pipe): void {
    const asked = this.#asked.get(pipe)
    if (asked === undefined) return
    this.#asked.delete(pipe)
    this.#cost -= asked.cost
    if (asked.keys.size > 0) this.#departed.push({ pipe, keys: asked.keys.values() })
  }

  /** Whether anything is left of departed peers. */
  get departing(): boolean {
    return this.#departed.length > 0
  }

  /**
   * Takes back up to `most` interests of departed peers, while `wanted` says so.
   * @param each Given each of them.
   */
  takeBack(most: number, each: (pipe: Pipe, key: string) => void, wanted: () => boolean = () => true): void {
    for (let left = most; left > 0 && wanted();) {
      const departed = this.#departed.peek()
      if (departed === undefined) return
      const next = departed.keys.next()
      if (next.done === true) {
        this.#departed.shift()
        continue
      }
      left--
      each(departed.pipe, next.value)
    }
  }

  #costOf(key: string): number {
    const [bytes, times] = this.overhead
    return bytes + times * key.length
  }

  #greediest(pipe: Pipe): Pipe {
    let greediest = pipe
    let most = 0
    for (const [candidate, { cost }] of this.#asked) {
      if (cost <= most) continue
      greediest = candidate
      most = cost
    }
    return greediest
  }
}
