import { decodeText } from "./bytes.js"
import { commandData, encodeCommand } from "./command.js"
import type { Mechanism } from "./mechanism.js"
import { parseMetadata, type Metadata } from "./metadata.js"
import { ProtocolError, RefusedError } from "./protocol-error.js"

/** READY each way and nothing more (RFC 37, "The NULL Security Mechanism"). */
export class NullMechanism implements Mechanism {
  readonly name = "NULL"
  readonly asServer = false
  peer: Metadata = new Map()
  #sent = false
  #received = false

  /** @param metadata This side's properties, encoded. */
  constructor(private readonly metadata: Uint8Array) {}

  get ready(): boolean {
    return this.#sent && this.#received
  }

  produce(): Uint8Array | undefined {
    if (this.#sent) return undefined
    this.#sent = true
    return encodeCommand("READY", this.metadata)
  }

  consume(body: Uint8Array): void {
    const ready = this.#received ? undefined : commandData(body, "READY")
    if (ready !== undefined) {
      this.peer = parseMetadata(ready)
      this.#received = true
      return
    }
    throw refusal(body)
  }
}

/** The error for a command that is not the one expected: the peer's reason if it is ERROR. */
export function refusal(body: Uint8Array): Error {
  const error = commandData(body, "ERROR")
  if (error === undefined) return new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", "Peer sent another command than due")
  if (error.length === 0 || error.length < 1 + error[0]!) {
    return new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_ERROR", "Reason of the ERROR command is cut short")
  }
  return new RefusedError(decodeText(error.subarray(1, 1 + error[0]!)))
}
