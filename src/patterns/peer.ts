import type { Pipe } from "../core/pipe/pipe.js"
import { zmqError } from "../core/errors.js"
import type { Multipart } from "../zmtp/bytes.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"
import { ServerPattern } from "./server.js"

/** PEER: a SERVER for PEER sockets that also assigns numbers to the peers that it connects to (RFC 51). */
export class PeerPattern implements Pattern {
  readonly writable = true
  readonly #server: ServerPattern
  /** Number of the peer that was attached last. */
  #last = 0

  constructor(private readonly host: PatternHost) {
    this.#server = new ServerPattern(host)
  }

  get readable(): boolean {
    return this.#server.readable
  }

  /** Calls `connect`, and returns the number of the peer that it attaches, or 0 if it attaches none immediately. */
  numberOf(connect: () => void): number {
    this.#last = 0
    connect()
    return this.#last
  }

  /** @throws ZmqError EHOSTUNREACH if no peer has this number. */
  disconnect(number: number): void {
    const pipe = this.#server.route(number)
    if (pipe === undefined) throw zmqError("EHOSTUNREACH")
    this.host.detach(pipe)
  }

  attach(pipe: Pipe): void {
    this.#last = this.#server.attach(pipe)
  }

  send(message: Multipart): boolean {
    return this.#server.send(message)
  }

  receive(): Multipart | undefined {
    return this.#server.receive()
  }

  sendRefusal(message: Multipart): Refusal {
    return this.#server.sendRefusal(message)
  }

  readActivated(pipe: Pipe): void {
    this.#server.readActivated(pipe)
  }

  writeActivated(): void {
    this.#server.writeActivated()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#server.pipeTerminated(pipe)
  }
}
