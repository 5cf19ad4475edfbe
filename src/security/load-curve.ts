import type { CurveCrypto } from "../zmtp/handshake/curve/crypto.js"
import { noCrypto } from "./no-curve.js"

/**
 * Loads libsodium, which is part of this package and implements the cryptography of CURVE. Each call creates an
 * instance; one is enough for any number of connections.
 * @throws Error (rejects) if `node:crypto` is not available, as in browsers: implement `CurveCrypto` there.
 */
export async function loadCurve(): Promise<CurveCrypto> {
  const { process: host } = globalThis as { process?: { getBuiltinModule?: unknown } }
  if (host?.getBuiltinModule === undefined) throw noCrypto()
  const { loadSodium } = await import("./sodium.js")
  return loadSodium()
}
