import { isCanonicalKey } from "./keys.js"

/** A pair of X25519 keys, 32 bytes each. */
export interface KeyPair {
  readonly publicKey: Uint8Array
  readonly secretKey: Uint8Array
}

/**
 * The cryptography that CURVE needs, implemented by a library: X25519 and XSalsa20-Poly1305, as in NaCl's `crypto_box`.
 * An engine is given it with its `Security`. All keys have 32 bytes, all nonces 24.
 */
export interface CurveCrypto {
  /** Generates a pair of X25519 keys. */
  keyPair(): KeyPair
  /** The public key that belongs to `secretKey`. */
  publicKey(secretKey: Uint8Array): Uint8Array
  /**
   * The key of the boxes between the owners of the two keys (`crypto_box_beforenm`), or `undefined` when no exchange is
   * possible with `publicKey`. The caller owns the result and overwrites it.
   * @param permanent Many connections pass this secret key, always as the same object: a library may cache by it.
   */
  sharedKey(publicKey: Uint8Array, secretKey: Uint8Array, permanent?: boolean): Uint8Array | undefined
  /** Seals `plain` (`crypto_secretbox`). The result is 16 bytes longer. */
  seal(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array
  /** Decrypts a result of `seal`; `undefined` if `box` was encrypted with a different nonce or key. */
  open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined
  /** Seals the byte `flags` and `body`. Writes the box, 17 bytes longer than `body`, to `target` at offset `at`. */
  sealMessage(flags: number, body: Uint8Array, nonce: Uint8Array, key: Uint8Array, target: Uint8Array, at: number): void
  /**
   * Opens the box that begins at offset `at` and ends with `bytes`, in place: the plain text begins 16 bytes later.
   * Returns false and changes nothing if it was encrypted with a different nonce or key.
   */
  openInPlace(bytes: Uint8Array, at: number, nonce: Uint8Array, key: Uint8Array): boolean
  /** Cryptographically secure random bytes. */
  random(length: number): Uint8Array
  /** Whether two secrets are equal, in constant time. */
  equal(a: Uint8Array, b: Uint8Array): boolean
  /** Overwrites a secret that is no longer needed, and copies of it inside the library. */
  wipe(secret: Uint8Array): void
}

/**
 * `CurveCrypto.sharedKey`, and `undefined` also for a public key that is not in its canonical form.
 * @param permanent The secret key outlives the connection.
 */
export function sharedKey(
  crypto: CurveCrypto,
  publicKey: Uint8Array,
  secretKey: Uint8Array,
  permanent = false,
): Uint8Array | undefined {
  return isCanonicalKey(publicKey) ? crypto.sharedKey(publicKey, secretKey, permanent) : undefined
}
