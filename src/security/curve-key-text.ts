import { zmqError } from "../core/errors.js"
import type { KeyPair } from "../zmtp/handshake/curve/crypto.js"
import { decodeZ85, encodeZ85 } from "../zmtp/z85.js"

/** A pair of CURVE keys, 40 characters of Z85 each. */
export interface CurveKeyPair {
  /** The public key. */
  publicKey: string
  /** The secret key. */
  secretKey: string
}

/** Converts a pair of keys to the form that socket options take. */
export function textOf({ publicKey, secretKey }: KeyPair): CurveKeyPair {
  return { publicKey: encodeZ85(publicKey), secretKey: encodeZ85(secretKey) }
}

/**
 * Returns the public key of `secretKey` in Z85, computed by `publicKeyOf`.
 * @throws ZmqError EINVAL if `secretKey` is not a key in Z85.
 */
export function publicKeyText(secretKey: string, publicKeyOf: (secretKey: Uint8Array) => Uint8Array): string {
  if (typeof secretKey !== "string") throw new TypeError(`Invalid key: expected a string, got ${typeof secretKey}`)
  if (secretKey.length !== 40) throw zmqError("EINVAL", { message: "Invalid key: expected 40 characters of Z85" })
  try {
    return encodeZ85(publicKeyOf(decodeZ85(secretKey)))
  } catch (error) {
    throw zmqError("EINVAL", { cause: error })
  }
}
