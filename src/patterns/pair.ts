import type { Pipe } from "../core/pipe/pipe.js"
import type { Multipart } from "../zmtp/bytes.js"
import type { Pattern, PatternHost } from "./pattern.js"

/** PAIR: connects to exactly one peer (RFC 31). */
export class PairPattern implements Pattern {
  #pipe: Pipe | undefined

  /** @param refuse Refuses a second pipe. Default: ends it. */
  constructor(
    private readonly host: PatternHost,
    private readonly refuse: (pipe: Pipe) => void = (pipe) => {
      host.detach(pipe)
    },
  ) {}

  get writable(): boolean {
    return this.#pipe?.writable === true
  }

  requestRoom(): boolean {
    return this.#pipe?.requestRoom() === true
  }

  get readable(): boolean {
    return this.#pipe?.readable === true
  }

  attach(pipe: Pipe): void {
    const before = this.#pipe
    if (before?.finished === false) {
      this.refuse(pipe)
      return
    }
    // Nothing reads the old pipe anymore, so it would never detect that it has ended.
    if (before !== undefined) this.host.detach(before)
    this.#pipe = pipe
    this.host.sendable()
  }

  send(message: Multipart): boolean {
    return this.#pipe?.send(message) === true
  }

  receive(): Multipart | undefined {
    return this.#pipe?.receive()
  }

  readActivated(): void {
    this.host.receivable()
  }

  writeActivated(): void {
    this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    if (pipe === this.#pipe) this.#pipe = undefined
  }
}
