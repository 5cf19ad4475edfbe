import type { Socket } from "node:net"
import type { Faults } from "./faults.js"
import { randomOf } from "./random.js"

/** Maximum number of bytes in flight in one direction before the sender has to wait. */
const MOST_UNDER_WAY = 1024 * 1024

/** One direction of a connection through the proxy: forwards bytes from `source` to `target`, delayed or changed. */
export class Lane {
  /** Bytes that were received and not forwarded yet, with the time to forward them. */
  readonly #pieces: { readonly bytes: Uint8Array; readonly due: number }[] = []
  #underWay = 0
  /** Time at which the previous piece has been transferred, in ms. */
  #free = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false
  readonly #jitter: () => number
  readonly #damage: () => number
  /** Number of bytes before the next bit error; `undefined` if there are none. */
  #unharmed: number | undefined

  constructor(
    private readonly source: Socket,
    private readonly target: Socket,
    private readonly faults: () => Faults,
    seed: number,
    /** Called before bytes are forwarded. Returns false if they must not be. */
    private readonly passing: (size: number) => boolean,
  ) {
    // Separate generators, so that the division into chunks does not affect which bytes are changed.
    this.#jitter = randomOf(seed)
    this.#damage = randomOf(seed + 1)
    source.on("data", (bytes: Uint8Array) => {
      this.#take(bytes)
    })
    source.on("end", () => {
      this.#ended = true
      this.pass()
    })
    target.on("drain", () => {
      this.#resume()
    })
  }

  /** Forwards pieces that are due. */
  pass(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.faults().stalled === true || this.target.destroyed) return
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      const wait = piece.due - performance.now()
      if (wait > 0) {
        this.#timer = setTimeout(() => {
          this.pass()
        }, wait)
        return
      }
      this.#pieces.shift()
      this.#underWay -= piece.bytes.length
      if (!this.passing(piece.bytes.length)) return
      this.target.write(piece.bytes)
    }
    if (this.#ended) this.target.end()
    else this.#resume()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#pieces.length = 0
  }

  #take(bytes: Uint8Array): void {
    const { delay = 0, jitter = 0, bytesPerSecond = Infinity } = this.faults()
    const now = performance.now()
    this.#free = Math.max(this.#free, now) + (1000 * bytes.length) / bytesPerSecond
    const due = this.#free + delay + jitter * this.#jitter()
    // Bytes are never reordered.
    const last = this.#pieces.at(-1)?.due ?? 0
    this.#pieces.push({ bytes: this.#corrupt(bytes), due: Math.max(due, last) })
    this.#underWay += bytes.length
    if (this.#underWay > MOST_UNDER_WAY) this.source.pause()
    if (this.#timer === undefined) this.pass()
    if (this.target.writableNeedDrain) this.source.pause()
  }

  #corrupt(bytes: Uint8Array): Uint8Array {
    const { corruptEvery = Infinity } = this.faults()
    if (corruptEvery === Infinity || corruptEvery <= 0) {
      this.#unharmed = undefined
      return bytes
    }
    // Equivalent to a random decision for each byte.
    const gap = (): number => Math.floor(-Math.log(1 - this.#damage()) * corruptEvery)
    // Not `slice`, which shares the memory of a Buffer.
    const changed = new Uint8Array(bytes)
    let at = this.#unharmed ?? gap()
    for (; at < changed.length; at += 1 + gap()) changed[at]! ^= 1 << Math.floor(this.#damage() * 8)
    this.#unharmed = at - changed.length
    return changed
  }

  #resume(): void {
    if (this.#underWay <= MOST_UNDER_WAY && !this.target.writableNeedDrain) this.source.resume()
  }
}
