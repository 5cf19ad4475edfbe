import { setImmediate } from "node:timers"

/** Address families: 4 for IPv4 only, 0 for both. */
export type Family = 4 | 0

/** Called with the addresses of a name in the order to try them, or with an error. */
export type Resolved = (error: Error | undefined, addresses: readonly string[]) => void

/** Looks up the addresses of a name. Lookups cannot be canceled. */
export type Lookup = (name: string, family: Family, resolved: Resolved) => void

/** Looks up host names. */
export interface Resolver {
  /** Looks up a name, and calls `resolved` asynchronously, unless the returned function is called first. */
  resolve(name: string, family: Family, resolved: Resolved): () => void
}

/**
 * Maximum number of concurrent lookups. Each occupies one of the four threads that a process has for lookups and file
 * access, for several seconds if no server answers, and keeps the process alive.
 */
const MAX_LOOKUPS = 2

interface LookupState {
  readonly name: string
  readonly family: Family
  readonly waiting: Set<Resolved>
  /** Whether the lookup has started. */
  started: boolean
}

/**
 * Shares lookups: there is at most one per name at a time, however many sockets wait for it, and none if all sockets
 * are closed before it starts. Results are not cached; each attempt to connect looks names up again.
 */
export class SharedResolver implements Resolver {
  readonly #lookups = new Map<string, LookupState>()
  #running = 0
  #scheduled = false

  constructor(private readonly lookup: Lookup) {}

  resolve(name: string, family: Family, resolved: Resolved): () => void {
    const key = `${family} ${name}`
    const state = this.#lookups.get(key) ?? { name, family, waiting: new Set<Resolved>(), started: false }
    this.#lookups.set(key, state)
    // The same function may wait more than once.
    const waiter: Resolved = (error, addresses) => {
      resolved(error, addresses)
    }
    state.waiting.add(waiter)
    this.#schedule()
    return () => {
      state.waiting.delete(waiter)
      if (!state.started && state.waiting.size === 0 && this.#lookups.get(key) === state) {
        this.#lookups.delete(key)
      }
    }
  }

  /** Starts lookups in a later turn, so that connecting and closing immediately causes none. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#startNext()
    }).unref()
  }

  #startNext(): void {
    for (const [key, state] of this.#lookups) {
      if (this.#running >= MAX_LOOKUPS) return
      if (!state.started) this.#start(key, state)
    }
  }

  #start(key: string, state: LookupState): void {
    state.started = true
    this.#running++
    this.lookup(state.name, state.family, (error, addresses) => {
      this.#running--
      this.#lookups.delete(key)
      for (const waiter of state.waiting) waiter(error, addresses)
      this.#startNext()
    })
  }
}

/** The system's `getaddrinfo`, which uses DNS, the hosts file, mDNS, and other configured sources. */
const systemLookup: Lookup = (name, family, resolved) => {
  // Loaded on use, because it takes a millisecond and few programs need it.
  const { lookup } = process.getBuiltinModule("node:dns")
  lookup(name, { family, all: true, verbatim: true }, (error, found) => {
    if (error === null) resolved(undefined, [...new Set(found.map(({ address }) => address))])
    else resolved(error, [])
  })
}

/** The resolver of the process. */
export const systemResolver: Resolver = new SharedResolver(systemLookup)
