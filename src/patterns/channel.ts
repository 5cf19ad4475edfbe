import type { Pipe } from "../core/pipe.js"
import type { Message } from "../zmtp/bytes.js"
import { PairPattern } from "./pair.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"
import { checkSingle, receiveSingle } from "./single-frame.js"

/** CHANNEL: a PAIR of single frames (RFC 52). */
export class ChannelPattern implements Pattern {
  readonly #pair: PairPattern

  constructor(private readonly host: PatternHost) {
    this.#pair = new PairPattern(host)
  }

  get writable(): boolean {
    return this.#pair.writable
  }

  get readable(): boolean {
    return this.#pair.readable
  }

  /** A second peer is turned away. */
  attach(pipe: Pipe): void {
    this.#pair.attach(pipe)
  }

  send(message: Message): boolean {
    checkSingle(message)
    return this.#pair.send(message)
  }

  receive(): Message | undefined {
    return receiveSingle(this.#pair, this.host)
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

  readActivated(): void {
    this.#pair.readActivated()
  }

  writeActivated(): void {
    this.#pair.writeActivated()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#pair.pipeTerminated(pipe)
  }
}
