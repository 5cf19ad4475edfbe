import { Ring } from "../ring.js"
import type { Scheduler } from "./scheduler.js"

/** Maximum number of sends that may succeed before the event loop turns. */
const MAX_OPERATIONS = 8192

/** A receive counts as this many sends, because messages from other peers arrive with the next turn anyway. */
export const RECEIVE = 8

/** Maximum number of bytes that these operations may transfer. */
const MAX_BYTES = 8 * 1024 * 1024

/**
 * Maximum time that operations may take, in ms, with what the application does between them. Without work in between, the
 * number of operations is the limit: 8,192 sends take about 4 ms.
 */
const MAX_TIME = 20

/** Number of operations before the first check for a new turn of the event loop. */
const FEW_OPERATIONS = 64

/** Maximum number of operations between checks of the time. */
const UNTIMED_OPERATIONS = 512

/** How many suspended operations may resume before one that has not started, if there are always more of them. */
const MAX_OVERTAKING = 8

/**
 * Number of operations that may fail with EAGAIN in one turn of the event loop before a failure waits for the next
 * turn.
 */
const MAX_REFUSALS = 16

/**
 * Limits the work per turn of the event loop. A loop of operations that succeed immediately runs only in microtasks and
 * would starve timers and I/O.
 */
export class Budget {
  readonly #scheduler: Scheduler
  #operations = 0
  #bytes = 0
  #refusals = 0
  /** `spend` performs no check up to this many operations. */
  #unchecked = FEW_OPERATIONS
  #turnScheduled = false
  /** Time at which `MAX_TIME` has passed. */
  #deadline = 0
  #late = false
  /** Suspended operations, which resume in later turns. */
  readonly #continuing = new Ring<() => void>()
  /** Tasks that have not started. */
  readonly #postponed = new Ring<() => void>()
  #overtaken = 0

  /** @param now The time in ms, from any origin. */
  constructor(
    scheduler: Scheduler,
    private readonly now: () => number = steadyTime,
  ) {
    this.#scheduler = scheduler
  }

  /**
   * Counts one operation that succeeded immediately. Returns `undefined` while the budget lasts, else a promise to wait
   * for. These promises resolve in later turns, one at a time: continuing one loop whose data is in the CPU caches is
   * faster than resolving all at once.
   * @param size Number of bytes transferred.
   * @param count Number of sends that the operation counts as.
   */
  spend(size: number, count = 1): Promise<void> | undefined {
    this.#bytes += size
    this.#operations += count
    // Every send and receive calls this method, so it must be small enough to be inlined.
    return this.#operations < this.#unchecked && this.#bytes < MAX_BYTES ? undefined : this.#check()
  }

  #check(): Promise<void> | undefined {
    if (!this.#turnScheduled) {
      this.#turnScheduled = true
      this.#deadline = this.now() + MAX_TIME
      this.#scheduler.nextTurn(this.#turn)
    } else this.#late ||= this.now() > this.#deadline
    const operations = this.#operations
    this.#unchecked = this.#late ? 0 : Math.min(2 * operations, operations + UNTIMED_OPERATIONS, MAX_OPERATIONS)
    if (!this.#exhausted) return undefined
    return new Promise((resolve) => {
      this.#continuing.push(resolve)
    })
  }

  /** Whether several operations are suspended, so additional work should be postponed. */
  get overloaded(): boolean {
    return this.#exhausted && this.#continuing.length + this.#postponed.length > 1
  }

  /**
   * Counts one operation that failed immediately with EAGAIN. A loop that retries immediately also runs only in
   * microtasks and would block the event that it waits for. After a few failures, returns a promise of the next turn.
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

  /** Runs `task` in a turn with budget left, after suspended operations. */
  postpone(task: () => void): void {
    this.#postponed.push(task)
  }

  get #exhausted(): boolean {
    return this.#operations > MAX_OPERATIONS || this.#bytes > MAX_BYTES || this.#late
  }

  readonly #turn = (): void => {
    this.#turnScheduled = false
    this.#unchecked = FEW_OPERATIONS
    this.#operations = this.#bytes = 0
    this.#late = false
    this.#resume()
  }

  /**
   * Resumes suspended operations one at a time, each after the work that the previous one caused, while the budget
   * lasts.
   */
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

/** Some hosts have no `performance`. */
const watch: { now(): number } = (globalThis as { performance?: Performance }).performance ?? Date

// As it is when the library is loaded: test environments replace it, and would stop the time of sockets.
const steadyTime = /* @__PURE__ */ watch.now.bind(watch)
