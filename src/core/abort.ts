/**
 * Calls `aborted` when `signal` aborts, unless the returned function is called first. Each signal gets one listener,
 * regardless of how many callers wait for it, because adding a listener takes longer the more an `EventTarget` has.
 */
export function onAbort(signal: AbortSignal, aborted: () => void): () => void {
  let subscribers = subscribersOf.get(signal)
  if (subscribers === undefined) {
    subscribers = new Subscribers(signal)
    subscribersOf.set(signal, subscribers)
  }
  return subscribers.add(aborted)
}

const subscribersOf = new WeakMap<AbortSignal, Subscribers>()

/** All callbacks for one signal, behind a single listener. */
class Subscribers {
  readonly #signal: AbortSignal
  #first: (() => void) | undefined
  /** Further callbacks, which few signals have. */
  #others: Set<() => void> | undefined

  readonly #notify = (): void => {
    this.#end()
    this.#first?.()
    // A callback may unsubscribe others.
    this.#others?.forEach((aborted) => {
      aborted()
    })
  }

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener("abort", this.#notify)
  }

  add(aborted: () => void): () => void {
    if (this.#first === undefined && this.#others === undefined) this.#first = aborted
    else (this.#others ??= new Set()).add(aborted)
    return () => {
      if (this.#first === aborted) this.#first = undefined
      else this.#others?.delete(aborted)
      if (this.#first === undefined && !(this.#others !== undefined && this.#others.size > 0)) this.#end()
    }
  }

  #end(): void {
    this.#signal.removeEventListener("abort", this.#notify)
    if (subscribersOf.get(this.#signal) === this) subscribersOf.delete(this.#signal)
  }
}
