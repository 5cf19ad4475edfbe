import type { Asker, Pipe } from "../../core/pipe.js"
import type { Multipart } from "../../zmtp/bytes.js"

/** Sends each message to the next pipe with room, in turn (RFC 30, "The PUSH Socket Type"). */
export class LoadBalancer {
  readonly #active: Pipe[] = []
  /** Pipes whose peer is there, but cannot be talked to. */
  readonly #distrusted = new Set<Pipe>()
  #next = 0

  /** `pipe` may have room. */
  add(pipe: Pipe): void {
    if (!this.#active.includes(pipe) && !this.#distrusted.has(pipe)) this.#active.push(pipe)
  }

  remove(pipe: Pipe): void {
    this.#distrusted.delete(pipe)
    this.#deactivate(pipe)
  }

  /** The last handshake with the peer of `pipe` failed: it gets nothing until `trust`. */
  distrust(pipe: Pipe): void {
    this.#distrusted.add(pipe)
    this.#deactivate(pipe)
  }

  /** A handshake is complete. True when the pipe may have room again. */
  trust(pipe: Pipe): boolean {
    if (!this.#distrusted.delete(pipe)) return false
    this.add(pipe)
    return true
  }

  #deactivate(pipe: Pipe): void {
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
