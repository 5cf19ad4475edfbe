import type { Pipe } from "../core/pipe.js"
import type { Message } from "../zmtp/bytes.js"
import { FairQueue } from "./fair-queue.js"
import { LoadBalancer } from "./load-balancer.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"
import { checkSingle, receiveSingle } from "./single-frame.js"

/** CLIENT: single frames, dealt out to its servers in turn, and taken from all of them (RFC 41). */
export class ClientPattern implements Pattern {
  readonly #balancer = new LoadBalancer()
  readonly #queue = new FairQueue()

  constructor(private readonly host: PatternHost) {}

  get writable(): boolean {
    return this.#balancer.writable
  }

  get readable(): boolean {
    return this.#queue.readable
  }

  attach(pipe: Pipe): void {
    this.writeActivated(pipe)
  }

  send(message: Message): boolean {
    checkSingle(message)
    return this.#balancer.send(message) !== undefined
  }

  receive(): Message | undefined {
    return receiveSingle(this.#queue, this.host)
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  peerReady(): void {
    // Messages have been queueing for it since `attach`.
  }

  readActivated(pipe: Pipe): void {
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
  }
}
