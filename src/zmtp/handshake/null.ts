import type { Frame } from "../bytes.js"
import { commandData, encodeCommand } from "../commands/command.js"
import { unexpected } from "../commands/error.js"
import type { Mechanism } from "./mechanism.js"
import { parseMetadata, type Metadata } from "./metadata.js"

/** The NULL mechanism: one READY in each direction (RFC 37, "The NULL Security Mechanism"). */
export class NullMechanism implements Mechanism {
  readonly name = "NULL"
  readonly asServer = false
  readonly box = undefined
  readonly peerKey = undefined
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
    const expected = this.#received ? undefined : "READY"
    const ready = expected && commandData(body, expected)
    if (ready === undefined) throw unexpected(body, expected)
    this.peer = parseMetadata(ready)
    this.#received = true
  }

  dispose(): void {
    // No secrets to overwrite.
  }
}
