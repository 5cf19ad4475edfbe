/** Memory that is sent from one end of a pipe to the other outside of the queue, and its number, which starts at 1. */
export type Piece<Memory = SharedArrayBuffer> = readonly [id: number, memory: Memory]

/** The pieces of one end of a line: numbers those that it sends, and keeps those that have arrived. */
export class Pieces<Memory = SharedArrayBuffer> {
  readonly #arrived = new Map<number, Memory>()
  #lastSent = 0

  /** Numbers memory that is about to be sent. */
  number(memory: Memory): Piece<Memory> {
    return [++this.#lastSent, memory]
  }

  /** Keeps a piece that has arrived until it is taken. */
  keep([id, memory]: Piece<Memory>): void {
    this.#arrived.set(id, memory)
  }

  has(id: number): boolean {
    return this.#arrived.has(id)
  }

  /** Returns the memory of a piece that has arrived, and forgets it. */
  take(id: number): Memory {
    const memory = this.#arrived.get(id)!
    this.#arrived.delete(id)
    return memory
  }
}
