import type { Asker, Pipe } from "../../core/pipe.js"
import type { Multipart } from "../../zmtp/bytes.js"
import { Rotation } from "./rotation.js"

/** Sends each message to the next pipe with room, in turn (RFC 30, "The PUSH Socket Type"). */
export class LoadBalancer {
  readonly #active = new Rotation()
  /** Pipes whose peer is there, but cannot be talked to. */
  readonly #distrusted = new Set<Pipe>()

  /** Call when `pipe` may have room. */
  add(pipe: Pipe): void {
    if (!this.#distrusted.has(pipe)) this.#active.add(pipe)
  }

  remove(pipe: Pipe): void {
    this.#distrusted.delete(pipe)
    this.#active.remove(pipe)
  }

  /** The last handshake with the peer of `pipe` failed: it gets nothing until `trust`. */
  distrust(pipe: Pipe): void {
    this.#distrusted.add(pipe)
    this.#active.remove(pipe)
  }

  /** A handshake is complete. True when the pipe may have room again. */
  trust(pipe: Pipe): boolean {
    if (!this.#distrusted.delete(pipe)) return false
    this.add(pipe)
    return true
  }

  /** Whether any pipe has room. */
  get writable(): boolean {
    return this.#active.pipes.some((pipe) => pipe.writable)
  }

  /** Whether any pipe has room. If none has, `writeActivated` follows. */
  requestRoom(): boolean {
    return this.#active.pipes.some((pipe) => pipe.requestRoom())
  }

  /** Returns the pipe used, or `undefined` when every pipe is full. */
  send(message: Multipart, asker?: Asker): Pipe | undefined {
    const active = this.#active
    for (let pipe = active.current(); pipe !== undefined; pipe = active.current()) {
      if (asker !== undefined) asker.asked = pipe
      if (pipe.send(message)) {
        active.advance()
        return pipe
      }
      active.removeCurrent(pipe) // added again by `writeActivated`
    }
    return undefined
  }
}
