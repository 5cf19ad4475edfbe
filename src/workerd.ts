/**
 * Sockets for Cloudflare Workers: outgoing `tcp://` connections, `inproc://`, and streams of the application.
 *
 * @module zmtp
 */

import * as api from "./entry/exports.js"
import { choosePlatform } from "./platform/default.js"
import { workerdPlatform, workerdSodium } from "./platform/workerd/index.js"
import { publicKeyText, textOf, type CurveKeyPair } from "./security/curve-key-text.js"
import { capability as everywhere } from "./core/version.js"
import { decodeZ85, encodeZ85 } from "./zmtp/z85.js"

choosePlatform(workerdPlatform)

/** Generates a pair of CURVE keys. Assign the secret key to `curveSecretKey`, and keep it secret. */
export function curveKeyPair(): CurveKeyPair {
  return textOf(workerdSodium().keyPair())
}

/**
 * Returns the public key that belongs to `secretKey`.
 * @throws ZmqError EINVAL if `secretKey` is not a key in Z85.
 */
export function curvePublicKey(secretKey: string): string {
  return publicKeyText(secretKey, (key) => workerdSodium().publicKey(key))
}

export * from "./entry/exports.js"
export { decodeZ85, encodeZ85 } from "./zmtp/z85.js"
export type { CurveKeyPair }
/** Features of this build. */
export const capability: Readonly<Record<string, boolean>> = { ...everywhere, curve: true }

export default { ...api, capability, curveKeyPair, curvePublicKey, decodeZ85, encodeZ85 }
