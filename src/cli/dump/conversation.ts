import { printable, quoted } from "../../protocol.js"
import { Reader, type Piece, type ReaderOptions } from "./reader.js"

export interface ConversationOptions extends ReaderOptions {
  /** How much of a body to show, in bytes. */
  readonly bytes: number
  /** Show bodies in hexadecimal. */
  readonly hex: boolean
  readonly colours: boolean
}

const COLOURS: Readonly<Record<Piece["kind"], number>> = { greeting: 36, command: 33, frame: 32, fault: 31 }

/** Prints both directions of a connection, line by line. */
export class Conversation {
  /** From the side that has connected, and from the other. */
  readonly directions: readonly [Reader, Reader]
  /** Time of what is being read, in s. */
  time = 0

  constructor(
    private readonly number: number,
    private readonly options: ConversationOptions,
    private readonly write: (line: string) => void,
  ) {
    const reader = (arrow: string): Reader =>
      new Reader(options, (piece) => {
        this.#tell(arrow, piece)
      })
    this.directions = [reader(">"), reader("<")]
  }

  /** Something that is no bytes: who has connected, who is gone. */
  note(text: string): void {
    this.#line("-", printable(text), 90)
  }

  #tell(arrow: string, { kind, text, body }: Piece): void {
    const content = body === undefined || body.length === 0 ? "" : `  ${this.#excerpt(body)}`
    this.#line(arrow, `${kind.padEnd(8)} ${text}`, COLOURS[kind], content)
  }

  #excerpt(body: Uint8Array): string {
    const { bytes, hex } = this.options
    if (!hex) return quoted(body, bytes)
    const part = body.subarray(0, bytes)
    return `${Buffer.from(part).toString("hex")}${part.length < body.length ? "…" : ""}`
  }

  #line(arrow: string, text: string, colour: number, content = ""): void {
    const painted = this.options.colours ? `\x1b[${colour}m${text}\x1b[0m` : text
    this.write(`${this.time.toFixed(6)} #${this.number} ${arrow} ${painted}${content}\n`)
  }
}
