import type { Pipe } from "../core/pipe/pipe.js"
import type { Multipart } from "../zmtp/bytes.js"
import { FairQueue } from "./strategies/fair-queue.js"
import type { Pattern, PatternHost } from "./pattern.js"

/** PULL: receives messages from its peers in turn (RFC 30). */
export class PullPattern implements Pattern {
  readonly writable = false
  readonly #queue = new FairQueue()

  constructor(private readonly host: PatternHost) {}

  get readable(): boolean {
    return this.#queue.readable
  }

  receive(): Multipart | undefined {
    return this.#queue.receive()
  }

  readActivated(pipe: Pipe): void {
    this.#queue.add(pipe)
    this.host.receivable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#queue.remove(pipe)
  }
}
