import type { Frame, Multipart } from "./bytes.js"
import type { Engine } from "./engine.js"
import { Outbox } from "./frames/outbox.js"
import { UNKNOWN_PEER } from "./peer.js"
import { mayEnter, outOfOrder, type EngineState } from "./state.js"

type State = Extract<EngineState, "new" | "traffic" | "closed">

/** Raw bytes, for STREAM: each chunk is a message, and the frames of a message are sent without headers. */
export class RawEngine implements Engine {
  readonly version = undefined
  readonly peer = UNKNOWN_PEER
  readonly #outbox = new Outbox()
  #state: State = "new"
  #chunk: Frame | undefined

  get state(): EngineState {
    return this.#state
  }

  get unread(): boolean {
    return this.#chunk !== undefined
  }

  get borrowed(): boolean {
    return this.#outbox.borrowed
  }

  get unsent(): number {
    return this.#outbox.size
  }

  start(): void {
    if (this.#state !== "new") throw outOfOrder("start", this.#state)
    this.#enter("traffic")
  }

  push(chunk: Frame): void {
    this.#chunk = chunk
  }

  handshake(): boolean {
    if (this.#state !== "traffic") throw outOfOrder("handshake", this.#state)
    return true
  }

  read(): Multipart | undefined {
    if (this.#state !== "traffic") throw outOfOrder("read", this.#state)
    const chunk = this.#chunk
    this.#chunk = undefined
    return chunk && [chunk]
  }

  write(message: Multipart): void {
    if (this.#state !== "traffic") throw outOfOrder("write", this.#state)
    for (const bytes of message) this.#outbox.raw(bytes)
  }

  drain(): Uint8Array[] {
    return this.#outbox.drain()
  }

  releaseDrained(): void {
    this.#outbox.releaseDrained()
  }

  close(): void {
    this.#enter("closed")
  }

  #enter(next: State): void {
    if (mayEnter(this.#state, next)) this.#state = next
  }
}
