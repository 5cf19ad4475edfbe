import { concat, type Frame } from "../zmtp/bytes.js"
import { ProtocolError } from "../zmtp/protocol-error.js"
import { MAX_APDU } from "./limits.js"
import type { Data } from "./packet.js"

/** An incomplete APDU. */
interface Partial {
  readonly first: number
  readonly size: number
  readonly parts: Frame[]
  length: number
}

/** Assembles APDUs that span several packets (OPT_FRAGMENT, RFC 3208, section 9.2). Packets arrive in order. */
export class Reassembly {
  #partial: Partial | undefined

  /** Whether an APDU has begun and is incomplete. */
  get begun(): boolean {
    return this.#partial !== undefined
  }

  /**
   * Adds a packet. Returns the APDU that it completes, or `undefined`.
   * @throws ProtocolError for parts that do not belong together. The incomplete APDU is then dropped.
   */
  add({ fragment, payload }: Data): Frame | undefined {
    const partial = this.#partial
    if (fragment === undefined) {
      if (partial !== undefined) this.#fail(`APDU ends after ${partial.length} of ${partial.size} bytes`)
      return payload
    }
    const { first, offset, size } = fragment
    if (size > MAX_APDU) this.#fail(`APDU of ${size} bytes exceeds the limit of ${MAX_APDU}`)
    if (offset + payload.length > size) this.#fail(`Fragment extends past the end of its APDU of ${size} bytes`)
    if (partial === undefined) {
      // A receiver that joins in the middle of an APDU has not received its beginning.
      if (offset > 0) return undefined
      this.#partial = { first, size, parts: [payload], length: payload.length }
      return this.#complete(this.#partial)
    }
    if (partial.first !== first || partial.size !== size || partial.length !== offset) {
      this.#fail(`Fragment at ${offset} of ${size} bytes does not continue the APDU`)
    }
    partial.parts.push(payload)
    partial.length += payload.length
    return this.#complete(partial)
  }

  /** Drops an incomplete APDU because packets are missing. */
  reset(): void {
    this.#partial = undefined
  }

  #complete({ parts, length, size }: Partial): Frame | undefined {
    if (length < size) return undefined
    this.#partial = undefined
    return concat(parts, size)
  }

  #fail(message: string): never {
    this.#partial = undefined
    throw new ProtocolError("ERR_ZMTP_UNSPECIFIED", message)
  }
}
