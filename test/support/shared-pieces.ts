import type { PieceReceiver, PieceSender } from "../../src/transports/threads/shared-queue.js"

/** Memory that goes beside a queue, within one thread. */
export class SharedPieces implements PieceSender, PieceReceiver {
  /** Whether sent memory does not arrive yet. */
  delays = false
  readonly #sent = new Map<number, SharedArrayBuffer>()
  #last = 0

  send(memory: SharedArrayBuffer): number {
    this.#sent.set(++this.#last, memory)
    return this.#last
  }

  has(id: number): boolean {
    return !this.delays && this.#sent.has(id)
  }

  take(id: number): SharedArrayBuffer {
    const memory = this.#sent.get(id)!
    this.#sent.delete(id)
    return memory
  }
}
