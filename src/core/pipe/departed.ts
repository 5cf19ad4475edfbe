import type { PipeEnd } from "./pipe-end.js"

/** Memory that a pipe takes in addition to its messages, in bytes. Measured in Node 20 and 24: 1,300 for both ends. */
const PIPE_OVERHEAD = 2048

/** A count of bytes that several threads add to. */
export interface SharedBytes {
  /** The part of this thread. */
  own: number
  /** The sum of all threads. */
  readonly total: number
}

/** Pipes of permanently disconnected peers, with messages that the socket has not received yet. */
export class Departed {
  /** Memory of these pipes, in bytes. Each pipe counts in full until its last message is received. */
  bytes = 0
  readonly #pipes = new Map<PipeEnd, { readonly cost: number; readonly taken: () => void }>()

  /**
   * @param limit Returns the maximum of `bytes`; 0 means no limit.
   * @param shared Counts them together with other threads that serve the same socket.
   */
  constructor(
    private readonly limit: () => number,
    private readonly shared?: SharedBytes,
  ) {}

  /** Whether to reject new peers, which could leave more messages. */
  get full(): boolean {
    const limit = this.limit()
    return limit > 0 && (this.shared?.total ?? this.bytes) >= limit
  }

  /**
   * Adds `pipe` if it has queued messages.
   * @param queued Memory of these messages, in bytes.
   * @param taken Called when they have been received or dropped.
   * @returns Whether the pipe was added.
   */
  add(pipe: PipeEnd, queued: number, taken: () => void = () => undefined): boolean {
    if (!pipe.readable) return false
    const cost = PIPE_OVERHEAD + queued
    this.#pipes.set(pipe, { cost, taken })
    this.#count(cost)
    return true
  }

  /**
   * Removes the oldest pipes if they are empty. A pipe ends only when the socket tries to receive after its last
   * message.
   */
  prune(): void {
    for (const pipe of this.#pipes.keys()) {
      if (pipe.readable) return
      this.remove(pipe)
    }
  }

  /** Removes `pipe`, if it was added. */
  remove(pipe: PipeEnd): void {
    const left = this.#pipes.get(pipe)
    if (left === undefined) return
    this.#pipes.delete(pipe)
    this.#count(-left.cost)
    left.taken()
  }

  #count(bytes: number): void {
    this.bytes += bytes
    if (this.shared !== undefined) this.shared.own = this.bytes
  }
}
