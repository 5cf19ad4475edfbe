// Security: keys, certificates, and the cryptography that the CURVE mechanism of zmtp/ needs.

import { publicKeyText, textOf, type CurveKeyPair } from "./curve-key-text.js"
import { generateKeys, publicKeyOf } from "./sodium.js"

export type { CurveKeyPair }

/**
 * Generates a pair of CURVE keys, 40 characters of Z85 each. Assign the secret key to `curveSecretKey`, and keep it
 * secret.
 *
 * ```ts
 * const { publicKey, secretKey } = curveKeyPair()
 * ```
 */
export function curveKeyPair(): CurveKeyPair {
  return textOf(generateKeys())
}

/**
 * Returns the public key that belongs to `secretKey`, as 40 characters of Z85.
 * @throws ZmqError EINVAL if `secretKey` is not a key in Z85.
 */
export function curvePublicKey(secretKey: string): string {
  return publicKeyText(secretKey, publicKeyOf)
}
