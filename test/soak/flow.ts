import type { Socket } from "../../src/index.js"
import { randomOf } from "../../src/testing/random.js"

/**
 * What a flow of numbered messages must not do, besides what it never may: come twice, in parts, or out of the order of
 * their connection. After a reconnect what has come over the old connection is received in turn with what the new one
 * brings: the numbers are as many rising sequences as there were connections, merged.
 */
export interface FlowRules {
  readonly name: string
  /** No message may be missing, and all are in one sequence. */
  readonly lossless?: boolean
  /** Codes and limits of events that are the tester's doing. */
  readonly expected: ReadonlySet<unknown>
}

const FILL = Buffer.alloc(100_000, "0123456789abcdef")

/** Numbered messages from one socket to another, and what was wrong with those that came. */
export class Flow {
  sent = 0
  received = 0
  /** The largest number that has come; -1 before the first. */
  last = -1
  /** Connections that were lost, as both sides tell it. */
  disconnects = 0
  readonly faults: string[] = []
  readonly #random: () => number
  /** Numbers that have come, one bit each. */
  #seen = new Uint8Array(1024)
  /** Last number of each rising sequence, largest first. */
  readonly #tails: number[] = [-1]

  constructor(
    readonly rules: FlowRules,
    seed = 1,
  ) {
    this.#random = randomOf(seed)
  }

  /** The next message: its number, something of any size, and its number again. */
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
    if (this.#mark(number)) this.fault(`message ${number} came twice`)
    this.#follow(number)
    this.last = Math.max(this.last, number)
  }

  /** Messages that have not come, though later ones have. */
  get lost(): number {
    return this.last + 1 - this.received
  }

  /** Whether `number` had come before. */
  #mark(number: number): boolean {
    const [index, bit] = [number >>> 3, 1 << (number & 7)]
    if (index >= this.#seen.length) {
      const larger = new Uint8Array(2 * index)
      larger.set(this.#seen)
      this.#seen = larger
    }
    const known = (this.#seen[index]! & bit) !== 0
    this.#seen[index]! |= bit
    return known
  }

  #follow(number: number): void {
    const tails = this.#tails
    const index = tails.findIndex((tail) => tail < number)
    if (index >= 0) tails[index] = number
    else tails.push(number)
    if (tails.length > 1 + this.disconnects) this.fault(`message ${number} came after ${this.last}`)
  }

  /** Watches what is told of `socket`: what went wrong there must be the tester's doing. */
  watch(socket: Socket): void {
    const told = (event: { type: string; error?: Error }): void => {
      const { code, limit } = (event.error ?? {}) as { code?: unknown; limit?: unknown }
      if (this.rules.expected.has(event.type) && (code === undefined || this.rules.expected.has(limit ?? code))) return
      this.fault(`${event.type}: ${String(code)} ${event.error?.message ?? ""}`)
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

/** With `accept:error`, a peer has reset its connection before it was accepted: in an I/O thread, that may be a little later. */
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

/** Nothing goes wrong where nobody interferes. */
export const CALM: ReadonlySet<unknown> = new Set()
/** What comes of connections that are cut, held up and slowed down. */
export const CUT: ReadonlySet<unknown> = new Set(NETWORK)
/** What comes of wrong bits where every frame is sealed: the connection ends, and nothing wrong is received. */
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
