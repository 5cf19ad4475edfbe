import { packageVersion } from "../../core/version.js"
import { isShared } from "../inproc/parse.js"
import { LifeSign } from "./life-sign.js"

/** Identifies the shared state. It contains the version, so that different versions of this library share nothing. */
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

/** Size of the settings, in bytes. The threads and then the slots for names follow. */
const SETTINGS_SIZE = 256
const THREADS_AT = SETTINGS_SIZE
/** Maximum number of threads that can share names at the same time. */
export const MAX_THREADS = 1024
const THREAD_SIZE = 32
const NAMES_AT = THREADS_AT + MAX_THREADS * THREAD_SIZE
const NAMES = 65_536
const SIZE = NAMES_AT + NAMES * 8

/** Number of consecutive slots in which a name may be stored. */
const REACH = 64

/**
 * Layout of a thread's entry, as offsets in bytes: its number and its parent's, both plus one, in one 64-bit word that
 * is zero while the entry is free; the number of names that it has claimed so far; and its liveness.
 */
const WHO = 0
const TAKEN = 8
const LIFE = 16

/**
 * State on which all threads of the process must agree, in shared memory: which thread has bound which `inproc://`
 * name, which thread started which, and the settings of the default context. Threads may end at any time, so there are
 * no locks: each name is one word, which is changed atomically. It consists of 39 bits of the name's hash, a bit for
 * whether the claim is final, and 24 bits of the thread's number.
 */
export class ThreadLedger {
  readonly #words: Int32Array
  readonly #longs: BigInt64Array
  readonly #names: BigInt64Array
  /** Offset of this thread's entry. */
  #place: number | undefined

  constructor(readonly memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, NAMES_AT / 4)
    this.#longs = new BigInt64Array(memory, 0, NAMES_AT / 8)
    this.#names = new BigInt64Array(memory, NAMES_AT)
  }

  static create(): ThreadLedger {
    return new this(new SharedArrayBuffer(SIZE))
  }

  /** Whether `memory` belongs to a ledger. */
  static isMemory(memory: unknown): memory is SharedArrayBuffer {
    return isShared(memory, SIZE)
  }

  // Names

  /**
   * Binds `name` for `thread`. Returns false if it is bound already. If several threads try at the same time, one
   * succeeds.
   */
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

  /** The first slot with this hash; -1 if there is none. */
  #find(hash: bigint): number {
    const start = startOf(hash)
    for (let step = 0; step < REACH; step++) {
      const slot = (start + step) % NAMES
      const word = Atomics.load(this.#names, slot)
      if (word !== 0n && hashIn(word) === hash) return slot
    }
    return -1
  }

  /**
   * Resolves concurrent claims to one name: the claim in the first slot wins, unless another one is final. Returns
   * whether the own claim has won.
   */
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
   * Adds this thread, which is `thread`, to the ledger. Returns false if there are too many threads. Every thread
   * except the first, which no other thread outlives, signals from now on that it is alive.
   * @param parent The nearest ancestor thread that uses this library; -1 if there is none.
   */
  enrol(thread: number, parent: number, outlived: boolean): boolean {
    this.#place = this.#placeOf(thread) ?? this.#takePlace(thread, parent)
    if (this.#place === undefined) return false
    if (outlived) this.#lifeAt(this.#place).give(thread)
    return true
  }

  /**
   * Removes `thread`, which has ended, and the threads that it had started, and frees their names. Returns all of them.
   */
  dismiss(thread: number): number[] {
    const gone = [thread]
    for (const each of gone) {
      let named = true
      for (const place of PLACES) {
        const who = Atomics.load(this.#longs, (place + WHO) / 8)
        if (numberIn(who) === each) {
          named = Atomics.load(this.#words, (place + TAKEN) / 4) > 0
          // Another thread may be doing the same, and the entry may be in use again.
          Atomics.compareExchange(this.#longs, (place + WHO) / 8, who, 0n)
        } else if (who !== 0n && parentIn(who) === each && !gone.includes(numberIn(who))) gone.push(numberIn(who))
      }
      if (named) this.#freeAll(each)
    }
    return gone
  }

  /** Whether `thread` is known to have ended, because it no longer signals that it is alive, or was removed. */
  isGone(thread: number): boolean {
    const place = this.#placeOf(thread)
    return place === undefined || this.#lifeAt(place).isGone(thread)
  }

  /** All threads that are known to have ended and were not removed. */
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

  /** The settings as an object. Assignments apply to all threads. @param fresh Whether to store `initial`. */
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

/** Offsets of the threads' entries, in bytes. */
const PLACES = Array.from({ length: MAX_THREADS }, (_, index) => THREADS_AT + index * THREAD_SIZE)

/** The thread's number, or -1 for none. */
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

/** A hash of 39 bits, never zero. */
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
