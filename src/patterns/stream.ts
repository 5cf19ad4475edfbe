import type { Pipe } from "../core/pipe/pipe.js"
import type { Multipart } from "../zmtp/bytes.js"
import type { Pattern, PatternHost, Refusal } from "./pattern.js"
import { RouterPattern } from "./router.js"

/**
 * STREAM: a ROUTER for connections that do not use ZMTP. `[id, empty]` reports that a connection was opened or closed;
 * sending it closes the connection.
 */
export class StreamPattern implements Pattern {
  readonly writable = true
  readonly #router: RouterPattern

  constructor(private readonly host: PatternHost) {
    this.#router = new RouterPattern(host, { mandatory: true, handover: false, probeRouter: false })
  }

  get readable(): boolean {
    return this.#router.readable
  }

  attach(pipe: Pipe, routingId?: Uint8Array): void {
    this.#router.attach(pipe, routingId)
  }

  send(message: Multipart): boolean {
    if (message.length < 2 || message[1]!.length > 0) return this.#router.send(message)
    const pipe = this.#router.route(message[0]!)
    if (pipe === undefined) return this.#router.send(message)
    this.host.detach(pipe)
    return true
  }

  receive(): Multipart | undefined {
    return this.#router.receive()
  }

  sendRefusal(message: Multipart): Refusal {
    return this.#router.sendRefusal(message)
  }

  peerReady(pipe: Pipe): void {
    this.#router.peerReady(pipe)
  }

  readActivated(pipe: Pipe): void {
    this.#router.readActivated(pipe)
  }

  writeActivated(): void {
    this.#router.writeActivated()
  }

  pipeTerminated(pipe: Pipe): void {
    this.#router.pipeTerminated(pipe)
  }
}
