/** Replaces `loadCurve` in the build for pages and Workers: it always rejects, and libsodium is not included. */
export function loadCurve(): Promise<never> {
  return Promise.reject(noCrypto())
}

export function noCrypto(): Error {
  return new Error("CURVE requires node:crypto, which is not available")
}
