import type { Pipe } from "../core/pipe.js"
import { zmqError } from "../core/errors.js"
import type { Multipart } from "../zmtp/bytes.js"
import { MAX_DATAGRAM, parseDatagramAddress } from "../zmtp/frames/datagram.js"
import type { Pattern, PatternHost } from "./pattern.js"

/**
 * DGRAM: sends and receives `[address, bytes]` through the one endpoint that it is bound to, to and from any address.
 */
export class DgramPattern implements Pattern {
  #pipe: Pipe | undefined

  constructor(private readonly host: PatternHost) {}

  get writable(): boolean {
    return this.#pipe?.writable === true
  }

  requestRoom(): boolean {
    return this.#pipe?.requestRoom() === true
  }

  get readable(): boolean {
    return this.#pipe?.readable === true
  }

  attach(pipe: Pipe): void {
    const before = this.#pipe
    if (before?.finished === false) throw zmqError("EINVAL", { message: "A DGRAM socket can have only one endpoint" })
    // Nothing reads the old pipe anymore, so it would never detect that it has ended.
    if (before !== undefined) this.host.detach(before)
    this.#pipe = pipe
    this.host.sendable()
  }

  send(message: Multipart): boolean {
    if (message.length !== 2 || parseDatagramAddress(message[0]!) === undefined) throw zmqError("EINVAL")
    if (message[1]!.length > MAX_DATAGRAM) throw zmqError("EMSGSIZE")
    return this.#pipe?.send(message) === true
  }

  receive(): Multipart | undefined {
    return this.#pipe?.receive()
  }

  readActivated(): void {
    this.host.receivable()
  }

  writeActivated(): void {
    this.host.sendable()
  }

  pipeTerminated(pipe: Pipe): void {
    if (pipe === this.#pipe) this.#pipe = undefined
  }
}
