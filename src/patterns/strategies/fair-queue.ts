import type { Pipe } from "../../core/pipe.js"
import type { Multipart } from "../../zmtp/bytes.js"

/** Receives from each pipe that has something, in turn, one message at a time (RFC 30, "The PULL Socket Type"). */
export class FairQueue {
  /** Where the message last received came from. */
  last: Pipe | undefined
  readonly #active: Pipe[] = []
  #next = 0

  /** `pipe` has something to receive. */
  add(pipe: Pipe): void {
    if (!this.#active.includes(pipe)) this.#active.push(pipe)
  }

  remove(pipe: Pipe): void {
    const index = this.#active.indexOf(pipe)
    if (index < 0) return
    this.#active.splice(index, 1)
    if (index < this.#next) this.#next--
  }

  get readable(): boolean {
    return this.#active.some((pipe) => pipe.readable)
  }

  receive(): Multipart | undefined {
    const active = this.#active
    while (active.length > 0) {
      if (this.#next >= active.length) this.#next = 0
      const pipe = active[this.#next]!
      const message = pipe.receive()
      if (message !== undefined) {
        this.#next++
        this.last = pipe
        return message
      }
      if (active[this.#next] === pipe) active.splice(this.#next, 1) // added again by `readActivated`
    }
    return undefined
  }
}
