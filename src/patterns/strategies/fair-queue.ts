import type { Pipe } from "../../core/pipe/pipe.js"
import type { Multipart } from "../../zmtp/bytes.js"
import { Rotation } from "./rotation.js"

/** Receives one message at a time from each readable pipe, in turn (RFC 30, "The PULL Socket Type"). */
export class FairQueue {
  /** The pipe that the last message was received from. */
  last: Pipe | undefined
  readonly #active = new Rotation()

  /** Call when `pipe` becomes readable. */
  add(pipe: Pipe): void {
    this.#active.add(pipe)
  }

  remove(pipe: Pipe): void {
    this.#active.remove(pipe)
  }

  get readable(): boolean {
    return this.#active.pipes.some((pipe) => pipe.readable)
  }

  receive(): Multipart | undefined {
    const active = this.#active
    for (let pipe = active.current(); pipe !== undefined; pipe = active.current()) {
      const message = pipe.receive()
      if (message !== undefined) {
        active.advance()
        this.last = pipe
        return message
      }
      active.removeCurrent(pipe) // added again by `readActivated`
    }
    return undefined
  }
}
