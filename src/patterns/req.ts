import type { Pipe } from "../core/pipe.js"
import { EMPTY, type Message } from "../zmtp/bytes.js"
import { FairQueue } from "./fair-queue.js"
import { LoadBalancer } from "./load-balancer.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"

/** REQ: one request, then its reply, and so on (RFC 28). */
export class ReqPattern implements Pattern {
  readonly #balancer = new LoadBalancer()
  readonly #queue = new FairQueue()
  #waiting = false
  /** The peer that was asked; `undefined` once it is gone. */
  #asked: Pipe | undefined

  constructor(private readonly host: PatternHost) {}

  get writable(): boolean {
    return !this.#waiting && this.#balancer.writable
  }

  get readable(): boolean {
    return this.#waiting && this.#queue.readable
  }

  attach(pipe: Pipe): void {
    this.writeActivated(pipe)
  }

  send(message: Message): boolean {
    if (this.#waiting) return false
    const asked = this.#balancer.send([EMPTY, ...message])
    if (asked === undefined) return false
    this.#asked = asked
    this.#waiting = true
    return true
  }

  /** Replies of peers that were not asked, and what has no empty delimiter before a body, are dropped. */
  receive(): Message | undefined {
    if (!this.#waiting) return undefined
    for (let reply = this.#queue.receive(); reply !== undefined; reply = this.#queue.receive()) {
      if (this.#asked !== undefined && this.#queue.last !== this.#asked) continue
      if (reply[0]!.length > 0 || reply.length < 2) continue
      reply.shift()
      this.#waiting = false
      this.#asked = undefined
      this.host.sendable()
      return reply
    }
    return undefined
  }

  sendRefusal(): Refusal {
    return this.#waiting ? "EFSM" : "EAGAIN"
  }

  receiveRefusal(): Refusal {
    return this.#waiting ? "EAGAIN" : "EFSM"
  }

  peerReady(): void {
    // Requests have been queueing for it since `attach`.
  }

  readActivated(pipe: Pipe): void {
    if (!this.#waiting) {
      // Nobody was asked: late or unasked replies must not be taken for the next one's.
      while (pipe.receive() !== undefined);
      return
    }
    this.#queue.add(pipe)
    this.host.receivable()
  }

  writeActivated(pipe: Pipe): void {
    this.#balancer.add(pipe)
    this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#balancer.remove(pipe)
    this.#queue.remove(pipe)
    if (this.#asked === pipe) this.#asked = undefined
  }
}
