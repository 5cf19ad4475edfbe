import type { Pipe } from "../core/pipe.js"
import type { Message } from "../zmtp/bytes.js"
import { FairQueue } from "./fair-queue.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"
import { receiveSingle } from "./single-frame.js"

/** GATHER: takes single frames from all peers in turn (RFC 49). */
export class GatherPattern implements Pattern {
  readonly writable = false
  readonly #queue = new FairQueue()

  constructor(private readonly host: PatternHost) {}

  get readable(): boolean {
    return this.#queue.readable
  }

  attach(): void {
    // Its messages announce themselves.
  }

  send(): boolean {
    return false
  }

  receive(): Message | undefined {
    return receiveSingle(this.#queue, this.host)
  }

  sendRefusal(): Refusal {
    return "ENOTSUP"
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  peerReady(): void {
    // Peers are all alike.
  }

  readActivated(pipe: Pipe): void {
    this.#queue.add(pipe)
    this.host.receivable()
  }

  writeActivated(): void {
    // Nothing is sent.
  }

  pipeTerminated(pipe: Pipe): void {
    this.#queue.remove(pipe)
  }
}
