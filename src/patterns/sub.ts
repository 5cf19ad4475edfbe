import type { Pipe } from "../core/pipe/pipe.js"
import type { Multipart } from "../zmtp/bytes.js"
import type { Pattern, PatternHost } from "./pattern.js"
import { XsubPattern } from "./xsub.js"

export interface SubOptions {
  /** Receives the messages that it has *not* subscribed to (ZMQ_INVERT_MATCHING). */
  readonly invertMatching: boolean
}

/** SUB: an XSUB that subscribes by method and drops messages without a subscription (RFC 29). */
export class SubPattern implements Pattern {
  readonly writable = false
  readonly #xsub: XsubPattern

  constructor(
    host: PatternHost,
    private readonly options: SubOptions,
  ) {
    this.#xsub = new XsubPattern(host)
  }

  /** Whether a message is queued. It may not match any subscription. */
  get readable(): boolean {
    return this.#xsub.readable
  }

  get hasNoSubscriptions(): boolean {
    return this.#xsub.isEmpty && !this.options.invertMatching
  }

  attach(pipe: Pipe): void {
    this.#xsub.attach(pipe)
  }

  /** Filters messages, because some publishers do not. */
  receive(): Multipart | undefined {
    let message = this.#xsub.receive()
    while (message !== undefined && this.#xsub.wants(message) === this.options.invertMatching)
      message = this.#xsub.receive()
    return message
  }

  subscribe(topic: Uint8Array): void {
    this.#xsub.addSubscription(topic)
  }

  unsubscribe(topic: Uint8Array): void {
    this.#xsub.removeSubscription(topic)
  }

  peerReady(pipe: Pipe): void {
    this.#xsub.peerReady(pipe)
  }

  readActivated(pipe: Pipe): void {
    this.#xsub.readActivated(pipe)
  }

  pipeTerminated(pipe: Pipe): void {
    this.#xsub.pipeTerminated(pipe)
  }
}
