import type { Pipe } from "../core/pipe.js"
import { Ring } from "../core/ring.js"
import { binaryKey, concat, copy, type Message } from "../zmtp/bytes.js"
import { Distributor } from "./distributor.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"

export interface XpubOptions {
  /** Which subscriptions the application is told of (ZMQ_XPUB_VERBOSE, ZMQ_XPUB_VERBOSER). */
  readonly verbosity: "allSubs" | "allSubsUnsubs" | null
}

/** XPUB: publishes, and tells of the subscriptions as messages `0x01 topic` and `0x00 topic` (RFC 29). */
export class XpubPattern implements Pattern {
  readonly writable = true
  readonly #distributor = new Distributor()
  readonly #incoming = new Ring<Message>()

  constructor(
    private readonly host: PatternHost,
    private readonly options: XpubOptions,
  ) {}

  get readable(): boolean {
    return this.#incoming.length > 0
  }

  attach(pipe: Pipe): void {
    this.#distributor.add(pipe)
  }

  send(message: Message): boolean {
    this.#distributor.send(message)
    return true
  }

  receive(): Message | undefined {
    return this.#incoming.shift()
  }

  sendRefusal(): Refusal {
    return "EAGAIN"
  }

  receiveRefusal(): Refusal {
    return "EAGAIN"
  }

  peerReady(): void {
    // It will say what it wants.
  }

  readActivated(pipe: Pipe): void {
    for (let message = pipe.receive(); message !== undefined; message = pipe.receive()) {
      const first = message[0]!
      if (message.length === 1 && first[0] === 0x01) this.#subscribe(pipe, first)
      else if (message.length === 1 && first[0] === 0x00) this.#unsubscribe(pipe, first)
      else this.#deliver(message)
    }
  }

  writeActivated(): void {
    // Nobody waits: messages to a full pipe are dropped.
  }

  pipeTerminated(pipe: Pipe): void {
    for (const { topic, last } of this.#distributor.remove(pipe)) {
      if (last || this.options.verbosity === "allSubsUnsubs") this.#deliver([concat([CANCEL, topic], topic.length + 1)])
    }
  }

  #subscribe(pipe: Pipe, frame: Uint8Array): void {
    const topic = copy(frame.subarray(1))
    const first = this.#distributor.subscribe(pipe, topic, binaryKey(topic))
    if (first || this.options.verbosity !== null) this.#deliver([frame])
  }

  #unsubscribe(pipe: Pipe, frame: Uint8Array): void {
    const topic = frame.subarray(1)
    const last = this.#distributor.unsubscribe(pipe, topic, binaryKey(topic))
    if (last || this.options.verbosity === "allSubsUnsubs") this.#deliver([frame])
  }

  #deliver(message: Message): void {
    this.#incoming.push(message)
    this.host.receivable()
  }
}

const CANCEL = Uint8Array.of(0x00)
