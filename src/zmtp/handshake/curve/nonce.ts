import { encodeText } from "../../bytes.js"
import { ProtocolError } from "../../protocol-error.js"

/** Length of every nonce, in bytes. Of these, 8 or 16 are sent. */
const NONCE_SIZE = 24

/** A nonce that consists of `prefix` and the part that is sent. */
export function nonceOf(prefix: string, rest: Uint8Array): Uint8Array {
  const nonce = new Uint8Array(NONCE_SIZE)
  nonce.set(encodeText(prefix))
  nonce.set(rest, prefix.length)
  return nonce
}

/** Short nonces of this side: an 8-byte counter that starts at 1 (RFC 26, "Nonces"). */
export class Counter {
  #count: number

  /** @param used Number of nonces that are used already. */
  constructor(used = 0) {
    this.#count = used
  }

  next(): Uint8Array {
    const bytes = new Uint8Array(8)
    this.write(bytes, 0)
    return bytes
  }

  /**
   * Writes the next nonce to `bytes` at offset `at`.
   * @throws Error if there is none: a key must not be used twice with the same nonce.
   */
  write(bytes: Uint8Array, at: number): void {
    if (this.#count >= Number.MAX_SAFE_INTEGER) throw new Error("All nonces of this connection have been used")
    const count = ++this.#count
    const high = Math.floor(count / 0x1_0000_0000)
    // A safe integer has 53 bits.
    bytes[at] = 0
    bytes[at + 1] = high >>> 16
    bytes[at + 2] = high >>> 8
    bytes[at + 3] = high
    bytes[at + 4] = count >>> 24
    bytes[at + 5] = count >>> 16
    bytes[at + 6] = count >>> 8
    bytes[at + 7] = count
  }
}

/** The peer's short nonces, which must increase. */
export class Sequence {
  #last = 0

  /**
   * @throws ProtocolError if the nonce in `bytes` at offset `at` is not greater than all before it, which indicates a
   * replay.
   */
  check(bytes: Uint8Array, at = 0): void {
    const high = bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
    const low = bytes[at + 4]! * 0x100_0000 + ((bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!)
    const count = high * 0x1_0000_0000 + low
    if (count <= this.#last || count > Number.MAX_SAFE_INTEGER) {
      throw new ProtocolError("ERR_ZMTP_INVALID_SEQUENCE", "Nonce is not greater than the previous one")
    }
    this.#last = count
  }
}
