import type { KeyObject } from "node:crypto"
// @ts-expect-error -- made by the build, without types
import { libsodium } from "../../vendor/libsodium.cjs"
import { binaryKey, concat } from "../zmtp/bytes.js"
import type { CurveCrypto } from "../zmtp/handshake/curve/crypto.js"
import { SodiumCrypto, type SodiumHost } from "./sodium-crypto.js"

/** It takes a while to load, and only CURVE needs it. */
const crypto = (): ReturnType<typeof process.getBuiltinModule<"node:crypto">> => process.getBuiltinModule("node:crypto")

/**
 * Starts libsodium, which is part of this package: the cryptography that CURVE needs. Each call returns an instance of its
 * own; one is enough for any number of connections. Compiling its WebAssembly takes less than a millisecond, so that
 * nobody has to wait for it.
 * @throws Error where `node:crypto` is missing, as in browsers: implement `CurveCrypto` there.
 */
export function loadSodium(): CurveCrypto {
  const { process: host } = globalThis as { process?: { getBuiltinModule?: unknown } }
  if (host?.getBuiltinModule === undefined) throw new Error("CURVE requires node:crypto, which is not available")
  const bytes = Uint8Array.from(atob(libsodium as string), (character) => character.charCodeAt(0))
  return new SodiumCrypto(new WebAssembly.Module(bytes), createNodeHost())
}

function createNodeHost(): SodiumHost {
  /** Permanent secrets as Node knows them, which exchanges keys faster; `undefined` where it does not. */
  const permanent = new WeakMap<Uint8Array, KeyObject | undefined>()

  const permanentKey = (secretKey: Uint8Array): KeyObject | undefined => {
    if (permanent.has(secretKey)) return permanent.get(secretKey)
    let key: KeyObject | undefined
    try {
      key = privateKeyOf(secretKey)
    } catch {
      // libsodium does without.
    }
    permanent.set(secretKey, key)
    return key
  }

  return {
    randomFill: (bytes) => crypto().randomFillSync(bytes),
    equal: (a, b) => crypto().timingSafeEqual(a, b),
    exchange(publicKey, secretKey) {
      const privateKey = permanentKey(secretKey)
      if (privateKey === undefined) return undefined
      try {
        const x = toBase64Url(publicKey)
        const point = crypto().diffieHellman({
          privateKey,
          publicKey: crypto().createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" }),
        })
        return point.length === KEY_SIZE && !crypto().timingSafeEqual(point, NO_POINT) ? point : undefined
      } catch {
        return undefined
      }
    },
  }
}

/** A new pair of keys, 32 bytes each. */
export function generateKeys(): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const { publicKey, privateKey } = crypto().generateKeyPairSync("x25519")
  return {
    publicKey: publicKey.export({ format: "der", type: "spki" }).subarray(-KEY_SIZE),
    secretKey: privateKey.export({ format: "der", type: "pkcs8" }).subarray(-KEY_SIZE),
  }
}

export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  return crypto().createPublicKey(privateKeyOf(secretKey)).export({ format: "der", type: "spki" }).subarray(-KEY_SIZE)
}

function privateKeyOf(secretKey: Uint8Array): KeyObject {
  const der = concat([PKCS8_PREFIX, secretKey], PKCS8_PREFIX.length + secretKey.length)
  try {
    return crypto().createPrivateKey({ key: der as never, format: "der", type: "pkcs8" })
  } finally {
    der.fill(0)
  }
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(binaryKey(bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

const KEY_SIZE = 32
/** What an exchange with a key that is none leads to. */
const NO_POINT = /* @__PURE__ */ new Uint8Array(KEY_SIZE)
/** What comes before the 32 bytes of an X25519 key in its PKCS #8 form (RFC 8410). */
const PKCS8_PREFIX = /* @__PURE__ */ Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 110, 4, 34, 4, 32)
