import { concat, type Frame } from "../zmtp/bytes.js"
import { ProtocolError } from "../zmtp/protocol-error.js"
import { MAX_APDU } from "./limits.js"
import type { Data } from "./packet.js"

/** An APDU in the making. */
interface Partial {
  readonly first: number
  readonly size: number
  readonly parts: Frame[]
  length: number
}

/** Puts APDUs together that span several packets (OPT_FRAGMENT, RFC 3208, section 9.2). Packets come in order. */
export class Reassembly {
  #partial: Partial | undefined

  /** Whether the beginning of an APDU is there, and its end is not. */
  get begun(): boolean {
    return this.#partial !== undefined
  }

  /**
   * The APDU that `data` completes, or `undefined`.
   * @throws ProtocolError for parts that do not belong together; then what was gathered is dropped.
   */
  add({ fragment, payload }: Data): Frame | undefined {
    const partial = this.#partial
    if (fragment === undefined) {
      if (partial !== undefined) this.#fail(`APDU ends after ${partial.length} of ${partial.size} bytes`)
      return payload
    }
    const { first, offset, size } = fragment
    if (size > MAX_APDU) this.#fail(`APDU of ${size} bytes exceeds the limit of ${MAX_APDU}`)
    if (offset + payload.length > size) this.#fail(`Fragment passes the end of its APDU of ${size} bytes`)
    if (partial === undefined) {
      // A receiver that joins in the middle has not seen the beginning.
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

  /** Something is missing. */
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
