/**
 * Shows other threads whether a thread is alive, however it ends. A live thread has waiters (`Atomics.waitAsync`) on a
 * word of shared memory. The engine removes them when the thread ends, and `Atomics.notify` returns how many waiters it
 * has woken: if waiters should exist and none was woken, the thread has ended.
 *
 * Each check consumes one waiter, which the thread replaces when its event loop turns. A busy thread replaces none, so
 * the interval between checks doubles each time. The waiters therefore outlast any computation, and a thread that ends
 * while it is busy is detected after at most twice the time that it had been busy, plus one interval.
 *
 * A 64-bit word contains the number of waiters and the thread that they belong to. It is changed atomically, because
 * threads may end between any two instructions, and slots are reused.
 */
export class LifeSign {
  readonly #states: BigInt64Array
  readonly #bells: Int32Array

  /**
   * @param at Offset of the state in `memory`, in bytes, a multiple of 8. The word that is waited on follows it.
   * @param now Returns the time in ms, which must be the same in all threads.
   */
  constructor(
    memory: SharedArrayBuffer,
    at: number,
    private readonly now: () => number = Date.now,
  ) {
    this.#states = new BigInt64Array(memory, at, 1)
    this.#bells = new Int32Array(memory, at + 8, 1)
  }

  /** Assigns the slot to `thread`, whose state is unknown until it calls `give`. */
  assign(thread: number): void {
    Atomics.store(this.#states, 0, pack({ thread, waiters: 0, looked: 0 }))
  }

  /** Signals that this thread, which is `thread`, is alive, until it ends. It does not keep the process alive. */
  give(thread: number): void {
    for (let waiters = this.#read().waiters; waiters < WAITERS; waiters++) this.#wait(thread)
  }

  /** Whether `thread` is known to have ended. Never true for a live thread. */
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

  /** Adds a waiter, and then counts it, so that a counted waiter always exists. */
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

/** Size of a slot, in bytes: the state, the word that is waited on, and an unused word. */
export const LIFE_SIGN_SIZE = 16

interface State {
  readonly thread: number
  /** Minimum number of waiters. */
  readonly waiters: number
  /** Time of the last check, in ticks, modulo `TICKS`. */
  readonly looked: number
}

/** Missing in the types of ES2023. */
type WaitAsync = (
  words: Int32Array,
  index: number,
  value: number,
) => { readonly async: false } | { readonly async: true; readonly value: Promise<unknown> }

/** Number of waiters. With doubling intervals, they outlast any process. */
const WAITERS = 32

/** Resolution of the time between checks, in ms. The number of bits suffices for years. */
const TICK = 100
const TICKS = 2 ** 32

/** Interval after a check that consumed a waiter, in ticks. */
const FIRST_PAUSE = 5

/** Time since a check. If the clock was set back, it counts as long ago, which only causes an additional check. */
function elapsed(since: number, now: number): number {
  return (now - since + TICKS) % TICKS
}

/** Packs a state: 24 bits for the thread and 8 for the number of waiters, then the time. Thread -1 means none. */
function pack({ thread, waiters, looked }: State): bigint {
  const high = BigInt(((thread + 1) & 0xff_ffff) * 256 + waiters)
  return BigInt.asIntN(64, (high << 32n) | BigInt(looked))
}

function unpack(packed: bigint): State {
  const high = Number(BigInt.asUintN(32, packed >> 32n))
  return { thread: Math.floor(high / 256) - 1, waiters: high % 256, looked: Number(BigInt.asUintN(32, packed)) }
}
