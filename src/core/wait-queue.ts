import type { Timer } from "./clock.js"
import { onAbort } from "./abort.js"
import { LinkedList, type Linked } from "./linked-list.js"
import type { Runtime } from "./runtime.js"

/** How long somebody waits. */
export interface WaitLimits {
  /** In ms; -1 means without limit. */
  readonly timeout: number
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined
  /** On whose behalf, for `withdraw`. */
  readonly owner?: object | undefined
}

interface Waiter<Item, Result> extends Linked<Waiter<Item, Result>> {
  readonly item: Item
  readonly owner: object | undefined
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  timer: Timer | undefined
  stopListening: (() => void) | undefined
  /** Why it is to leave unless it is being served right now. */
  leaving: (() => unknown) | undefined
}

/**
 * Operations that wait, first come, first served. The process stays alive while any does. Serving may run code of the
 * application (subscribers of the diagnostics channels), which may make any of the calls below.
 */
export class WaitQueue<Item, Result> {
  readonly #waiters = new LinkedList<Waiter<Item, Result>>()
  /** The one that an attempt is made for. It stays in the line until the outcome is known. */
  #served: Waiter<Item, Result> | undefined
  /** It was worth serving during an attempt: what that did not find may be there now. */
  #again = false

  constructor(private readonly runtime: Runtime) {}

  get length(): number {
    return this.#waiters.length
  }

  /** @param expired Makes the error that the wait ends with when its time is up. */
  join(item: Item, { timeout, signal, owner }: WaitLimits, expired: (item: Item) => Error): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Item, Result> = {
        item,
        owner,
        resolve,
        reject,
        timer: undefined,
        stopListening: undefined,
        leaving: undefined,
        list: undefined,
        previous: undefined,
        next: undefined,
      }
      // What may fail comes first: nobody joins then.
      if (signal !== undefined) {
        const aborted = (): unknown => signal.reason
        waiter.stopListening = onAbort(signal, () => {
          this.#leave(waiter, aborted)
        })
        if (signal.aborted) {
          waiter.stopListening()
          reject(signal.reason as Error)
          return
        }
      }
      if (timeout >= 0) {
        waiter.timer = this.runtime.clock.after(timeout, () => {
          this.#leave(waiter, () => expired(item))
        })
      }
      if (this.#waiters.length === 0) this.runtime.keepAlive.hold()
      this.#waiters.push(waiter)
    })
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
      } else if (waiter.leaving !== undefined) {
        this.#leave(waiter, waiter.leaving)
      } else if (!(this.#again as boolean)) return
    }
  }

  /** Sends everybody away. */
  dismiss(reason: (item: Item) => unknown): void {
    for (const waiter of [...this.#waiters]) this.#leave(waiter, () => reason(waiter.item))
  }

  /** Sends away those who wait on behalf of `owner`. */
  withdraw(owner: object, reason: unknown): void {
    for (const waiter of [...this.#waiters]) if (waiter.owner === owner) this.#leave(waiter, () => reason)
  }

  /** Whoever is being served has its result, if there is one: a message that was taken is not lost. */
  #leave(waiter: Waiter<Item, Result>, reason: () => unknown): void {
    if (waiter === this.#served) waiter.leaving ??= reason
    else if (this.#remove(waiter)) waiter.reject(reason())
  }

  #remove(waiter: Waiter<Item, Result>): boolean {
    if (!this.#waiters.remove(waiter)) return false
    waiter.timer?.cancel()
    waiter.stopListening?.()
    if (this.#waiters.length === 0) this.runtime.keepAlive.release()
    return true
  }
}
