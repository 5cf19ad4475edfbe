import { allocate, copy, put } from "../zmtp/bytes.js"
import type { CurveCrypto } from "../zmtp/handshake/curve/crypto.js"

/** Functions of C: what they take and give lies in `memory`, at the addresses that they are told. */
interface Sodium {
  readonly memory: WebAssembly.Memory
  /** Where the memory begins that C does not use. */
  readonly __heap_base: { readonly value: number }
  _initialize(): void
  publicKey(publicKey: number, secretKey: number): number
  sharedKey(sharedKey: number, publicKey: number, secretKey: number): number
  /** The shared key, of the point that `sharedKey` finds on its way. */
  keyOfPoint(sharedKey: number, point: number): number
  seal(box: number, plain: number, length: number, nonce: number, key: number): number
  unseal(plain: number, box: number, length: number, nonce: number, key: number): number
}

/** What libsodium does not do here. */
export interface SodiumHost {
  /** Fills `bytes` with cryptographically secure random bytes, and returns it. */
  randomFill(bytes: Uint8Array): Uint8Array
  /** Whether two secrets of one length are equal, in constant time. */
  equal(a: Uint8Array, b: Uint8Array): boolean
  /**
   * The point that a public key and a secret key that is used often meet in, where the host finds it faster; `undefined`
   * where it cannot tell.
   */
  exchange?(publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined
}

/**
 * libsodium with a place of its own in its memory, where everything is sealed and opened: per message one copy in and
 * one out. Nothing secret stays there but the key last used, which connections with much to say need again and again.
 */
export class SodiumCrypto implements CurveCrypto {
  readonly #module: WebAssembly.Module
  #sodium!: Sodium
  /** All of its memory; another view whenever that has grown. */
  #heap!: Uint8Array
  #key = 0
  #nonce = 0
  /** Results and second keys of key exchanges. */
  #other = 0
  /** Where sealed and opened messages are, and all behind it. */
  #work = 0
  /** Whose bytes are at `#key`. */
  #held: Uint8Array | undefined
  /** Random bytes, of which the first `#drawn` are given away and overwritten: one call costs as much as many bytes. */
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

  /** Begins with memory of its own, as small as it can be. */
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

  /** Room for `size` bytes to work on, with nonce and key beside it. */
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

  /** Gives back what only a large message needed: memory of WebAssembly grows, but does not shrink. */
  #settle(): void {
    if (this.#heap.length <= LARGE) return
    this.#drop()
    try {
      this.#start()
    } catch {
      // There is no memory for a new instance at the moment: this one goes on.
    }
  }

  #keyOfPoint(point: Uint8Array): Uint8Array | undefined {
    this.#heap.set(point, this.#other + KEY_SIZE)
    point.fill(0)
    return this.#takeKey(this.#sodium.keyOfPoint(this.#other, this.#other + KEY_SIZE) === 0)
  }

  /** The shared key that was found, which does not stay here. */
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
/** What some handshakes take. */
const POOL_SIZE = 1024
/** Memory that is kept once it was needed, in bytes. */
const LARGE = 4 * 1024 * 1024
