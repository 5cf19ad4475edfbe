import type { Asker, Pipe } from "../../core/pipe.js"
import type { Multipart } from "../../zmtp/bytes.js"

/** Sends each message to the next pipe with room, in turn (RFC 30, "The PUSH Socket Type"). */
export class LoadBalancer {
  readonly #active: Pipe[] = []
  #next = 0

  add(pipe: Pipe): void {
    if (!this.#active.includes(pipe)) this.#active.push(pipe)
  }

  remove(pipe: Pipe): void {
    const index = this.#active.indexOf(pipe)
    if (index < 0) return
    this.#active.splice(index, 1)
    if (index < this.#next) this.#next--
  }

  /** Whether any pipe has room. */
  get writable(): boolean {
    return this.#active.some((pipe) => pipe.writable)
  }

  /** Whether any pipe has room. If none has, `writeActivated` follows. */
  requestRoom(): boolean {
    return this.#active.some((pipe) => pipe.requestRoom())
  }

  /** Returns the pipe used, or `undefined` when every pipe is full. */
  send(message: Multipart, asker?: Asker): Pipe | undefined {
    const active = this.#active
    while (active.length > 0) {
      if (this.#next >= active.length) this.#next = 0
      const pipe = active[this.#next]!
      if (asker !== undefined) asker.asked = pipe
      if (pipe.send(message)) {
        this.#next++
        return pipe
      }
      active.splice(this.#next, 1) // added again by `writeActivated`
    }
    return undefined
  }
}
