import type { Pipe } from "../../core/pipe/pipe.js"
import type { RequestTracker } from "../../core/pipe/request-tracker.js"
import type { Multipart } from "../../zmtp/bytes.js"
import { Rotation } from "./rotation.js"

/** Sends each message to the next pipe with room, in turn (RFC 30, "The PUSH Socket Type"). */
export class LoadBalancer {
  readonly #active = new Rotation()
  /** Pipes that are skipped because the last handshake with their peers failed. */
  readonly #suspended = new Set<Pipe>()

  /** Call when `pipe` may have room. */
  add(pipe: Pipe): void {
    if (!this.#suspended.has(pipe)) this.#active.add(pipe)
  }

  remove(pipe: Pipe): void {
    this.#suspended.delete(pipe)
    this.#active.remove(pipe)
  }

  /** Stops sending to `pipe`, because the last handshake with its peer failed. */
  suspend(pipe: Pipe): void {
    this.#suspended.add(pipe)
    this.#active.remove(pipe)
  }

  /** Sends to `pipe` again, because a handshake has succeeded. Returns whether the pipe may have room. */
  resume(pipe: Pipe): boolean {
    if (!this.#suspended.delete(pipe)) return false
    this.add(pipe)
    return true
  }

  /** Whether any pipe has room. */
  get writable(): boolean {
    return this.#active.pipes.some((pipe) => pipe.writable)
  }

  /** Whether any pipe has room. If none has, `writeActivated` is called when one has. */
  requestRoom(): boolean {
    return this.#active.pipes.some((pipe) => pipe.requestRoom())
  }

  /** Sends `message`, and returns the pipe used, or `undefined` if every pipe is full. */
  send(message: Multipart, tracker?: RequestTracker): Pipe | undefined {
    const active = this.#active
    for (let pipe = active.current(); pipe !== undefined; pipe = active.current()) {
      if (tracker !== undefined) tracker.sentTo = pipe
      if (pipe.send(message)) {
        active.advance()
        return pipe
      }
      active.removeCurrent(pipe) // added again by `writeActivated`
    }
    return undefined
  }
}
