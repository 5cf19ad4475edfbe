import nacl from "tweetnacl"
import type { CurveCrypto } from "../../src/protocol.js"

const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

/** Cryptography for CURVE with tweetnacl, independent of the library in the package. */
export const naclCrypto: CurveCrypto = {
  keyPair: () => nacl.box.keyPair(),
  publicKey: (secretKey) => nacl.box.keyPair.fromSecretKey(plain(secretKey)).publicKey,
  sharedKey: (publicKey, secretKey) => nacl.box.before(plain(publicKey), plain(secretKey)),
  seal: (bytes, nonce, key) => nacl.secretbox(plain(bytes), plain(nonce), plain(key)),
  open: (box, nonce, key) => nacl.secretbox.open(plain(box), plain(nonce), plain(key)) ?? undefined,
  sealMessage(flags, body, nonce, key, target, at) {
    target.set(nacl.secretbox(Uint8Array.of(flags, ...body), plain(nonce), plain(key)), at)
  },
  openInPlace(bytes, at, nonce, key) {
    const opened = nacl.secretbox.open(plain(bytes.subarray(at)), plain(nonce), plain(key))
    if (opened !== null) bytes.set(opened, at + nacl.secretbox.overheadLength)
    return opened !== null
  },
  random: (length) => nacl.randomBytes(length),
  equal: (a, b) => nacl.verify(plain(a), plain(b)),
  wipe: (secret) => secret.fill(0),
}
