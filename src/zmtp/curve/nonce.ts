import { encodeText } from "../bytes.js"
import { ProtocolError } from "../protocol-error.js"

/** Length of every nonce, in bytes; of the part that is sent it is 8 or 16. */
const NONCE_SIZE = 24

/** A nonce of `prefix` and what was sent or received of it. */
export function nonceOf(prefix: string, rest: Uint8Array): Uint8Array {
  const nonce = new Uint8Array(NONCE_SIZE)
  nonce.set(encodeText(prefix))
  nonce.set(rest, prefix.length)
  return nonce
}

/** Short nonces of one side: eight bytes that count from one (RFC 26, "Nonces"). */
export class Counter {
  #count = 0

  next(): Uint8Array {
    this.#count++
    const bytes = new Uint8Array(8)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, Math.floor(this.#count / 0x1_0000_0000))
    view.setUint32(4, this.#count >>> 0)
    return bytes
  }
}

/** The peer's short nonces, which only ever grow. */
export class Sequence {
  #last = 0

  /** @throws ProtocolError for a nonce that is not above all before it: a replay. */
  check(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
    const count = view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4)
    if (count <= this.#last || count > Number.MAX_SAFE_INTEGER) {
      throw new ProtocolError("ERR_ZMTP_INVALID_SEQUENCE", "Nonce does not follow the one before")
    }
    this.#last = count
  }
}
