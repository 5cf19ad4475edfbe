import type { Timer } from "./clock.js"
import type { Runtime } from "./runtime.js"
import { Ring } from "./ring.js"

/** How long somebody waits. */
export interface Patience {
  /** In ms; -1 means without limit. */
  readonly timeout: number
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined
}

interface Waiter<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  timer: Timer | undefined
  stopListening: (() => void) | undefined
}

/** Operations that wait, first come, first served. The process stays alive while any does. */
export class WaitingLine<Item, Result> {
  readonly #waiters = new Ring<Waiter<Item, Result>>()

  constructor(private readonly runtime: Runtime) {}

  get length(): number {
    return this.#waiters.length
  }

  /** @param expired Makes the error that the wait ends with when its time is up. */
  join(item: Item, patience: Patience, expired: (item: Item) => Error): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Item, Result> = { item, resolve, reject, timer: undefined, stopListening: undefined }
      if (this.#waiters.length === 0) this.runtime.keepAlive.hold()
      this.#waiters.push(waiter)
      if (patience.timeout >= 0 || patience.signal !== undefined) this.#limit(waiter, patience, expired)
    })
  }

  /**
   * Serves those in front until `attempt` gives `undefined`; what it throws rejects the one it was tried for. `true`
   * stands for success without a result.
   */
  serve(attempt: (item: Item) => Result | undefined): void {
    for (let waiter = this.#waiters.peek(); waiter !== undefined; waiter = this.#waiters.peek()) {
      let result: Result | undefined
      try {
        result = attempt(waiter.item)
      } catch (error) {
        this.#waiters.shift()
        this.#left(waiter)
        waiter.reject(error)
        continue
      }
      if (result === undefined) return
      this.#waiters.shift()
      this.#left(waiter)
      waiter.resolve(result === true ? (undefined as Result) : result)
    }
  }

  /** Sends everybody away. */
  dismiss(reason: (item: Item) => Error): void {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      this.#left(waiter)
      waiter.reject(reason(waiter.item))
    }
  }

  #limit(waiter: Waiter<Item, Result>, { timeout, signal }: Patience, expired: (item: Item) => Error): void {
    const leave = (error: unknown): void => {
      this.#waiters.remove(waiter)
      this.#left(waiter)
      waiter.reject(error)
    }
    if (signal !== undefined) {
      const aborted = (): void => {
        leave(signal.reason)
      }
      signal.addEventListener("abort", aborted)
      waiter.stopListening = () => {
        signal.removeEventListener("abort", aborted)
      }
    }
    if (timeout < 0) return
    waiter.timer = this.runtime.clock.after(timeout, () => {
      leave(expired(waiter.item))
    })
  }

  #left(waiter: Waiter<Item, Result>): void {
    waiter.timer?.cancel()
    waiter.stopListening?.()
    if (this.#waiters.length === 0) this.runtime.keepAlive.release()
  }
}
