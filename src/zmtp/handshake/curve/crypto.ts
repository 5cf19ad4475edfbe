// CURVE (RFC 26): the handshake of both sides, and the encryption of all frames that follow it.

import { isCanonicalKey } from "./keys.js"

/** A pair of X25519 keys, 32 bytes each. */
export interface KeyPair {
  /** The public key. */
  readonly publicKey: Uint8Array
  /** The secret key. */
  readonly secretKey: Uint8Array
}

/**
 * The cryptography that CURVE needs, implemented by a library: X25519 and XSalsa20-Poly1305, as in NaCl's `crypto_box`.
 * Pass it to an engine as part of `Security`. All keys are 32 bytes long, all nonces 24.
 */
export interface CurveCrypto {
  /** Generates a pair of X25519 keys. */
  keyPair(): KeyPair
  /** Derives the public key of `secretKey`. */
  publicKey(secretKey: Uint8Array): Uint8Array
  /**
   * Computes the shared key of two key pairs (`crypto_box_beforenm`), or returns `undefined` if `publicKey` allows no
   * key exchange. The caller owns the result and overwrites it.
   * @param permanent Whether many connections pass this secret key, always as the same object, so that a library may
   * cache results for it.
   */
  sharedKey(publicKey: Uint8Array, secretKey: Uint8Array, permanent?: boolean): Uint8Array | undefined
  /** Encrypts `plain` (`crypto_secretbox`). The result is 16 bytes longer. */
  seal(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array
  /** Decrypts a result of `seal`; `undefined` if `box` was encrypted with a different nonce or key. */
  open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined
  /**
   * Encrypts the byte `flags` followed by `body`. Writes the box, 17 bytes longer than `body`, to `target` at offset
   * `at`.
   */
  sealMessage(flags: number, body: Uint8Array, nonce: Uint8Array, key: Uint8Array, target: Uint8Array, at: number): void
  /**
   * Decrypts, in place, the box that begins at offset `at` and ends with `bytes`. The plain text begins 16 bytes later.
   * Returns false and changes nothing if it was encrypted with a different nonce or key.
   */
  openInPlace(bytes: Uint8Array, at: number, nonce: Uint8Array, key: Uint8Array): boolean
  /** Cryptographically secure random bytes. */
  random(length: number): Uint8Array
  /** Whether two secrets are equal, in constant time. */
  equal(a: Uint8Array, b: Uint8Array): boolean
  /** Overwrites a secret that is no longer needed, and any copies of it inside the library. */
  wipe(secret: Uint8Array): void
}

/**
 * Like `CurveCrypto.sharedKey`, but also returns `undefined` for a public key that is not in canonical form.
 * @param permanent Whether the secret key outlives the connection.
 */
export function sharedKey(
  crypto: CurveCrypto,
  publicKey: Uint8Array,
  secretKey: Uint8Array,
  permanent = false,
): Uint8Array | undefined {
  return isCanonicalKey(publicKey) ? crypto.sharedKey(publicKey, secretKey, permanent) : undefined
}
