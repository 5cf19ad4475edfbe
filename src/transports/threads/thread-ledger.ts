/** Settings of the default context, in the order of their words. */
const SETTINGS = ["ioThreads", "maxSockets", "maxMessageSize", "ipv6", "blocky"] as const

export interface SharedSettings {
  ioThreads: number
  maxSockets: number
  maxMessageSize: number
  ipv6: boolean
  blocky: boolean
}

/** Words for settings, then for threads, then slots for names. */
const SETTINGS_WORDS = 64
const MAX_THREADS = 1024
const THREAD_WORDS = 3
const NAMES = 65_536
const NAMES_AT = (SETTINGS_WORDS + MAX_THREADS * THREAD_WORDS) * 4
const SIZE = NAMES_AT + NAMES * 8

/** A name is in one of so many slots that follow each other. */
const REACH = 64

/** Words of a thread: its number and its parent's, both plus one, and how many names it has taken so far. */
const NUMBER = 0
const PARENT = 1
const TAKEN = 2

/**
 * What all threads of the process must agree on at once, in memory that they share: who has bound which `inproc://`
 * name, which thread started which, and the settings of the default context. A thread may end at any moment, so there
 * are no locks: a name is one word, which changes as a whole. It has 39 bits of the name's hash, one that says whether
 * it is bound for good, and 24 of the thread's number.
 */
export class ThreadLedger {
  readonly #words: Int32Array
  readonly #names: BigInt64Array

  constructor(readonly memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, NAMES_AT / 4)
    this.#names = new BigInt64Array(memory, NAMES_AT)
  }

  static create(): ThreadLedger {
    return new this(new SharedArrayBuffer(SIZE))
  }

  // Names

  /** Binds `name` for `thread`; false when it is bound already. Of several threads that try at once one succeeds. */
  claim(name: string, thread: number): boolean {
    const hash = hashOf(name)
    const start = startOf(hash)
    if (this.#find(hash) >= 0) return false
    this.#count(thread)
    const claim = entry(hash, thread, false)
    for (let step = 0; step < REACH; step++) {
      const slot = (start + step) % NAMES
      if (Atomics.compareExchange(this.#names, slot, 0n, claim) !== 0n) continue
      if (!this.#outdo(hash, slot)) {
        Atomics.compareExchange(this.#names, slot, claim, 0n)
        return false
      }
      return Atomics.compareExchange(this.#names, slot, claim, entry(hash, thread, true)) === claim
    }
    return false
  }

  release(name: string, thread: number): void {
    const hash = hashOf(name)
    const slot = this.#find(hash)
    if (slot >= 0) Atomics.compareExchange(this.#names, slot, entry(hash, thread, true), 0n)
  }

  /** The thread that has bound `name`, if any. */
  holder(name: string): number | undefined {
    const hash = hashOf(name)
    const start = startOf(hash)
    for (let step = 0; step < REACH; step++) {
      const word = Atomics.load(this.#names, (start + step) % NAMES)
      if (word !== 0n && hashIn(word) === hash && isBound(word)) return threadIn(word)
    }
    return undefined
  }

  /** The first slot that has to do with `hash`, -1 if there is none. */
  #find(hash: bigint): number {
    const start = startOf(hash)
    for (let step = 0; step < REACH; step++) {
      const slot = (start + step) % NAMES
      const word = Atomics.load(this.#names, slot)
      if (word !== 0n && hashIn(word) === hash) return slot
    }
    return -1
  }

  /** Of claims to one name the one in the first slot wins, unless another is bound for good. */
  #outdo(hash: bigint, own: number): boolean {
    const start = startOf(hash)
    let before = true
    for (let step = 0; step < REACH; step++) {
      const slot = (start + step) % NAMES
      if (slot === own) {
        before = false
        continue
      }
      const word = Atomics.load(this.#names, slot)
      if (word === 0n || hashIn(word) !== hash) continue
      if (before || isBound(word)) return false
      const found = Atomics.compareExchange(this.#names, slot, word, 0n)
      if (found !== word && found !== 0n && hashIn(found) === hash) return false
    }
    return true
  }

  // Threads

  /** @param parent The nearest thread above that uses this library; -1 when there is none. */
  enrol(thread: number, parent: number): void {
    for (let at = SETTINGS_WORDS; at < NAMES_AT / 4; at += THREAD_WORDS) {
      if (Atomics.compareExchange(this.#words, at + NUMBER, 0, thread + 1) !== 0) continue
      Atomics.store(this.#words, at + TAKEN, 0)
      Atomics.store(this.#words, at + PARENT, parent + 1)
      return
    }
  }

  /** `thread` is gone, and so are those that it had started: frees their names. Returns them all. */
  dismiss(thread: number): number[] {
    const gone = [thread]
    for (const each of gone) {
      let named = true
      for (let at = SETTINGS_WORDS; at < NAMES_AT / 4; at += THREAD_WORDS) {
        const number = Atomics.load(this.#words, at + NUMBER) - 1
        if (number === each) {
          named = Atomics.load(this.#words, at + TAKEN) > 0
          Atomics.store(this.#words, at + PARENT, 0)
          Atomics.store(this.#words, at + NUMBER, 0)
        } else if (number >= 0 && Atomics.load(this.#words, at + PARENT) - 1 === each) gone.push(number)
      }
      if (named) this.#freeAll(each)
    }
    return gone
  }

  #count(thread: number): void {
    for (let at = SETTINGS_WORDS; at < NAMES_AT / 4; at += THREAD_WORDS) {
      if (Atomics.load(this.#words, at + NUMBER) - 1 !== thread) continue
      Atomics.add(this.#words, at + TAKEN, 1)
      return
    }
  }

  #freeAll(thread: number): void {
    for (let slot = 0; slot < NAMES; slot++) {
      const word = Atomics.load(this.#names, slot)
      if (word !== 0n && threadIn(word) === thread) Atomics.compareExchange(this.#names, slot, word, 0n)
    }
  }

  // Settings

  /** The settings as one object: who assigns to it does so for all threads. Begins with `initial` if `fresh`. */
  settings(initial: SharedSettings, fresh: boolean): SharedSettings {
    const words = this.#words
    const shared = { ...initial }
    for (const [at, name] of SETTINGS.entries()) {
      if (fresh) Atomics.store(words, at, Number(initial[name]))
      const boolean = typeof initial[name] === "boolean"
      Object.defineProperty(shared, name, {
        get: () => (boolean ? Atomics.load(words, at) === 1 : Atomics.load(words, at)),
        set: (value: number | boolean) => {
          Atomics.store(words, at, Number(value))
        },
      })
    }
    return shared
  }
}

function entry(hash: bigint, thread: number, bound: boolean): bigint {
  return BigInt.asIntN(64, (hash << 25n) | (bound ? 1n << 24n : 0n) | BigInt(thread & 0xff_ffff))
}

function hashIn(word: bigint): bigint {
  return BigInt.asUintN(64, word) >> 25n
}

function isBound(word: bigint): boolean {
  return ((word >> 24n) & 1n) === 1n
}

function threadIn(word: bigint): number {
  return Number(word & 0xff_ffffn)
}

function startOf(hash: bigint): number {
  return Number(hash % BigInt(NAMES))
}

/** 39 bits, never zero. */
function hashOf(name: string): bigint {
  let [first, second] = [0x811c_9dc5, 0x1b87_3593]
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    first = Math.imul(first ^ code, 0x0100_0193)
    second = Math.imul((second + code) ^ (second >>> 15), 0x85eb_ca6b)
  }
  first = Math.imul(first ^ (first >>> 16), 0x7feb_352d)
  second = Math.imul(second ^ (second >>> 13), 0xc2b2_ae35)
  const hash = (BigInt((first ^ (first >>> 15)) >>> 0) << 7n) | BigInt((second ^ (second >>> 16)) & 0x7f)
  return hash === 0n ? 1n : hash
}
