import type { Pipe } from "../core/pipe/pipe.js"
import type { Multipart } from "../zmtp/bytes.js"
import { LoadBalancer } from "./strategies/load-balancer.js"
import type { Pattern, PatternHost } from "./pattern.js"

/** PUSH: distributes messages to its peers in turn (RFC 30). */
export class PushPattern implements Pattern {
  readonly readable = false
  readonly #balancer = new LoadBalancer()

  constructor(private readonly host: PatternHost) {}

  get writable(): boolean {
    return this.#balancer.writable
  }

  requestRoom(): boolean {
    return this.#balancer.requestRoom()
  }

  attach(pipe: Pipe): void {
    this.writeActivated(pipe)
  }

  send(message: Multipart): boolean {
    return this.#balancer.send(message) !== undefined
  }

  /** Drops incoming messages so that they do not accumulate. A correct PULL peer sends none. */
  readActivated(pipe: Pipe): void {
    for (let message = pipe.receive(); message !== undefined; message = pipe.receive()) this.host.dropped(message)
  }

  peerReady(pipe: Pipe): void {
    if (this.#balancer.resume(pipe)) this.host.sendable()
  }

  peerFailed(pipe: Pipe): void {
    this.#balancer.suspend(pipe)
  }

  writeActivated(pipe: Pipe): void {
    this.#balancer.add(pipe)
    this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#balancer.remove(pipe)
  }
}
