import type { Pipe } from "../core/pipe.js"
import type { Message } from "../zmtp/bytes.js"
import { LoadBalancer } from "./load-balancer.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"
import { checkSingle } from "./single-frame.js"

/** SCATTER: deals single frames out, one peer at a time (RFC 49). */
export class ScatterPattern implements Pattern {
  readonly readable = false
  readonly #balancer = new LoadBalancer()

  constructor(private readonly host: PatternHost) {}

  get writable(): boolean {
    return this.#balancer.writable
  }

  attach(pipe: Pipe): void {
    this.writeActivated(pipe)
  }

  send(message: Message): boolean {
    checkSingle(message)
    return this.#balancer.send(message) !== undefined
  }

  receive(): undefined {
    return undefined
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  receiveRefusal(): Refusal {
    return "ENOTSUP"
  }

  peerReady(): void {
    // Messages have been queueing for it since `attach`.
  }

  /** A GATHER has nothing to say; what comes all the same must not pile up. */
  readActivated(pipe: Pipe): void {
    for (let message = pipe.receive(); message !== undefined; message = pipe.receive()) this.host.dropped(message)
  }

  writeActivated(pipe: Pipe): void {
    this.#balancer.add(pipe)
    this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#balancer.remove(pipe)
  }
}
