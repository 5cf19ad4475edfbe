/**
 * Calls `aborted` when `signal` aborts, unless the function that is returned is called before. A signal gets one
 * listener however many callers wait for it: adding a listener to an `EventTarget` takes longer the more it has.
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
  /** Further callbacks. Few signals have any. */
  #others: Set<() => void> | undefined

  readonly #tell = (): void => {
    this.#end()
    this.#first?.()
    // A callback may remove others.
    if (this.#others !== undefined) for (const aborted of this.#others) aborted()
  }

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener("abort", this.#tell)
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
    this.#signal.removeEventListener("abort", this.#tell)
    if (subscribersOf.get(this.#signal) === this) subscribersOf.delete(this.#signal)
  }
}
