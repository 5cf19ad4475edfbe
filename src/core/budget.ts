import { Ring } from "./ring.js"
import type { Scheduler } from "./runtime.js"

/** Sends that may succeed in a row before the event loop turns. */
const MAX_OPERATIONS = 8192

/** A receive counts as this many sends: what other peers have sent meanwhile arrives with the next turn. */
export const RECEIVE = 8

/** Bytes that may pass in them. */
const MAX_BYTES = 8 * 1024 * 1024

/** Below this many operations, nobody checks whether the loop has turned. */
const FEW_OPERATIONS = 64

/** How many may continue before one that has not begun, if they always have more to do. */
const MAX_OVERTAKING = 8

/** Operations that may be refused in one turn of the event loop before a refusal waits for the next. */
const MAX_REFUSALS = 16

/**
 * How much may be done in one turn of the event loop. A loop of operations that succeed at once runs in microtasks alone
 * and would starve timers and I/O.
 */
export class Budget {
  readonly #scheduler: Scheduler
  #operations = 0
  #bytes = 0
  #refusals = 0
  /** Up to this many operations, `spend` has nothing to check. */
  #unchecked = FEW_OPERATIONS
  #turnScheduled = false
  /** Those that had begun and have more to do. */
  readonly #continuing = new Ring<() => void>()
  /** Those that would begin. */
  readonly #postponed = new Ring<() => void>()
  #overtaken = 0

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /**
   * Counts one operation that succeeded at once. `undefined` while the budget lasts, else a promise to wait for. The
   * promises resolve in later turns, one after the other: continuing with what is in the caches is faster than
   * resolving all at once.
   * @param size Bytes that passed.
   * @param count How many sends it counts as.
   */
  spend(size: number, count = 1): Promise<void> | undefined {
    this.#bytes += size
    this.#operations += count
    // Every send and receive passes here: small enough to be inlined.
    return this.#operations < this.#unchecked && this.#bytes < MAX_BYTES ? undefined : this.#check()
  }

  #check(): Promise<void> | undefined {
    if (!this.#turnScheduled) {
      this.#turnScheduled = true
      this.#unchecked = MAX_OPERATIONS
      this.#scheduler.nextTurn(this.#turn)
    }
    if (!this.#exhausted) return undefined
    return new Promise((resolve) => {
      this.#continuing.push(resolve)
    })
  }

  /** Several wait for another turn: what would only add to that had better be postponed. */
  get crowded(): boolean {
    return this.#exhausted && this.#continuing.length + this.#postponed.length > 1
  }

  /**
   * Counts one operation that was refused at once. A loop that retries whenever it is refused runs in microtasks alone, too,
   * and what it waits for could never happen: after a few refusals the result is a promise of the next turn.
   */
  refuse(): Promise<void> | undefined {
    if (this.#refusals === 0) {
      this.#scheduler.nextTurn(() => {
        this.#refusals = 0
      })
    }
    if (++this.#refusals <= MAX_REFUSALS) return undefined
    return new Promise((resolve) => {
      this.#scheduler.nextTurn(resolve)
    })
  }

  /** Runs `task` in a turn with budget left, once those that have begun have nothing more to do. */
  postpone(task: () => void): void {
    this.#postponed.push(task)
  }

  get #exhausted(): boolean {
    return this.#operations > MAX_OPERATIONS || this.#bytes > MAX_BYTES
  }

  readonly #turn = (): void => {
    this.#turnScheduled = false
    this.#unchecked = FEW_OPERATIONS
    this.#operations = this.#bytes = 0
    this.#resume()
  }

  /** Lets one after the other continue, each after what the one before it has set going, while the budget lasts. */
  readonly #resume = (): void => {
    if (this.#exhausted) return
    const continues =
      this.#continuing.length > 0 && (this.#postponed.length === 0 || this.#overtaken++ < MAX_OVERTAKING)
    if (!continues) this.#overtaken = 0
    const next = continues ? this.#continuing.shift() : this.#postponed.shift()
    next?.()
    if (this.#continuing.length + this.#postponed.length > 0) void SETTLED.then(this.#resumeLater)
  }

  readonly #resumeLater = (): void => {
    this.#scheduler.afterMicrotasks(this.#resume)
  }
}

const SETTLED = Promise.resolve()
