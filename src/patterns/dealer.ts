import type { Pipe } from "../core/pipe/pipe.js"
import type { RequestTracker } from "../core/pipe/request-tracker.js"
import type { Multipart } from "../zmtp/bytes.js"
import { FairQueue } from "./strategies/fair-queue.js"
import { LoadBalancer } from "./strategies/load-balancer.js"
import { probe, type ProbeOptions } from "./probe.js"
import type { Pattern, PatternHost } from "./pattern.js"

/** DEALER: sends to its peers in turn, and receives from its peers in turn (RFC 28). */
export class DealerPattern implements Pattern {
  readonly #balancer = new LoadBalancer()
  readonly #queue = new FairQueue()

  constructor(
    private readonly host: PatternHost,
    private readonly options: ProbeOptions,
  ) {}

  get writable(): boolean {
    return this.#balancer.writable
  }

  requestRoom(): boolean {
    return this.#balancer.requestRoom()
  }

  get readable(): boolean {
    return this.#queue.readable
  }

  attach(pipe: Pipe): void {
    probe(pipe, this.options)
    this.writeActivated(pipe)
  }

  send(message: Multipart): boolean {
    return this.#balancer.send(message) !== undefined
  }

  sendRequest(message: Multipart, tracker: RequestTracker): boolean {
    return this.#balancer.send(message, tracker) !== undefined
  }

  receive(): Multipart | undefined {
    return this.#queue.receive()
  }

  get sender(): Pipe | undefined {
    return this.#queue.last
  }

  readActivated(pipe: Pipe): void {
    this.#queue.add(pipe)
    this.host.receivable()
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
    this.#queue.remove(pipe)
  }
}
