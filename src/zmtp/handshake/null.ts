import { concat, decodeText, encodeText, type Frame } from "../bytes.js"
import { commandData, encodeCommand, parseCommand } from "../commands/command.js"
import type { Mechanism } from "./mechanism.js"
import { parseMetadata, type Metadata } from "./metadata.js"
import { ProtocolError, RefusedError } from "../protocol-error.js"

/** The NULL mechanism: one READY in each direction (RFC 37, "The NULL Security Mechanism"). */
export class NullMechanism implements Mechanism {
  readonly name = "NULL"
  readonly asServer = false
  readonly box = undefined
  readonly publicKey = undefined
  peer: Metadata = new Map()
  credentials: readonly Frame[] | undefined
  #sent = false
  #received = false

  /**
   * @param metadata This side's properties, encoded.
   * @param authenticates Whether the application authenticates the peer's address first.
   * @param waits Whether to send READY only after the peer's. Two sides that both wait would block each other.
   */
  constructor(
    private readonly metadata: Uint8Array,
    authenticates = false,
    private readonly waits = false,
  ) {
    if (authenticates) this.credentials = []
  }

  get ready(): boolean {
    return this.#sent && this.#received
  }

  accept(): void {
    this.credentials = undefined
  }

  produce(): Uint8Array | undefined {
    if (this.#sent || this.credentials !== undefined || (this.waits && !this.#received)) return undefined
    this.#sent = true
    return encodeCommand("READY", this.metadata)
  }

  consume(body: Uint8Array): void {
    const ready = this.#received ? undefined : commandData(body, "READY")
    if (ready === undefined) throw unexpected(body, this.#received ? undefined : "READY")
    this.peer = parseMetadata(ready)
    this.#received = true
  }

  dispose(): void {
    // No secrets to overwrite.
  }
}

/**
 * The error for a command other than `expected`. For ERROR, it contains the peer's reason.
 * @param expected The only command allowed now, or `undefined` for none.
 */
export function unexpected(body: Frame, expected: string | undefined): Error {
  const error = commandData(body, "ERROR") ?? misspelledError(body)
  if (error === undefined) {
    const received = parseCommand(body)?.name ?? "a malformed command"
    const message = `Unexpected command: expected ${expected ?? "none"}, got ${received}`
    return new ProtocolError("ERR_ZMTP_UNEXPECTED_COMMAND", message)
  }
  if (error.length === 0 || error.length < 1 + error[0]!) {
    return new ProtocolError("ERR_ZMTP_MALFORMED_COMMAND_ERROR", "Malformed ERROR command: truncated reason")
  }
  return new RefusedError(decodeText(error.subarray(1, 1 + error[0]!)))
}

/** What libzmq's PLAIN servers send instead of the length and name of the ERROR command. */
const MISSPELLED = /* @__PURE__ */ encodeText("^RROR")

/** Encodes the ERROR command. @param misspelled Whether to use the spelling of libzmq's PLAIN servers. */
export function encodeError(reason: string, misspelled: boolean): Uint8Array {
  const data = Uint8Array.of(reason.length, ...encodeText(reason))
  if (!misspelled) return encodeCommand("ERROR", data)
  return concat([MISSPELLED, data], MISSPELLED.length + data.length)
}

function misspelledError(body: Uint8Array): Uint8Array | undefined {
  return MISSPELLED.every((byte, index) => body[index] === byte) ? body.subarray(MISSPELLED.length) : undefined
}
