import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, timingSafeEqual } from "node:crypto"
import { allocate, concat, copy } from "../zmtp/bytes.js"
import type { CurveCrypto } from "../zmtp/curve/crypto.js"

/** What is used of libsodium: the WebAssembly itself, since its wrappers copy and allocate for every call. */
interface Sodium {
  readonly ready: Promise<void>
  readonly libsodium: WebAssemblyCore
}

/** Functions of C: what they take and give lies in `HEAPU8`, at the addresses that they are told. */
interface WebAssemblyCore {
  /** Another one whenever the memory has grown. */
  readonly HEAPU8: Uint8Array
  _malloc(size: number): number
  _free(address: number): void
  _crypto_scalarmult_base(publicKey: number, secretKey: number): number
  _crypto_box_beforenm(sharedKey: number, publicKey: number, secretKey: number): number
  _crypto_secretbox_easy(box: number, plain: number, low: number, high: number, nonce: number, key: number): number
  _crypto_secretbox_open_easy(plain: number, box: number, low: number, high: number, nonce: number, key: number): number
}

/** Loads libsodium, which is bundled beside this library, when CURVE is used first. */
export async function loadSodium(): Promise<CurveCrypto> {
  // @ts-expect-error -- made by the build, without types
  const bundle = (await import("../../vendor/libsodium.cjs")) as { default: Sodium & { default?: Sodium } }
  const sodium = bundle.default.default ?? bundle.default
  await sodium.ready
  return new SodiumCrypto(sodium.libsodium)
}

/**
 * libsodium with a place of its own in its memory, where everything is sealed and opened: per message one copy in and
 * one out. Nothing secret stays there but the key last used, which connections with much to say need again and again.
 */
class SodiumCrypto implements CurveCrypto {
  readonly #core: WebAssemblyCore
  readonly #key: number
  readonly #nonce: number
  /** Results and second keys of key exchanges. */
  readonly #other: number
  #work: number
  #workSize = SMALL
  /** Whose bytes are at `#key`. */
  #held: Uint8Array | undefined

  constructor(core: WebAssemblyCore) {
    this.#core = core
    this.#key = this.#take(KEY_SIZE)
    this.#nonce = this.#take(NONCE_SIZE)
    this.#other = this.#take(2 * KEY_SIZE)
    this.#work = this.#take(SMALL)
  }

  keyPair(): { publicKey: Uint8Array; secretKey: Uint8Array } {
    const secretKey = this.random(KEY_SIZE)
    return { publicKey: this.publicKey(secretKey), secretKey }
  }

  publicKey(secretKey: Uint8Array): Uint8Array {
    this.#hold(secretKey)
    this.#core._crypto_scalarmult_base(this.#other, this.#key)
    this.#drop()
    return this.#core.HEAPU8.slice(this.#other, this.#other + KEY_SIZE)
  }

  sharedKey(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined {
    const shared = this.#other
    this.#hold(secretKey)
    this.#core.HEAPU8.set(publicKey, shared + KEY_SIZE)
    const done = this.#core._crypto_box_beforenm(shared, shared + KEY_SIZE, this.#key) === 0
    const heap = this.#core.HEAPU8
    const key = done ? heap.slice(shared, shared + KEY_SIZE) : undefined
    heap.fill(0, shared, shared + KEY_SIZE)
    this.#drop()
    return key
  }

  seal(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
    const box = allocate(plain.length + TAG_SIZE)
    const work = this.#prepare(box.length, nonce, key)
    this.#core.HEAPU8.set(plain, work + TAG_SIZE)
    this.#sealWork(plain.length)
    box.set(this.#core.HEAPU8.subarray(work, work + box.length))
    this.#settle()
    return box
  }

  open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    const opened = copy(box)
    return this.openInPlace(opened, 0, nonce, key) ? opened.subarray(TAG_SIZE) : undefined
  }

  sealMessage(
    flags: number,
    body: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
    target: Uint8Array,
    at: number,
  ): void {
    const size = TAG_SIZE + 1 + body.length
    const work = this.#prepare(size, nonce, key)
    const heap = this.#core.HEAPU8
    heap[work + TAG_SIZE] = flags
    heap.set(body, work + TAG_SIZE + 1)
    this.#sealWork(1 + body.length)
    target.set(heap.subarray(work, work + size), at)
    this.#settle()
  }

  openInPlace(bytes: Uint8Array, at: number, nonce: Uint8Array, key: Uint8Array): boolean {
    const size = bytes.length - at
    if (size < TAG_SIZE) return false
    const work = this.#prepare(size, nonce, key)
    const heap = this.#core.HEAPU8
    heap.set(at === 0 ? bytes : bytes.subarray(at), work)
    const plain = work + TAG_SIZE
    const genuine = this.#core._crypto_secretbox_open_easy(plain, work, size, 0, this.#nonce, this.#key) === 0
    if (genuine) {
      bytes.set(heap.subarray(plain, work + size), at + TAG_SIZE)
      heap.fill(0, plain, work + size)
    }
    this.#settle()
    return genuine
  }

  random(length: number): Uint8Array {
    return randomBytes(length)
  }

  equal(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && timingSafeEqual(a, b)
  }

  wipe(secret: Uint8Array): void {
    secret.fill(0)
    if (this.#held === secret) this.#drop()
  }

  /** Room for `size` bytes to work on, with nonce and key beside it. */
  #prepare(size: number, nonce: Uint8Array, key: Uint8Array): number {
    if (size > this.#workSize) {
      this.#core._free(this.#work)
      this.#work = 0
      this.#workSize = 0
      this.#work = this.#take(size)
      this.#workSize = size
    }
    this.#core.HEAPU8.set(nonce, this.#nonce)
    this.#hold(key)
    return this.#work
  }

  #hold(key: Uint8Array): void {
    if (this.#held === key) return
    this.#core.HEAPU8.set(key, this.#key)
    this.#held = key
  }

  #drop(): void {
    this.#held = undefined
    this.#core.HEAPU8.fill(0, this.#key, this.#key + KEY_SIZE)
  }

  #sealWork(length: number): void {
    const work = this.#work
    this.#core._crypto_secretbox_easy(work, work + TAG_SIZE, length, 0, this.#nonce, this.#key)
  }

  /** Gives back what only a large message needed. */
  #settle(): void {
    if (this.#workSize <= LARGE) return
    this.#core._free(this.#work)
    this.#work = 0
    this.#workSize = 0
  }

  #take(size: number): number {
    const address = this.#core._malloc(size)
    if (address === 0) throw new RangeError(`No memory to seal or open ${size} bytes`)
    return address
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

const KEY_SIZE = 32
const NONCE_SIZE = 24
const TAG_SIZE = 16
/** Memory to work in that there always is, and that is kept once it was needed, in bytes. */
const SMALL = 16 * 1024
const LARGE = 1024 * 1024
/** What comes before the 32 bytes of an X25519 key in its PKCS #8 form (RFC 8410). */
const PKCS8_PREFIX = Uint8Array.of(48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 110, 4, 34, 4, 32)
