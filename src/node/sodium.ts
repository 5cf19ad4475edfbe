import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto"
import { concat } from "../zmtp/bytes.js"
import type { CurveCrypto } from "../zmtp/curve/crypto.js"

/** What is used of libsodium. */
interface Sodium {
  readonly ready: Promise<void>
  crypto_box_keypair(): { publicKey: Uint8Array; privateKey: Uint8Array }
  crypto_scalarmult_base(secretKey: Uint8Array): Uint8Array
  crypto_box_beforenm(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array
  crypto_secretbox_easy(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array
  crypto_secretbox_open_easy(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array
  randombytes_buf(length: number): Uint8Array
  memcmp(a: Uint8Array, b: Uint8Array): boolean
}

/** Loads libsodium, which is bundled beside this library, when CURVE is used first. */
export async function loadSodium(): Promise<CurveCrypto> {
  // @ts-expect-error -- made by the build, without types
  const bundle = (await import("../../vendor/libsodium.cjs")) as { default: Sodium & { default?: Sodium } }
  const sodium = bundle.default.default ?? bundle.default
  await sodium.ready
  return {
    keyPair() {
      const { publicKey, privateKey } = sodium.crypto_box_keypair()
      return { publicKey, secretKey: privateKey }
    },
    publicKey: (secretKey) => sodium.crypto_scalarmult_base(secretKey),
    sharedKey: (publicKey, secretKey) => attempt(() => sodium.crypto_box_beforenm(publicKey, secretKey)),
    seal: (plain, nonce, key) => sodium.crypto_secretbox_easy(plain, nonce, key),
    open: (box, nonce, key) => attempt(() => sodium.crypto_secretbox_open_easy(box, nonce, key)),
    random: (length) => sodium.randombytes_buf(length),
    equal: (a, b) => a.length === b.length && sodium.memcmp(a, b),
  }
}

/** A new pair of keys, 32 bytes each. */
export function generateKeys(): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const { publicKey, privateKey } = generateKeyPairSync("x25519")
  return {
    publicKey: publicKey.export({ format: "der", type: "spki" }).subarray(-KEY_SIZE),
    secretKey: privateKey.export({ format: "der", type: "pkcs8" }).subarray(-KEY_SIZE),
  }
}

export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  const der = concat([PKCS8_PREFIX, secretKey], PKCS8_PREFIX.length + secretKey.length)
  const key = createPublicKey(createPrivateKey({ key: der as never, format: "der", type: "pkcs8" }))
  return key.export({ format: "der", type: "spki" }).subarray(-KEY_SIZE)
}

/** libsodium throws for what was not sealed so, and for keys that are none. */
function attempt(operation: () => Uint8Array): Uint8Array | undefined {
  try {
    return operation()
  } catch {
    return undefined
  }
}

const KEY_SIZE = 32
/** What comes before the 32 bytes of an X25519 key in its PKCS #8 form (RFC 8410). */
const PKCS8_PREFIX = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 110, 4, 34, 4, 32)
