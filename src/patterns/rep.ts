import type { Pipe } from "../core/pipe/pipe.js"
import type { Multipart } from "../zmtp/bytes.js"
import { FairQueue } from "./strategies/fair-queue.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"

/** REP: receives a request, then sends the reply to the peer that sent it, in strict alternation (RFC 28). */
export class RepPattern implements Pattern {
  readonly #queue = new FairQueue()
  /** The request to reply to: its pipe, and the frames before its body. */
  #request: { readonly pipe: Pipe; readonly envelope: Multipart } | undefined

  constructor(private readonly host: PatternHost) {}

  get writable(): boolean {
    return this.#request !== undefined
  }

  get readable(): boolean {
    return this.#request === undefined && this.#queue.readable
  }

  /** Sends the reply. It is dropped if the peer has left or its pipe is full. */
  send(message: Multipart): boolean {
    if (this.#request === undefined) return false
    const { pipe, envelope } = this.#request
    this.#request = undefined
    if (!pipe.send([...envelope, ...message])) this.host.dropped(message)
    this.host.receivable()
    return true
  }

  /** Receives a request. Requests without an empty frame before the body are dropped. */
  receive(): Multipart | undefined {
    if (this.#request !== undefined) return undefined
    for (let request = this.#queue.receive(); request !== undefined; request = this.#queue.receive()) {
      const delimiter = request.findIndex((frame) => frame.length === 0)
      if (delimiter < 0 || delimiter === request.length - 1) {
        this.host.dropped(request)
        continue
      }
      this.#request = { pipe: this.#queue.last!, envelope: request.splice(0, delimiter + 1) }
      this.host.sendable()
      return request
    }
    return undefined
  }

  sendRefusal(): Refusal {
    return "EFSM"
  }

  receiveRefusal(): Refusal {
    return this.#request === undefined ? "EAGAIN" : "EFSM"
  }

  readActivated(pipe: Pipe): void {
    this.#queue.add(pipe)
    if (this.#request === undefined) this.host.receivable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#queue.remove(pipe)
  }
}
