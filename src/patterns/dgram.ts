import type { Pipe } from "../core/pipe/pipe.js"
import { zmqError } from "../core/errors.js"
import { decodeText, type Multipart } from "../zmtp/bytes.js"
import { MAX_DATAGRAM, parseDatagramAddress } from "../zmtp/frames/datagram.js"
import { PairPattern } from "./pair.js"
import type { Pattern, PatternHost } from "./pattern.js"

/**
 * DGRAM: sends and receives `[address, bytes]` through the one endpoint that it is bound to, to and from any address. It
 * is a PAIR whose messages have that form.
 */
export class DgramPattern implements Pattern {
  readonly #pair: PairPattern

  constructor(host: PatternHost) {
    this.#pair = new PairPattern(host, () => {
      throw zmqError("EINVAL", { message: "A DGRAM socket can have only one endpoint" })
    })
  }

  get writable(): boolean {
    return this.#pair.writable
  }

  requestRoom(): boolean {
    return this.#pair.requestRoom()
  }

  get readable(): boolean {
    return this.#pair.readable
  }

  attach(pipe: Pipe): void {
    this.#pair.attach(pipe)
  }

  send(message: Multipart): boolean {
    if (message.length !== 2) throw zmqError("EINVAL", { cause: new Error(malformed(message)) })
    if (parseDatagramAddress(message[0]!) === undefined)
      throw zmqError("EINVAL", { cause: new Error(unknown(message)) })
    if (message[1]!.length > MAX_DATAGRAM) throw zmqError("EMSGSIZE")
    return this.#pair.send(message)
  }

  receive(): Multipart | undefined {
    return this.#pair.receive()
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

function malformed({ length }: Multipart): string {
  return `Invalid datagram with ${length} ${length === 1 ? "frame" : "frames"}: expected an address and the bytes`
}

function unknown([address]: Multipart): string {
  return `Invalid address ${JSON.stringify(decodeText(address!))}: expected a host and a port, such as 127.0.0.1:5555`
}
