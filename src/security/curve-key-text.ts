import { zmqError } from "../core/errors.js"
import type { KeyPair } from "../zmtp/handshake/curve/crypto.js"
import { decodeZ85, encodeZ85 } from "../zmtp/z85.js"

/** A pair of keys for CURVE, each 40 characters of Z85. */
export interface CurveKeyPair {
  publicKey: string
  secretKey: string
}

/** A pair of keys as sockets take it. */
export function textOf({ publicKey, secretKey }: KeyPair): CurveKeyPair {
  return { publicKey: encodeZ85(publicKey), secretKey: encodeZ85(secretKey) }
}

/**
 * The public key of a secret key in Z85, which `publicKeyOf` finds.
 * @throws ZmqError EINVAL unless it is a key.
 */
export function publicKeyText(secretKey: string, publicKeyOf: (secretKey: Uint8Array) => Uint8Array): string {
  if (typeof secretKey !== "string") throw new TypeError("Key must be a string")
  if (secretKey.length !== 40) throw zmqError("EINVAL", { message: "Invalid key: expected 40 characters of Z85" })
  try {
    return encodeZ85(publicKeyOf(decodeZ85(secretKey)))
  } catch (error) {
    throw zmqError("EINVAL", { cause: error })
  }
}
