/**
 * A sign of life that any thread can read, whatever becomes of the one that gives it. A thread that lives has waiters
 * (`Atomics.waitAsync`) on a word of shared memory. The engine removes them with the thread, however it ends, and
 * `Atomics.notify` returns how many waiters it has woken: none of those that should be there means that the thread is gone.
 *
 * Each look uses up one waiter, which the thread replaces when its event loop turns. A thread that is busy replaces none,
 * so that the time until the next look doubles with each: the waiters outlast any computation, and a thread that ends
 * without having turned its event loop again is found gone after at most as long as it had been silent, and one interval.
 *
 * One 64-bit word counts the waiters. It changes as a whole, together with whose they are: threads end between any two
 * instructions, and places are used again.
 */
export class LifeSign {
  readonly #states: BigInt64Array
  readonly #bells: Int32Array

  /**
   * @param at Where the state is in `memory`, in bytes, a multiple of 8. The word that is waited for follows it.
   * @param now Time in ms, the same in all threads.
   */
  constructor(
    memory: SharedArrayBuffer,
    at: number,
    private readonly now: () => number = Date.now,
  ) {
    this.#states = new BigInt64Array(memory, at, 1)
    this.#bells = new Int32Array(memory, at + 8, 1)
  }

  /** `thread` has this place from now on; until it gives the sign nothing is known of it. */
  assign(thread: number): void {
    Atomics.store(this.#states, 0, pack({ thread, waiters: 0, looked: 0 }))
  }

  /** Gives the sign for this thread, which is `thread`, as long as it lives. Keeps nothing alive. */
  give(thread: number): void {
    for (let waiters = this.#read().waiters; waiters < WAITERS; waiters++) this.#wait(thread)
  }

  /** Whether `thread` is known to be gone. One that lives is never said to be. */
  isGone(thread: number): boolean {
    for (;;) {
      const packed = Atomics.load(this.#states, 0)
      const state = unpack(packed)
      const { waiters } = state
      if (state.thread !== thread || waiters === 0) return false
      const looked = Math.floor(this.now() / TICK) % TICKS
      const unanswered = WAITERS - waiters
      if (unanswered > 0 && elapsed(state.looked, looked) < FIRST_PAUSE * 2 ** (unanswered - 1)) return false
      const next = pack({ thread, waiters: waiters - 1, looked })
      if (Atomics.compareExchange(this.#states, 0, packed, next) !== packed) continue
      return Atomics.notify(this.#bells, 0, 1) === 0
    }
  }

  #wait(thread: number): void {
    const { waitAsync } = Atomics as unknown as { waitAsync?: WaitAsync }
    const result = waitAsync?.(this.#bells, 0, 0)
    if (result?.async !== true) return
    void result.value.then(() => {
      this.#wait(thread)
    })
    this.#count(thread)
  }

  /** One more waits. It is there before it counts: who counts on it finds it. */
  #count(thread: number): void {
    for (;;) {
      const packed = Atomics.load(this.#states, 0)
      const state = unpack(packed)
      if (state.thread !== thread || state.waiters === WAITERS) return
      const next = pack({ ...state, waiters: state.waiters + 1 })
      if (Atomics.compareExchange(this.#states, 0, packed, next) === packed) return
    }
  }

  #read(): State {
    return unpack(Atomics.load(this.#states, 0))
  }
}

/** Bytes of a place: the state, the word that is waited for, and one that is not used. */
export const LIFE_SIGN_SIZE = 16

interface State {
  readonly thread: number
  /** How many wait at least. */
  readonly waiters: number
  /** When somebody looked last, in ticks, modulo `TICKS`. */
  readonly looked: number
}

/** Not yet in the types of ES2023. */
type WaitAsync = (
  words: Int32Array,
  index: number,
  value: number,
) => { readonly async: false } | { readonly async: true; readonly value: Promise<unknown> }

/** So many looks, each after twice the time, take longer than any process runs. */
const WAITERS = 32

/** Resolution of the time between looks, in ms. Only as many bits of it are kept as years need. */
const TICK = 100
const TICKS = 2 ** 32

/** Before a look that comes after one without an answer, in ticks. */
const FIRST_PAUSE = 5

/** A clock that was set back counts as if much time had passed: one look more does no harm. */
function elapsed(since: number, now: number): number {
  return (now - since + TICKS) % TICKS
}

/** 24 bits of the thread and 8 of the waiters, then the time. Thread -1 is nobody. */
function pack({ thread, waiters, looked }: State): bigint {
  const high = BigInt(((thread + 1) & 0xff_ffff) * 256 + waiters)
  return BigInt.asIntN(64, (high << 32n) | BigInt(looked))
}

function unpack(packed: bigint): State {
  const high = Number(BigInt.asUintN(32, packed >> 32n))
  return { thread: Math.floor(high / 256) - 1, waiters: high % 256, looked: Number(BigInt.asUintN(32, packed)) }
}
