import type { Socket } from "../../src/index.js"
import { randomOf } from "../../src/testing/random.js"

/**
 * Expectations for a flow of numbered messages, in addition to the general ones: no duplicates, no partial messages,
 * and order within each connection. After a reconnect, messages of the old and the new connection may be received
 * alternately, so the numbers form one rising sequence per connection, merged.
 */
export interface FlowRules {
  readonly name: string
  /** Whether all messages have to arrive, in a single sequence. */
  readonly lossless?: boolean
  /** Codes and limits of events that the injected faults cause. */
  readonly expected: ReadonlySet<unknown>
}

/** Maximum age of a message: how many numbers it may be behind the newest one. It limits the memory of a long test. */
export const WINDOW = 1 << 23

const FILL = Buffer.alloc(100_000, "0123456789abcdef")

/** Numbered messages from one socket to another, and the errors in what was received. */
export class Flow {
  sent = 0
  received = 0
  /** The largest number received, or -1. */
  last = -1
  /** Number of lost connections; both sides count. */
  disconnects = 0
  readonly faults: string[] = []
  readonly #random: () => number
  /** Bitmap of the newest numbers that were received. Later numbers reuse the bits of old ones. */
  readonly #seen = new Uint8Array(WINDOW / 8)
  /** The last number of each rising sequence, largest first. */
  readonly #tails: number[] = [-1]

  constructor(
    readonly rules: FlowRules,
    seed = 1,
  ) {
    this.#random = randomOf(seed)
  }

  /** Creates the next message: its number, a body of random size, and the number again. */
  make(): [string, Buffer, string] {
    const number = String(this.sent++)
    const size = this.#random() < 0.01 ? Math.floor(this.#random() * FILL.length) : Math.floor(this.#random() * 200)
    return [number, FILL.subarray(0, size), number]
  }

  take(frames: readonly Uint8Array[]): void {
    const [first, body, again, ...more] = frames
    const number = Number(first)
    this.received++
    if (more.length > 0 || again === undefined || !Buffer.from(again).equals(first!)) {
      this.fault(`a message in parts: ${frames.length} frames, ${String(first)} and ${String(again)}`)
      return
    }
    if (!FILL.subarray(0, body!.length).equals(body!)) this.fault(`message ${number} is not what was sent`)
    if (this.rules.lossless === true && number !== this.last + 1)
      this.fault(`message ${number} came after ${this.last}`)
    if (!this.#mark(number)) this.fault(`message ${number} came twice or too late, after ${this.last}`)
    this.#follow(number)
    this.last = Math.max(this.last, number)
  }

  /** Number of messages that are missing before the last one received. */
  get lost(): number {
    return this.last + 1 - this.received
  }

  /** Marks `number` as received. Returns false if it already was, or if it is older than the bitmap. */
  #mark(number: number): boolean {
    if (number > this.last) this.#clear(number)
    else if (number <= this.last - WINDOW) return false
    const [index, bit] = [(number % WINDOW) >>> 3, 1 << (number & 7)]
    const known = (this.#seen[index]! & bit) !== 0
    this.#seen[index]! |= bit
    return !known
  }

  /** Clears the bits of the numbers from the newest one, exclusive, to `end`, inclusive. */
  #clear(end: number): void {
    const seen = this.#seen
    if (end - this.last >= WINDOW) {
      seen.fill(0)
      return
    }
    for (let number = this.last + 1; number <= end; number++) {
      const index = (number % WINDOW) >>> 3
      if ((number & 7) === 0 && end - number >= 7) {
        seen[index] = 0
        number += 7
      } else seen[index]! &= ~(1 << (number & 7))
    }
  }

  #follow(number: number): void {
    const tails = this.#tails
    const index = tails.findIndex((tail) => tail < number)
    if (index >= 0) tails[index] = number
    else tails.push(number)
    if (tails.length > 1 + this.disconnects) this.fault(`message ${number} came after ${this.last}`)
  }

  /** Watches the events of `socket`. Only errors that the injected faults cause are expected. */
  watch(socket: Socket): void {
    const told = (event: { type: string; error?: Error }): void => {
      const { code, limit, cause } = (event.error ?? {}) as { code?: unknown; limit?: unknown; cause?: unknown }
      if (this.rules.expected.has(event.type) && (code === undefined || this.rules.expected.has(limit ?? code))) return
      const reason = cause instanceof Error ? cause.message : (event.error?.message ?? "")
      this.fault(`${event.type}: ${String(limit ?? code)}: ${reason}`)
    }
    const { events } = socket
    events.on("disconnect", () => this.disconnects++)
    for (const type of [
      "disconnect",
      "handshake:error:protocol",
      "handshake:error:auth",
      "handshake:error:other",
      "accept:error",
      "bind:error",
      "close:error",
    ] as const) {
      events.on(type, told)
    }
  }

  fault(text: string): void {
    if (this.faults.length < 10) this.faults.push(`${this.rules.name}: ${text}`)
  }
}

/**
 * `accept:error` means that a peer has reset its connection before it was accepted, which an I/O thread may notice a
 * little later.
 */
const NETWORK = [
  "disconnect",
  "handshake:error:other",
  "accept:error",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ECONNREFUSED",
]

/** Expected events without faults: none. */
export const NO_ERRORS: ReadonlySet<unknown> = new Set()
/** Expected events when connections are cut, stalled, and throttled. */
export const CUT: ReadonlySet<unknown> = new Set(NETWORK)
/** Expected events when encrypted data is corrupted: connections end, and nothing wrong is received. */
export const CORRUPTED: ReadonlySet<unknown> = new Set([
  ...NETWORK,
  "handshake:error:protocol",
  "handshake:error:auth",
  "ERR_ZMTP_CRYPTOGRAPHIC",
  "ERR_ZMTP_UNSPECIFIED",
  "ERR_ZMTP_UNEXPECTED_COMMAND",
  "ERR_ZMTP_MECHANISM_MISMATCH",
  "ERR_ZMTP_INVALID_SEQUENCE",
  "ERR_ZMTP_INVALID_METADATA",
  "ERR_ZMTP_KEY_EXCHANGE",
  "ERR_ZMTP_MALFORMED_COMMAND_ERROR",
  "ERR_ZMTP_MALFORMED_COMMAND_HELLO",
  "ERR_ZMTP_MALFORMED_COMMAND_INITIATE",
  "ERR_ZMTP_MALFORMED_COMMAND_MESSAGE",
  "ERR_ZMTP_MALFORMED_COMMAND_READY",
  "ERR_ZMTP_MALFORMED_COMMAND_WELCOME",
  "maxMessageSize",
  "maxMultipartSize",
  "size of a command",
])
