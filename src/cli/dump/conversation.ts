// The `zmtp dump` command: conversations of other programs, from captures or between two peers.

import { printable, quoted } from "../../protocol.js"
import { Reader, type Piece, type ReaderOptions } from "./reader.js"

export interface ConversationOptions extends ReaderOptions {
  /** Number of bytes of each body to show. */
  readonly bytes: number
  /** Whether to show bodies in hexadecimal. */
  readonly hex: boolean
  readonly colors: boolean
}

const COLORS: Readonly<Record<Piece["kind"], number>> = { greeting: 36, command: 33, frame: 32, fault: 31 }

/** Prints both directions of a connection, line by line. */
export class Conversation {
  /** From the side that connected, and from the other side. */
  readonly directions: readonly [Reader, Reader]
  /** Time of the current packet, in s. */
  time = 0

  constructor(
    private readonly number: number,
    private readonly options: ConversationOptions,
    private readonly write: (line: string) => void,
  ) {
    const reader = (arrow: string): Reader =>
      new Reader(options, (piece) => {
        this.#print(arrow, piece)
      })
    this.directions = [reader(">"), reader("<")]
  }

  /** Prints an event other than data, such as the end of the connection. */
  note(text: string): void {
    this.#line("-", printable(text), 90)
  }

  #print(arrow: string, { kind, text, body }: Piece): void {
    const content = body === undefined || body.length === 0 ? "" : `  ${this.#excerpt(body)}`
    this.#line(arrow, `${kind.padEnd(8)} ${text}`, COLORS[kind], content)
  }

  #excerpt(body: Uint8Array): string {
    const { bytes, hex } = this.options
    if (!hex) return quoted(body, bytes)
    const part = body.subarray(0, bytes)
    return `${Buffer.from(part).toString("hex")}${part.length < body.length ? "…" : ""}`
  }

  #line(arrow: string, text: string, color: number, content = ""): void {
    const painted = this.options.colors ? `\x1b[${color}m${text}\x1b[0m` : text
    this.write(`${this.time.toFixed(6)} #${this.number} ${arrow} ${painted}${content}\n`)
  }
}
