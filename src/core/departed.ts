import type { Pipe } from "./pipe.js"

/** What a pipe takes in addition to the messages in it, in bytes. Measured in Node 20 and 24: 1,300 for both ends. */
const PIPE_OVERHEAD = 2048

/** What peers that are gone for good have left at one socket: pipes with messages that it has not received yet. */
export class Departed {
  /** What they cost together, in bytes: each pipe counts in full until the last of its messages was received. */
  bytes = 0
  readonly #pipes = new Map<Pipe, { readonly cost: number; readonly taken: () => void }>()

  /** @param limit Most that they may cost; 0 means no limit. */
  constructor(private readonly limit: () => number) {}

  /** Whether nobody should be let in who could leave more. */
  get full(): boolean {
    const limit = this.limit()
    return limit > 0 && this.bytes >= limit
  }

  /**
   * Counts `pipe` if it holds any messages.
   * @param queued What these cost, in bytes.
   * @param taken Called once they are received or dropped.
   * @returns Whether it does.
   */
  add(pipe: Pipe, queued: number, taken: () => void = () => undefined): boolean {
    if (!pipe.readable) return false
    const cost = PIPE_OVERHEAD + queued
    this.#pipes.set(pipe, { cost, taken })
    this.bytes += cost
    return true
  }

  /** Removes the oldest of which nothing is left: a pipe ends only when somebody tries to receive what comes after its last message. */
  prune(): void {
    for (const pipe of this.#pipes.keys()) {
      if (pipe.readable) return
      this.remove(pipe)
    }
  }

  /** `pipe` is done with; it need not be one of them. */
  remove(pipe: Pipe): void {
    const left = this.#pipes.get(pipe)
    if (left === undefined) return
    this.#pipes.delete(pipe)
    this.bytes -= left.cost
    left.taken()
  }
}
