import { zmqError } from "../core/errors.js"
import { generateKeys, publicKeyOf } from "./sodium.js"
import { decodeZ85, encodeZ85 } from "../zmtp/z85.js"

/** A pair of keys for CURVE, each 40 characters of Z85. */
export interface CurveKeyPair {
  publicKey: string
  secretKey: string
}

/** A new pair of keys. The secret one is for `curveSecretKey` and nobody else's eyes. */
export function curveKeyPair(): CurveKeyPair {
  const { publicKey, secretKey } = generateKeys()
  return { publicKey: encodeZ85(publicKey), secretKey: encodeZ85(secretKey) }
}

/**
 * The public key that belongs to `secretKey`.
 * @throws ZmqError EINVAL unless that is a key in Z85.
 */
export function curvePublicKey(secretKey: string): string {
  if (typeof secretKey !== "string") throw new TypeError("Key must be a string")
  if (secretKey.length !== 40) throw zmqError("EINVAL", { message: "A key has 40 characters of Z85" })
  try {
    return encodeZ85(publicKeyOf(decodeZ85(secretKey)))
  } catch (error) {
    throw zmqError("EINVAL", { cause: error })
  }
}
