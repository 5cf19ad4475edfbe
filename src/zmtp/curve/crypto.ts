import { isCanonicalKey } from "./keys.js"

/** A pair of X25519 keys, 32 bytes each. */
export interface KeyPair {
  readonly publicKey: Uint8Array
  readonly secretKey: Uint8Array
}

/** What CURVE needs of cryptography, done by a library: none of it is written here. */
export interface CurveCrypto {
  /** Generates a pair of X25519 keys. */
  keyPair(): KeyPair
  /** The public key that belongs to `secretKey`. */
  publicKey(secretKey: Uint8Array): Uint8Array
  /**
   * Key of the boxes between the owners of the two keys; `undefined` for a public key that is none. A `permanent` secret
   * is asked for by many connections, always as the same object: the library may remember it in a form of its own.
   */
  sharedKey(publicKey: Uint8Array, secretKey: Uint8Array, permanent?: boolean): Uint8Array | undefined
  /** XSalsa20-Poly1305: 16 bytes longer than `plain`. */
  seal(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array
  /** `undefined` when `box` was not sealed with this nonce and key. */
  open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined
  /** Seals the byte `flags` and `body`: the box, 17 bytes longer than `body`, goes to `target` at `at`. */
  sealMessage(flags: number, body: Uint8Array, nonce: Uint8Array, key: Uint8Array, target: Uint8Array, at: number): void
  /**
   * Opens the box that begins at `at` and ends with `bytes`, where it lies: what was sealed begins 16 bytes later. False,
   * and nothing is changed, when it was not sealed with this nonce and key.
   */
  openInPlace(bytes: Uint8Array, at: number, nonce: Uint8Array, key: Uint8Array): boolean
  random(length: number): Uint8Array
  /** Whether two secrets are equal, in a time that tells nothing of them. */
  equal(a: Uint8Array, b: Uint8Array): boolean
  /** Overwrites a secret that has served, and what the library may still hold of it. */
  wipe(secret: Uint8Array): void
}

let load: (() => CurveCrypto) | undefined
let loaded: CurveCrypto | undefined

/** Tells where the library comes from, instead of what was told before; it is loaded when it is needed first. */
export function provideCrypto(loader: () => CurveCrypto): void {
  load = loader
  loaded = undefined
}

/** @throws Error where there is no library, or it cannot be loaded. */
export function crypto(): CurveCrypto {
  return loaded ?? (loaded = loadLibrary())
}

function loadLibrary(): CurveCrypto {
  if (load === undefined) throw new Error("CURVE is not available here")
  return load()
}

/** `CurveCrypto#sharedKey`, and `undefined` also for a public key that is not in its canonical form. */
export function sharedKey(publicKey: Uint8Array, secretKey: Uint8Array, permanent = false): Uint8Array | undefined {
  return isCanonicalKey(publicKey) ? crypto().sharedKey(publicKey, secretKey, permanent) : undefined
}
