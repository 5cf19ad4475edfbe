import { publicKeyText, textOf, type CurveKeyPair } from "./curve-key-text.js"
import { generateKeys, publicKeyOf } from "./sodium.js"

export type { CurveKeyPair }

/** A new pair of keys. The secret one is for `curveSecretKey` and nobody else's eyes. */
export function curveKeyPair(): CurveKeyPair {
  return textOf(generateKeys())
}

/**
 * The public key that belongs to `secretKey`.
 * @throws ZmqError EINVAL unless that is a key in Z85.
 */
export function curvePublicKey(secretKey: string): string {
  return publicKeyText(secretKey, publicKeyOf)
}
