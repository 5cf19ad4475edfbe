import { packageVersion } from "../../core/version.js"
import { LifeSign } from "./life-sign.js"
import { isShared } from "../../core/parse.js"

/** Names what threads share. Another version of this library has another name for it, and shares nothing with this one. */
export const KEY = `zmtp.threads ${packageVersion}`

/** Settings of the default context, in the order of their words. */
const SETTINGS = ["ioThreads", "maxSockets", "maxMessageSize", "ipv6", "blocky"] as const

export interface SharedSettings {
  ioThreads: number
  maxSockets: number
  maxMessageSize: number
  ipv6: boolean
  blocky: boolean
}

/** Bytes of settings, then of threads, then slots for names. */
const SETTINGS_SIZE = 256
const THREADS_AT = SETTINGS_SIZE
/** Maximum number of threads that can share names at the same time. */
export const MAX_THREADS = 1024
const THREAD_SIZE = 32
const NAMES_AT = THREADS_AT + MAX_THREADS * THREAD_SIZE
const NAMES = 65_536
const SIZE = NAMES_AT + NAMES * 8

/** A name is in one of so many slots that follow each other. */
const REACH = 64

/**
 * Of a thread, in bytes from its beginning: its number and its parent's, both plus one, as one word of 64 bits that is
 * zero while the place is free; how many names it has taken so far; and its sign of life.
 */
const WHO = 0
const TAKEN = 8
const LIFE = 16

/**
 * What all threads of the process must agree on at once, in memory that they share: who has bound which `inproc://`
 * name, which thread started which, and the settings of the default context. A thread may end at any moment, so there
 * are no locks: a name is one word, which changes as a whole. It has 39 bits of the name's hash, one that says whether
 * it is bound for good, and 24 of the thread's number.
 */
export class ThreadLedger {
  readonly #words: Int32Array
  readonly #longs: BigInt64Array
  readonly #names: BigInt64Array
  /** Where this thread is. */
  #place: number | undefined

  constructor(readonly memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, NAMES_AT / 4)
    this.#longs = new BigInt64Array(memory, 0, NAMES_AT / 8)
    this.#names = new BigInt64Array(memory, NAMES_AT)
  }

  static create(): ThreadLedger {
    return new this(new SharedArrayBuffer(SIZE))
  }

  /** Whether `memory` is that of a ledger. */
  static isMemory(memory: unknown): memory is SharedArrayBuffer {
    return isShared(memory, SIZE)
  }

  // Names

  /** Binds `name` for `thread`; false when it is bound already. Of several threads that try at once one succeeds. */
  claim(name: string, thread: number): boolean {
    const hash = hashOf(name)
    const start = startOf(hash)
    if (this.#find(hash) >= 0) return false
    if (this.#place !== undefined) Atomics.add(this.#words, (this.#place + TAKEN) / 4, 1)
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

  /**
   * Takes this thread, which is `thread`, into the ledger; false when too many are in it. In all but the first thread,
   * which no other outlives, it gives its sign of life from now on.
   * @param parent The nearest thread above that uses this library; -1 when there is none.
   */
  enrol(thread: number, parent: number, outlived: boolean): boolean {
    this.#place = this.#placeOf(thread) ?? this.#takePlace(thread, parent)
    if (this.#place === undefined) return false
    if (outlived) this.#lifeAt(this.#place).give(thread)
    return true
  }

  /** `thread` is gone, and so are those that it had started: frees their names. Returns them all. */
  dismiss(thread: number): number[] {
    const gone = [thread]
    for (const each of gone) {
      let named = true
      for (const place of PLACES) {
        const who = Atomics.load(this.#longs, (place + WHO) / 8)
        if (numberIn(who) === each) {
          named = Atomics.load(this.#words, (place + TAKEN) / 4) > 0
          // Another may be doing the same, and somebody else may have the place already.
          Atomics.compareExchange(this.#longs, (place + WHO) / 8, who, 0n)
        } else if (who !== 0n && parentIn(who) === each && !gone.includes(numberIn(who))) gone.push(numberIn(who))
      }
      if (named) this.#freeAll(each)
    }
    return gone
  }

  /** Whether `thread` is known to be gone: its sign of life is missing, or it was dismissed. */
  isGone(thread: number): boolean {
    const place = this.#placeOf(thread)
    return place === undefined || this.#lifeAt(place).isGone(thread)
  }

  /** All threads that are known to be gone and were not dismissed. */
  gone(): number[] {
    const gone: number[] = []
    for (const place of PLACES) {
      const thread = numberIn(Atomics.load(this.#longs, (place + WHO) / 8))
      if (thread >= 0 && this.#lifeAt(place).isGone(thread)) gone.push(thread)
    }
    return gone
  }

  #placeOf(thread: number): number | undefined {
    return PLACES.find((place) => numberIn(Atomics.load(this.#longs, (place + WHO) / 8)) === thread)
  }

  #takePlace(thread: number, parent: number): number | undefined {
    const who = (BigInt(parent + 1) << 32n) | BigInt(thread + 1)
    for (const place of PLACES) {
      if (Atomics.compareExchange(this.#longs, (place + WHO) / 8, 0n, who) !== 0n) continue
      Atomics.store(this.#words, (place + TAKEN) / 4, 0)
      this.#lifeAt(place).assign(thread)
      return place
    }
    return undefined
  }

  #lifeAt(place: number): LifeSign {
    return new LifeSign(this.memory, place + LIFE)
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

/** Where threads are, in bytes. */
const PLACES = Array.from({ length: MAX_THREADS }, (_, index) => THREADS_AT + index * THREAD_SIZE)

/** -1 for no thread. */
function numberIn(who: bigint): number {
  return Number(BigInt.asUintN(32, who)) - 1
}

function parentIn(who: bigint): number {
  return Number(who >> 32n) - 1
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
