import { allocate, copy, put } from "../zmtp/bytes.js"
import type { CurveCrypto } from "../zmtp/handshake/curve/crypto.js"

/** C functions of libsodium. Arguments and results are addresses in `memory`. */
interface Sodium {
  readonly memory: WebAssembly.Memory
  /** First address that C does not use. */
  readonly __heap_base: { readonly value: number }
  _initialize(): void
  publicKey(publicKey: number, secretKey: number): number
  sharedKey(sharedKey: number, publicKey: number, secretKey: number): number
  /** Derives the shared key from the point that `sharedKey` computes internally. */
  keyOfPoint(sharedKey: number, point: number): number
  seal(box: number, plain: number, length: number, nonce: number, key: number): number
  unseal(plain: number, box: number, length: number, nonce: number, key: number): number
}

/** Operations that libsodium does not perform here. */
export interface SodiumHost {
  /** Fills `bytes` with cryptographically secure random bytes, and returns it. */
  randomFill(bytes: Uint8Array): Uint8Array
  /** Whether two secrets of equal length are equal, in constant time. */
  equal(a: Uint8Array, b: Uint8Array): boolean
  /**
   * Computes the X25519 point of a public key and a secret key that is used often, if the host does so faster. Returns
   * `undefined` if it cannot.
   */
  exchange?(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined
}

/**
 * libsodium with a fixed region in its memory in which messages are encrypted and decrypted. Each message is copied in
 * once and copied out once. The only secret that stays in the region is the last key used, because a busy connection
 * needs it for every message.
 */
export class SodiumCrypto implements CurveCrypto {
  readonly #module: WebAssembly.Module
  #sodium!: Sodium
  /** View of the whole memory. It is replaced whenever the memory grows. */
  #heap!: Uint8Array
  #key = 0
  #nonce = 0
  /** Address of the results and second keys of key exchanges. */
  #other = 0
  /** Address at which messages are encrypted and decrypted, up to the end of the memory. */
  #work = 0
  /** The key whose bytes are at `#key`. */
  #held: Uint8Array | undefined
  /**
   * Random bytes, of which the first `#drawn` are used and overwritten. They are generated in bulk, because each call
   * is expensive.
   */
  readonly #pool = new Uint8Array(POOL_SIZE)
  #drawn = POOL_SIZE

  constructor(
    module: WebAssembly.Module,
    private readonly host: SodiumHost,
  ) {
    this.#module = module
    this.#start()
  }

  keyPair(): { publicKey: Uint8Array; secretKey: Uint8Array } {
    const secretKey = this.random(KEY_SIZE)
    return { publicKey: this.publicKey(secretKey), secretKey }
  }

  publicKey(secretKey: Uint8Array): Uint8Array {
    this.#hold(secretKey)
    this.#sodium.publicKey(this.#other, this.#key)
    this.#drop()
    return this.#heap.slice(this.#other, this.#other + KEY_SIZE)
  }

  sharedKey(publicKey: Uint8Array, secretKey: Uint8Array, permanent = false): Uint8Array | undefined {
    const point = permanent ? this.host.exchange?.(publicKey, secretKey) : undefined
    if (point !== undefined) return this.#keyOfPoint(point)
    const shared = this.#other
    this.#hold(secretKey)
    this.#heap.set(publicKey, shared + KEY_SIZE)
    const done = this.#sodium.sharedKey(shared, shared + KEY_SIZE, this.#key) === 0
    this.#drop()
    return this.#takeKey(done)
  }

  seal(plain: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
    const box = allocate(plain.length + TAG_SIZE)
    const work = this.#prepare(box.length, nonce, key)
    this.#heap.set(plain, work + TAG_SIZE)
    this.#sodium.seal(work, work + TAG_SIZE, plain.length, this.#nonce, this.#key)
    box.set(this.#heap.subarray(work, work + box.length))
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
    const heap = this.#heap
    heap[work + TAG_SIZE] = flags
    put(heap, body, work + TAG_SIZE + 1)
    this.#sodium.seal(work, work + TAG_SIZE, 1 + body.length, this.#nonce, this.#key)
    target.set(heap.subarray(work, work + size), at)
    this.#settle()
  }

  openInPlace(bytes: Uint8Array, at: number, nonce: Uint8Array, key: Uint8Array): boolean {
    const size = bytes.length - at
    if (size < TAG_SIZE) return false
    const work = this.#prepare(size, nonce, key)
    const heap = this.#heap
    heap.set(at === 0 ? bytes : bytes.subarray(at), work)
    const plain = work + TAG_SIZE
    const genuine = this.#sodium.unseal(plain, work, size, this.#nonce, this.#key) === 0
    if (genuine) {
      bytes.set(heap.subarray(plain, work + size), at + TAG_SIZE)
      heap.fill(0, plain, work + size)
    }
    this.#settle()
    return genuine
  }

  random(length: number): Uint8Array {
    if (length > POOL_SIZE) return this.host.randomFill(allocate(length))
    if (this.#drawn + length > POOL_SIZE) {
      this.host.randomFill(this.#pool)
      this.#drawn = 0
    }
    const bytes = this.#pool.slice(this.#drawn, this.#drawn + length)
    this.#pool.fill(0, this.#drawn, this.#drawn + length)
    this.#drawn += length
    return bytes
  }

  equal(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && this.host.equal(a, b)
  }

  wipe(secret: Uint8Array): void {
    secret.fill(0)
    if (this.#held === secret) this.#drop()
  }

  /** Creates an instance with the smallest possible memory. */
  #start(): void {
    const sodium = new WebAssembly.Instance(this.#module).exports as unknown as Sodium
    sodium._initialize()
    this.#sodium = sodium
    this.#heap = new Uint8Array(sodium.memory.buffer)
    this.#key = Math.ceil(sodium.__heap_base.value / KEY_SIZE) * KEY_SIZE
    this.#nonce = this.#key + KEY_SIZE
    this.#other = this.#nonce + KEY_SIZE
    this.#work = this.#other + 2 * KEY_SIZE
  }

  /** Makes room for `size` bytes, and copies the nonce and the key into the memory. */
  #prepare(size: number, nonce: Uint8Array, key: Uint8Array): number {
    const missing = this.#work + size - this.#heap.length
    if (missing > 0) {
      this.#sodium.memory.grow(Math.ceil(missing / PAGE_SIZE))
      this.#heap = new Uint8Array(this.#sodium.memory.buffer)
    }
    this.#heap.set(nonce, this.#nonce)
    this.#hold(key)
    return this.#work
  }

  #hold(key: Uint8Array): void {
    if (this.#held === key) return
    this.#heap.set(key, this.#key)
    this.#held = key
  }

  #drop(): void {
    this.#held = undefined
    this.#heap.fill(0, this.#key, this.#key + KEY_SIZE)
  }

  /** Replaces the instance after a large message, because WebAssembly memory can grow but not shrink. */
  #settle(): void {
    if (this.#heap.length <= LARGE) return
    this.#drop()
    try {
      this.#start()
    } catch {
      // There is not enough memory for a new instance, so keep this one.
    }
  }

  #keyOfPoint(point: Uint8Array): Uint8Array | undefined {
    this.#heap.set(point, this.#other + KEY_SIZE)
    point.fill(0)
    return this.#takeKey(this.#sodium.keyOfPoint(this.#other, this.#other + KEY_SIZE) === 0)
  }

  /** Takes the computed shared key, and overwrites it in the memory. */
  #takeKey(found: boolean): Uint8Array | undefined {
    const shared = this.#other
    const key = found ? this.#heap.slice(shared, shared + KEY_SIZE) : undefined
    this.#heap.fill(0, shared, shared + 2 * KEY_SIZE)
    return key
  }
}

const KEY_SIZE = 32
const TAG_SIZE = 16
const PAGE_SIZE = 64 * 1024
/** Enough for several handshakes. */
const POOL_SIZE = 1024
/** Memory that is kept after it was needed, in bytes. */
const LARGE = 4 * 1024 * 1024
