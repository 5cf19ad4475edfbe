import type { CounterSource, Counters } from "../../core/counters.js"
import type { SharedBytes } from "../../core/pipe/departed.js"

/** Maximum number of I/O threads of one context. */
export const MAX_IO_THREADS = 64

/** Settings of a socket that its I/O threads read when they need them. */
export interface BoardSettings {
  /** In ms; -1 means no limit. */
  readonly linger: number
  /** Whether a new peer takes over the routing id of a connected one. */
  readonly handover: boolean
  /** Whether the application authenticates peers itself. */
  readonly authenticates: boolean
  /** Maximum memory for the messages of departed peers, in bytes; 0 means no limit. */
  readonly departedLimit: number
}

/** The settings, as 64-bit numbers, followed by the cells of each thread. */
const LINGER = 0
const HANDOVER = 1
const AUTHENTICATES = 2
const DEPARTED_LIMIT = 3
const CELLS = 8

/** Offsets of a thread's cells. */
const BYTES_IN = 0
const BYTES_OUT = 1
const RECONNECTS = 2
const DEPARTED = 3
const CELLS_OF_THREAD = 4

/**
 * State that the threads of one socket can read without sending each other messages. Each cell has one writer, and
 * readers accept a value that is about to change.
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

  /** The cells that I/O thread `thread` writes. */
  cellsOf(thread: number): Float64Array {
    const start = CELLS + thread * CELLS_OF_THREAD
    return this.#cells.subarray(start, start + CELLS_OF_THREAD)
  }

  /** I/O thread `thread` has ended: it has no departed peers anymore. The sums of its other cells stay. */
  threadEnded(thread: number): void {
    this.cellsOf(thread)[DEPARTED] = 0
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

/** Memory for the messages of departed peers: the share of one I/O thread, and the sum over all threads. */
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
