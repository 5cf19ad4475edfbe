import type { Pipe } from "../../core/pipe/pipe.js"
import { Ring } from "../../core/ring.js"
import { LimitError, type LimitName } from "../../zmtp/protocol-error.js"

/** Limits on the memory that subscriptions and groups of peers may take, in bytes; 0 means no limit. */
export interface InterestLimits {
  readonly maxPeerSubscriptionBytes: number
  readonly maxSubscriptionBytes: number
}

/** A peer to disconnect, and the reason. */
export interface LimitViolation {
  readonly pipe: Pipe
  readonly reason: LimitError
}

/**
 * Maximum number of interests of departed peers to remove in one turn of the event loop, which takes a few
 * milliseconds.
 */
export const SLICE = 1024

/**
 * Interests of one peer. The keys are strings of one character per byte, because strings keep no other memory alive.
 */
interface PeerInterests {
  readonly keys: Set<string>
  cost: number
}

/**
 * The topics that peers have subscribed to, or the groups that they have joined. Counts their memory against the limits
 * per peer and in total, and removes those of departed peers in slices.
 */
export class Interests {
  readonly #peers = new Map<Pipe, PeerInterests>()
  #cost = 0
  readonly #departed = new Ring<{ readonly pipe: Pipe; readonly keys: IterableIterator<string> }>()

  /**
   * @param name Name of the limit per peer.
   * @param overhead Memory that an interest takes, in bytes: a constant, and a factor for its length.
   */
  constructor(
    private readonly limits: InterestLimits,
    private readonly name: LimitName,
    private readonly overhead: readonly [bytes: number, times: number],
  ) {}

  /** Adds a pipe. Call it before any other method for `pipe`. */
  add(pipe: Pipe): void {
    this.#peers.set(pipe, { keys: new Set(), cost: 0 })
  }

  /** The pipes that have not departed. */
  get pipes(): IterableIterator<Pipe> {
    return this.#peers.keys()
  }

  has(pipe: Pipe): boolean {
    return this.#peers.has(pipe)
  }

  keysOf(pipe: Pipe): Iterable<string> {
    return this.#peers.get(pipe)?.keys ?? []
  }

  /**
   * The pipe to disconnect, and the reason, if adding `key` to `pipe` exceeds a limit: `pipe` itself for the limit per
   * peer, the pipe that takes the most memory for the total limit.
   */
  violation(pipe: Pipe, key: string): LimitViolation | undefined {
    const interests = this.#peers.get(pipe)
    if (interests?.keys.has(key) === true) return undefined
    const { maxPeerSubscriptionBytes: most, maxSubscriptionBytes: mostOfAll } = this.limits
    const cost = this.#costOf(key)
    if (most > 0 && (interests?.cost ?? 0) + cost > most) {
      return { pipe, reason: new LimitError(this.name, `Topics exceed maxPeerSubscriptionBytes (${most} bytes)`) }
    }
    if (mostOfAll === 0 || this.#cost + cost <= mostOfAll) return undefined
    const reason = new LimitError(
      "subscriptions of all peers",
      `Topics exceed maxSubscriptionBytes (${mostOfAll} bytes)`,
    )
    return { pipe: this.#greediest(pipe), reason }
  }

  /** Returns false if `pipe` already has `key`. */
  insert(pipe: Pipe, key: string): boolean {
    const interests = this.#peers.get(pipe)!
    if (interests.keys.has(key)) return false
    const cost = this.#costOf(key)
    interests.keys.add(key)
    interests.cost += cost
    this.#cost += cost
    return true
  }

  /** Returns false if `pipe` does not have `key`. */
  delete(pipe: Pipe, key: string): boolean {
    const interests = this.#peers.get(pipe)
    if (interests?.keys.delete(key) !== true) return false
    const cost = this.#costOf(key)
    interests.cost -= cost
    this.#cost -= cost
    return true
  }

  /** Marks `pipe` as departed. `removeDeparted` removes its interests later. */
  depart(pipe: Pipe): void {
    const interests = this.#peers.get(pipe)
    if (interests === undefined) return
    this.#peers.delete(pipe)
    this.#cost -= interests.cost
    if (interests.keys.size > 0) this.#departed.push({ pipe, keys: interests.keys.values() })
  }

  /** Whether interests of departed peers remain to be removed. */
  get departing(): boolean {
    return this.#departed.length > 0
  }

  /**
   * Removes up to `most` interests of departed peers while `wanted` returns true.
   * @param each Called for each of them.
   */
  removeDeparted(most: number, each: (pipe: Pipe, key: string) => void, wanted: () => boolean = () => true): void {
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
    for (const [candidate, { cost }] of this.#peers) {
      if (cost <= most) continue
      greediest = candidate
      most = cost
    }
    return greediest
  }
}
