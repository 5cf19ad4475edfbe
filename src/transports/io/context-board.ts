import { MAX_IO_THREADS } from "./io-board.js"

/** Number of sockets of the context that have bound the address of the ZAP handler. */
const ZAP_HANDLERS = 0
/** One word for each I/O thread: whether it has answered a request for which the calling thread is blocked. */
const ANSWERS = 1

/** State that the I/O threads of one context can read, and the means to wake a blocked calling thread. */
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

  /** Call before posting the request. */
  expectAnswer(thread: number): void {
    Atomics.store(this.#words, ANSWERS + thread, 0)
  }

  /** Blocks this thread until the answer is posted. Returns false if that takes longer than `timeout` ms. */
  awaitAnswer(thread: number, timeout: number): boolean {
    return Atomics.wait(this.#words, ANSWERS + thread, 0, timeout) !== "timed-out"
  }

  answered(thread: number): void {
    Atomics.store(this.#words, ANSWERS + thread, 1)
    Atomics.notify(this.#words, ANSWERS + thread)
  }
}
