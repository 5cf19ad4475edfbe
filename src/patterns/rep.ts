import type { Pipe } from "../core/pipe.js"
import type { Multipart } from "../zmtp/bytes.js"
import { FairQueue } from "./strategies/fair-queue.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"

/** REP: receives a request, then sends the reply to the peer that it came from, in strict alternation (RFC 28). */
export class RepPattern implements Pattern {
  readonly #queue = new FairQueue()
  /** The request that is owed a reply: where from, and the frames before its body. */
  #owed: { readonly pipe: Pipe; readonly envelope: Multipart } | undefined

  constructor(private readonly host: PatternHost) {}

  get writable(): boolean {
    return this.#owed !== undefined
  }

  get readable(): boolean {
    return this.#owed === undefined && this.#queue.readable
  }

  /** A reply to a peer that is gone or full vanishes. */
  send(message: Multipart): boolean {
    if (this.#owed === undefined) return false
    const { pipe, envelope } = this.#owed
    this.#owed = undefined
    if (!pipe.send([...envelope, ...message])) this.host.dropped(message)
    this.host.receivable()
    return true
  }

  /** Requests without an empty frame before a body are dropped. */
  receive(): Multipart | undefined {
    if (this.#owed !== undefined) return undefined
    for (let request = this.#queue.receive(); request !== undefined; request = this.#queue.receive()) {
      const delimiter = request.findIndex((frame) => frame.length === 0)
      if (delimiter < 0 || delimiter === request.length - 1) {
        this.host.dropped(request)
        continue
      }
      this.#owed = { pipe: this.#queue.last!, envelope: request.splice(0, delimiter + 1) }
      this.host.sendable()
      return request
    }
    return undefined
  }

  sendRefusal(): Refusal {
    return "EFSM"
  }

  receiveRefusal(): Refusal {
    return this.#owed === undefined ? "EAGAIN" : "EFSM"
  }

  readActivated(pipe: Pipe): void {
    this.#queue.add(pipe)
    if (this.#owed === undefined) this.host.receivable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#queue.remove(pipe)
  }
}
