import type { Pipe } from "../core/pipe.js"
import { binaryKey, copy, type Message } from "../zmtp/bytes.js"
import { Distributor } from "./distributor.js"
import type { Pattern, Refusal } from "./pattern.js"

/** PUB: publishes to all that have subscribed; never waits (RFC 29). */
export class PubPattern implements Pattern {
  readonly writable = true
  readonly readable = false
  readonly #distributor = new Distributor()

  attach(pipe: Pipe): void {
    this.#distributor.add(pipe)
  }

  send(message: Message): boolean {
    this.#distributor.send(message)
    return true
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
    // It will say what it wants.
  }

  /** What is no subscription is dropped. */
  readActivated(pipe: Pipe): void {
    for (let message = pipe.receive(); message !== undefined; message = pipe.receive()) {
      const first = message[0]!
      if (message.length > 1 || first.length === 0 || first[0]! > 0x01) continue
      const topic = copy(first.subarray(1))
      if (first[0] === 0x01) this.#distributor.subscribe(pipe, topic, binaryKey(topic))
      else this.#distributor.unsubscribe(pipe, topic, binaryKey(topic))
    }
  }

  writeActivated(): void {
    // Nobody waits: messages to a full pipe are dropped.
  }

  pipeTerminated(pipe: Pipe): void {
    this.#distributor.remove(pipe)
  }
}
