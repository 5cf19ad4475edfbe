import { setImmediate } from "node:timers"

/** Which addresses are wanted: 4 for IPv4 alone, 0 for both families. */
export type Family = 4 | 0

/** Told the addresses of a name in the order to try them, or the reason why there are none. */
export type Resolved = (error: Error | undefined, addresses: readonly string[]) => void

/** Asks the system for the addresses of a name, which cannot be cancelled. */
export type Lookup = (name: string, family: Family, resolved: Resolved) => void

/** Looks up host names. */
export interface Resolver {
  /** Calls `resolved` later, unless what is returned is called before. */
  resolve(name: string, family: Family, resolved: Resolved): () => void
}

/**
 * Lookups at the same time. Each occupies one of the four threads that a process has for lookups and files, for seconds
 * where no server answers, and keeps the process alive meanwhile.
 */
const MAX_LOOKUPS = 2

interface Question {
  readonly name: string
  readonly family: Family
  readonly waiting: Set<Resolved>
  /** The system has been asked. */
  asked: boolean
}

/**
 * Shares lookups: there is one for each name at a time, however many sockets wait for it, and none for sockets that are
 * closed before it has begun. Results are not kept: names are looked up again for each attempt to connect.
 */
export class SharedResolver implements Resolver {
  readonly #questions = new Map<string, Question>()
  #asked = 0
  #scheduled = false

  constructor(private readonly lookup: Lookup) {}

  resolve(name: string, family: Family, resolved: Resolved): () => void {
    const key = `${family} ${name}`
    const question = this.#questions.get(key) ?? { name, family, waiting: new Set<Resolved>(), asked: false }
    this.#questions.set(key, question)
    // The same function may wait twice.
    const waiter: Resolved = (error, addresses) => {
      resolved(error, addresses)
    }
    question.waiting.add(waiter)
    this.#schedule()
    return () => {
      question.waiting.delete(waiter)
      if (!question.asked && question.waiting.size === 0 && this.#questions.get(key) === question) {
        this.#questions.delete(key)
      }
    }
  }

  /** Whoever connects and closes at once causes no lookup. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#askNext()
    }).unref()
  }

  #askNext(): void {
    for (const [key, question] of this.#questions) {
      if (this.#asked >= MAX_LOOKUPS) return
      if (!question.asked) this.#ask(key, question)
    }
  }

  #ask(key: string, question: Question): void {
    question.asked = true
    this.#asked++
    this.lookup(question.name, question.family, (error, addresses) => {
      this.#asked--
      this.#questions.delete(key)
      for (const waiter of question.waiting) waiter(error, addresses)
      this.#askNext()
    })
  }
}

/** `getaddrinfo` of the system, which knows what it is configured to: DNS, the hosts file, mDNS and others. */
const systemLookup: Lookup = (name, family, resolved) => {
  // Few need it, and it takes a millisecond to load.
  const { lookup } = process.getBuiltinModule("node:dns")
  lookup(name, { family, all: true, verbatim: true }, (error, found) => {
    if (error === null) resolved(undefined, [...new Set(found.map(({ address }) => address))])
    else resolved(error, [])
  })
}

/** The resolver of the process. */
export const systemResolver: Resolver = new SharedResolver(systemLookup)
