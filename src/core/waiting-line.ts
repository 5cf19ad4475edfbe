import { holdProcess, releaseProcess, type Clock, type Timer } from "./platform.js"
import { Ring } from "./ring.js"

interface Waiter<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  timer: Timer | undefined
}

/** Operations that wait, first come, first served. The process stays alive while any does. */
export class WaitingLine<Item, Result> {
  readonly #waiters = new Ring<Waiter<Item, Result>>()

  constructor(private readonly clock: Clock) {}

  get length(): number {
    return this.#waiters.length
  }

  /** @param timeout In ms; -1 means no limit. `expired` makes the error that the wait ends with. */
  join(item: Item, timeout: number, expired: (item: Item) => Error): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Item, Result> = { item, resolve, reject, timer: undefined }
      if (this.#waiters.length === 0) holdProcess()
      this.#waiters.push(waiter)
      if (timeout < 0) return
      waiter.timer = this.clock.after(timeout, () => {
        this.#waiters.remove(waiter)
        this.#left(waiter)
        reject(expired(item))
      })
    })
  }

  /** Serves those in front until `attempt` gives `undefined`; what it throws rejects the one it was tried for. */
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
      waiter.resolve(result)
    }
  }

  /** Sends everybody away. */
  dismiss(reason: (item: Item) => Error): void {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      this.#left(waiter)
      waiter.reject(reason(waiter.item))
    }
  }

  #left(waiter: Waiter<Item, Result>): void {
    waiter.timer?.cancel()
    if (this.#waiters.length === 0) releaseProcess()
  }
}
