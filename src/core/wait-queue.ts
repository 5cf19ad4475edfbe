import type { Timer } from "./clock.js"
import { onAbort } from "./abort.js"
import { LinkedList, type Linked } from "./linked-list.js"
import type { Runtime } from "./runtime.js"

/** How long an operation waits. */
export interface WaitLimits {
  /** In ms; -1 means without limit. */
  readonly timeout: number
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined
}

interface Waiter<Item, Result> extends Linked<Waiter<Item, Result>> {
  readonly item: Item
  /** Argument of `withdraw`. */
  readonly owner: object | undefined
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  /** Stops the timer and no longer listens to the signal, if there are any. */
  release: (() => void) | undefined
}

/**
 * Operations that wait, first come, first served. The process stays alive while any does. Serving may run code of the
 * application (subscribers of the diagnostics channels), which may make any of the calls below.
 *
 * A receiver that is faster than its peers joins for each message, so a waiter is small, and a wait without limits
 * creates no closure.
 */
export class WaitQueue<Item, Result> {
  readonly #runtime: Runtime
  readonly #expired: (item: Item) => Error
  readonly #waiters = new LinkedList<Waiter<Item, Result>>()
  /** The one that an attempt is made for. It stays in the queue until the outcome is known. */
  #served: Waiter<Item, Result> | undefined
  /** Why the one that is being served leaves unless the attempt has a result for it. */
  #leaving: (() => unknown) | undefined
  /** `serve` was called during an attempt: what that did not find may be there now. */
  #again = false

  /** @param expired Creates the error of a wait whose timeout has passed. */
  constructor(runtime: Runtime, expired: (item: Item) => Error) {
    this.#runtime = runtime
    this.#expired = expired
  }

  get length(): number {
    return this.#waiters.length
  }

  /** @param owner On whose behalf `item` waits, for `withdraw`. */
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
      // Comes first, because it may fail: then nothing joins.
      if (limits.signal !== undefined || limits.timeout >= 0) {
        if (!this.#limit(waiter, limits)) return
      }
      if (this.#waiters.length === 0) this.#runtime.keepAlive.hold()
      this.#waiters.push(waiter)
    })
  }

  /** Arranges for `waiter` to leave in time. False if its signal has aborted already: it is rejected then. */
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
   * Serves those in front until `attempt` gives `undefined`; what it throws rejects the one it was tried for. `true`
   * stands for success without a result.
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

  /** Sends everybody away. */
  dismiss(reason: (item: Item) => unknown): void {
    for (const waiter of [...this.#waiters]) this.#leave(waiter, () => reason(waiter.item))
  }

  /** Rejects the operations that wait on behalf of `owner`. */
  withdraw(owner: object, reason: unknown): void {
    for (const waiter of [...this.#waiters]) if (waiter.owner === owner) this.#leave(waiter, () => reason)
  }

  /** The operation being served gets its result if there is one, so that no received message is lost. */
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
