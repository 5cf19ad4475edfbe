import type { Timer } from "../core/runtime/clock.js"
import { onAbort } from "../core/abort.js"
import { LinkedList, type Linked } from "../core/linked-list.js"
import type { Runtime } from "../core/runtime/runtime.js"

/** How long an operation may wait. */
export interface WaitLimits {
  /** In ms; -1 means no limit. */
  readonly timeout: number
  /** Aborts the wait; the operation then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

interface Waiter<Item, Result> extends Linked<Waiter<Item, Result>> {
  readonly item: Item
  /** Owner of the operation, for `withdraw`. */
  readonly owner: object | undefined
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  /** Clears the timer and removes the listener of the signal. */
  release: (() => void) | undefined
}

/**
 * Operations that wait, in FIFO order. The process stays alive while any of them waits. An attempt may run code of the
 * application, such as subscribers of diagnostics channels, which may call any method of this class.
 *
 * A receiver that is faster than its peers waits for each message, so a waiter is small, and waiting without limits
 * creates no closure.
 */
export class WaitQueue<Item, Result> {
  readonly #runtime: Runtime
  readonly #expired: (item: Item) => Error
  readonly #waiters = new LinkedList<Waiter<Item, Result>>()
  /** The waiter for which an attempt is running. It stays in the queue until the result is known. */
  #served: Waiter<Item, Result> | undefined
  /** Creates the reason to reject `#served` if the attempt returns no result. */
  #leaving: (() => unknown) | undefined
  /** Whether `serve` was called during an attempt, so the attempt must be repeated. */
  #again = false

  /** @param expired Creates the error of an operation whose timeout has passed. */
  constructor(runtime: Runtime, expired: (item: Item) => Error) {
    this.#runtime = runtime
    this.#expired = expired
  }

  get length(): number {
    return this.#waiters.length
  }

  /** @param owner Owner of the operation, for `withdraw`. */
  join(item: Item, limits: WaitLimits, owner?: object): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Item, Result> = {
        item,
        owner,
        resolve,
        reject,
        release: undefined,
        list: undefined,
        previous: undefined,
        next: undefined,
      }
      // Done first, because it may throw; nothing is queued then.
      if (limits.signal !== undefined || limits.timeout >= 0) {
        if (!this.#limit(waiter, limits)) return
      }
      if (this.#waiters.length === 0) this.#runtime.keepAlive.hold()
      this.#waiters.push(waiter)
    })
  }

  /**
   * Starts the timer and listens to the signal. Returns false, after rejecting `waiter`, if the signal has already
   * aborted.
   */
  #limit(waiter: Waiter<Item, Result>, { timeout, signal }: WaitLimits): boolean {
    let stopListening: (() => void) | undefined
    if (signal !== undefined) {
      const aborted = (): unknown => signal.reason
      stopListening = onAbort(signal, () => {
        this.#leave(waiter, aborted)
      })
      if (signal.aborted) {
        stopListening()
        waiter.reject(signal.reason)
        return false
      }
    }
    let timer: Timer | undefined
    if (timeout >= 0) {
      timer = this.#runtime.clock.after(timeout, () => {
        this.#leave(waiter, () => this.#expired(waiter.item))
      })
    }
    waiter.release = () => {
      timer?.cancel()
      stopListening?.()
    }
    return true
  }

  /**
   * Serves the first waiters until `attempt` returns `undefined`. An error that it throws rejects the current waiter.
   * `true` means success without a result.
   */
  serve(attempt: (item: Item) => Result | undefined): void {
    if (this.#served !== undefined) {
      this.#again = true
      return
    }
    for (let waiter = this.#waiters.first; waiter !== undefined; waiter = this.#waiters.first) {
      this.#served = waiter
      this.#leaving = undefined
      this.#again = false
      let result: Result | undefined
      try {
        result = attempt(waiter.item)
      } catch (error) {
        this.#served = undefined
        this.#remove(waiter)
        waiter.reject(error)
        continue
      }
      this.#served = undefined
      if (result !== undefined) {
        this.#remove(waiter)
        waiter.resolve(result === true ? (undefined as Result) : result)
      } else if ((this.#leaving as (() => unknown) | undefined) !== undefined) {
        this.#leave(waiter, this.#leaving!)
      } else if (!(this.#again as boolean)) return
    }
  }

  /** Rejects all operations. */
  dismiss(reason: (item: Item) => unknown): void {
    for (const waiter of [...this.#waiters]) this.#leave(waiter, () => reason(waiter.item))
  }

  /** Rejects the operations of `owner`. */
  withdraw(owner: object, reason: unknown): void {
    for (const waiter of [...this.#waiters]) if (waiter.owner === owner) this.#leave(waiter, () => reason)
  }

  /**
   * Rejects `waiter`. If an attempt is running for it and returns a result, it gets the result, so that no received
   * message is lost.
   */
  #leave(waiter: Waiter<Item, Result>, reason: () => unknown): void {
    if (waiter === this.#served) this.#leaving ??= reason
    else if (this.#remove(waiter)) waiter.reject(reason())
  }

  #remove(waiter: Waiter<Item, Result>): boolean {
    if (!this.#waiters.remove(waiter)) return false
    waiter.release?.()
    if (this.#waiters.length === 0) this.#runtime.keepAlive.release()
    return true
  }
}
