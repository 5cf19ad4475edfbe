// Strategies: the parts that patterns are made of, such as taking turns, subscriptions, and distribution.

import type { Pipe } from "../../core/pipe/pipe.js"

/**
 * A list of pipes that take turns. New pipes are added at the end; removing a pipe does not change whose turn it is.
 */
export class Rotation {
  readonly #pipes: Pipe[] = []
  #next = 0

  get pipes(): readonly Pipe[] {
    return this.#pipes
  }

  add(pipe: Pipe): void {
    if (!this.#pipes.includes(pipe)) this.#pipes.push(pipe)
  }

  remove(pipe: Pipe): void {
    const index = this.#pipes.indexOf(pipe)
    if (index < 0) return
    this.#pipes.splice(index, 1)
    if (index < this.#next) this.#next--
  }

  /** The pipe whose turn it is, or `undefined` if there are no pipes. */
  current(): Pipe | undefined {
    const pipes = this.#pipes
    if (pipes.length === 0) return undefined
    if (this.#next >= pipes.length) this.#next = 0
    return pipes[this.#next]
  }

  /** Ends the turn of the current pipe. */
  advance(): void {
    this.#next++
  }

  /** Removes `pipe` if it is the current one. Unlike `remove`, this need not search for it. */
  removeCurrent(pipe: Pipe): void {
    if (this.#pipes[this.#next] === pipe) this.#pipes.splice(this.#next, 1)
  }
}
