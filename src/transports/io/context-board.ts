import { MAX_IO_THREADS } from "./io-board.js"

/** How many sockets of the context have bound the name of the ZAP handler. */
const ZAP_HANDLERS = 0
/** One for each I/O thread: it has answered a request that the calling thread stands still for. */
const ANSWERS = 1

/** What the I/O threads of one context can look up, and how they wake a calling thread that stands still. */
export class ContextBoard {
  readonly #words: Int32Array

  constructor(readonly memory = new SharedArrayBuffer((ANSWERS + MAX_IO_THREADS) * 4)) {
    this.#words = new Int32Array(memory)
  }

  get hasZapHandler(): boolean {
    return Atomics.load(this.#words, ZAP_HANDLERS) > 0
  }

  set hasZapHandler(bound: boolean) {
    Atomics.store(this.#words, ZAP_HANDLERS, Number(bound))
  }

  /** To be called before the request is posted. */
  expectAnswer(thread: number): void {
    Atomics.store(this.#words, ANSWERS + thread, 0)
  }

  /** Stands still until the answer is posted; false when it takes longer than `timeout` ms. */
  awaitAnswer(thread: number, timeout: number): boolean {
    return Atomics.wait(this.#words, ANSWERS + thread, 0, timeout) !== "timed-out"
  }

  answered(thread: number): void {
    Atomics.store(this.#words, ANSWERS + thread, 1)
    Atomics.notify(this.#words, ANSWERS + thread)
  }
}
