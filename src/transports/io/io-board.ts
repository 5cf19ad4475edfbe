import type { CounterSource, Counters } from "../../core/counters.js"
import type { SharedBytes } from "../../core/departed.js"

/** Most I/O threads of one context. */
export const MAX_IO_THREADS = 64

/** Settings of a socket that its I/O threads look up when they need them. */
export interface BoardSettings {
  /** In ms; -1 means no limit. */
  readonly linger: number
  /** Whether a new peer takes over the routing id of another. */
  readonly handover: boolean
  /** Whether the application judges peers itself. */
  readonly authenticates: boolean
  /** Most memory of departed peers' messages, in bytes; 0 means no limit. */
  readonly departedLimit: number
}

/** Settings, as numbers of 64 bits, then cells for each thread. */
const LINGER = 0
const HANDOVER = 1
const AUTHENTICATES = 2
const DEPARTED_LIMIT = 3
const CELLS = 8

/** Cells of a thread. */
const BYTES_IN = 0
const BYTES_OUT = 1
const RECONNECTS = 2
const DEPARTED = 3
const CELLS_OF_THREAD = 4

/**
 * What the threads of one socket can look up without asking each other. Each cell has one writer, and readers can do with a
 * value that is about to change.
 */
export class IoBoard implements CounterSource {
  readonly #cells: Float64Array

  constructor(readonly memory = new SharedArrayBuffer((CELLS + MAX_IO_THREADS * CELLS_OF_THREAD) * 8)) {
    this.#cells = new Float64Array(memory)
  }

  update({ linger, handover, authenticates, departedLimit }: BoardSettings): void {
    this.#cells[LINGER] = linger
    this.#cells[HANDOVER] = Number(handover)
    this.#cells[AUTHENTICATES] = Number(authenticates)
    this.#cells[DEPARTED_LIMIT] = departedLimit
  }

  get linger(): number {
    return this.#cells[LINGER]!
  }

  get handover(): boolean {
    return this.#cells[HANDOVER] === 1
  }

  get authenticates(): boolean {
    return this.#cells[AUTHENTICATES] === 1
  }

  get departedLimit(): number {
    return this.#cells[DEPARTED_LIMIT]!
  }

  // Sums over all threads

  get bytesIn(): number {
    return this.#sum(BYTES_IN)
  }

  get bytesOut(): number {
    return this.#sum(BYTES_OUT)
  }

  get reconnects(): number {
    return this.#sum(RECONNECTS)
  }

  get departed(): number {
    return this.#sum(DEPARTED)
  }

  /** The cells that the I/O thread with this number writes. */
  cellsOf(thread: number): Float64Array {
    const start = CELLS + thread * CELLS_OF_THREAD
    return this.#cells.subarray(start, start + CELLS_OF_THREAD)
  }

  #sum(cell: number): number {
    let sum = 0
    for (let at = CELLS + cell; at < this.#cells.length; at += CELLS_OF_THREAD) sum += this.#cells[at]!
    return sum
  }
}

/** Counters that one I/O thread writes to a board. The socket counts messages itself. */
export class BoardCounters implements Counters {
  readonly sources = []
  sent = 0
  received = 0
  dropped = 0
  repaired = 0
  handshakeFailures = 0

  constructor(private readonly cells: Float64Array) {}

  total(name: keyof CounterSource): number {
    return this[name]
  }

  get bytesIn(): number {
    return this.cells[BYTES_IN]!
  }

  set bytesIn(bytes: number) {
    this.cells[BYTES_IN] = bytes
  }

  get bytesOut(): number {
    return this.cells[BYTES_OUT]!
  }

  set bytesOut(bytes: number) {
    this.cells[BYTES_OUT] = bytes
  }

  get reconnects(): number {
    return this.cells[RECONNECTS]!
  }

  set reconnects(count: number) {
    this.cells[RECONNECTS] = count
  }
}

/** Memory of departed peers' messages that one I/O thread counts, and that of all threads. */
export function departedOn(board: IoBoard, thread: number): SharedBytes {
  const cells = board.cellsOf(thread)
  return {
    set own(bytes: number) {
      cells[DEPARTED] = bytes
    },
    get total() {
      return board.departed
    },
  }
}
