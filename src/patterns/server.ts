import type { Pipe } from "../core/pipe/pipe.js"
import { zmqError } from "../core/errors.js"
import type { Multipart } from "../zmtp/bytes.js"
import { FairQueue } from "./strategies/fair-queue.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"
import { decodeRoutingNumber, encodeRoutingNumber } from "./routing-number.js"
import { checkSingle, receiveSingle } from "./single-frame.js"

/**
 * SERVER: messages of a single frame, preceded by the number that was assigned to the peer when it connected (RFC 41).
 */
export class ServerPattern implements Pattern {
  readonly writable = true
  readonly #queue = new FairQueue()
  readonly #routes = new Map<number, Pipe>()
  readonly #numbers = new Map<Pipe, number>()
  #next = Math.floor(Math.random() * 0x1_0000_0000)

  constructor(private readonly host: PatternHost) {}

  get readable(): boolean {
    return this.#queue.readable
  }

  /** Assigns a number to the peer of `pipe`, and returns it. */
  attach(pipe: Pipe): number {
    const number = this.#generate()
    this.#routes.set(number, pipe)
    this.#numbers.set(pipe, number)
    return number
  }

  send(message: Multipart): boolean {
    checkSingle(message, 1)
    const pipe = this.route(decodeRoutingNumber(message[0]!))
    if (pipe === undefined) throw zmqError("EHOSTUNREACH")
    return pipe.send([message[1]!])
  }

  /** Receives a message. Messages of several frames are dropped. */
  receive(): Multipart | undefined {
    let message = receiveSingle(this.#queue, this.host)
    while (message !== undefined) {
      const number = this.#numbers.get(this.#queue.last!)
      if (number !== undefined) {
        message.unshift(encodeRoutingNumber(number))
        return message
      }
      // Receiving made room, and application code that ran as a result has ended the pipe.
      this.host.dropped(message)
      message = receiveSingle(this.#queue, this.host)
    }
    return undefined
  }

  /** The pipe to the peer with `number`. */
  route(number: number): Pipe | undefined {
    const pipe = this.#routes.get(number)
    return pipe?.severed === true ? undefined : pipe
  }

  sendRefusal(message: Multipart): Refusal {
    return this.route(decodeRoutingNumber(message[0]!)) === undefined ? "EHOSTUNREACH" : "EAGAIN"
  }

  readActivated(pipe: Pipe): void {
    this.#queue.add(pipe)
    this.host.receivable()
  }

  writeActivated(): void {
    this.host.sendable()
  }

  /** Wakes senders that wait for this peer: they fail with EHOSTUNREACH. */
  pipeTerminated(pipe: Pipe): void {
    this.#queue.remove(pipe)
    this.#routes.delete(this.#numbers.get(pipe)!)
    this.#numbers.delete(pipe)
    this.host.sendable()
  }

  /** The next unused number; never 0. */
  #generate(): number {
    do this.#next = (this.#next + 1) >>> 0
    while (this.#next === 0 || this.#routes.has(this.#next))
    return this.#next
  }
}
