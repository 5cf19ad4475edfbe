import type { CurveCrypto } from "../zmtp/handshake/curve/crypto.js"
import { SodiumCrypto, type SodiumHost } from "./sodium-crypto.js"

/** libsodium as a WebAssembly module that the host has compiled, with random numbers from Web Crypto. */
export function createWebSodium(module: WebAssembly.Module): CurveCrypto {
  return new SodiumCrypto(module, webHost)
}

/** Maximum number of random bytes that Web Crypto returns at once. */
const MOST_RANDOM = 65_536

const webHost: SodiumHost = {
  randomFill(bytes) {
    for (let at = 0; at < bytes.length; at += MOST_RANDOM) {
      crypto.getRandomValues(bytes.subarray(at, at + MOST_RANDOM) as Uint8Array<ArrayBuffer>)
    }
    return bytes
  },
  equal(a, b) {
    let difference = 0
    for (let index = 0; index < a.length; index++) difference |= a[index]! ^ b[index]!
    return difference === 0
  },
}
