import { printable } from "../protocol.js"
import { UsageError, type Given, type OptionGroup } from "./command.js"
import type { Envelope, Format } from "./format.js"
import { stdoutDrained } from "./stdout.js"
import { compileTemplate, TOKENS, type Received } from "./template.js"

export const OUTPUT: OptionGroup = {
  title: "Output",
  options: {
    timestamp: { type: "flag", help: "print the time of receipt before each message" },
    template: { type: "text", short: "T", value: "TEXT", help: "print each message with the template TEXT, see below" },
  },
}

const TOKEN_WIDTH = Math.max(...TOKENS.map(([token]) => token.length))

export const OUTPUT_NOTES = `In a --template:
${TOKENS.map(([token, meaning]) => `  ${token.padEnd(TOKEN_WIDTH)}  ${meaning}`).join("\n")}
Nothing is added to it: end it with \\n to print lines.`

/** Writes messages to stdout: as lines, by a template, or with their lengths. */
export class Output {
  readonly #print: (message: Received) => string | Buffer
  readonly #signal: AbortSignal
  #count = 0
  /** Number of messages that could not be printed. */
  unreadable = 0

  /** @throws UsageError for an invalid template, or for options that exclude each other. */
  constructor(given: Given, format: Format, envelope?: Envelope) {
    this.#print = printerOf(given, format, envelope)
    this.#signal = given.signal
  }

  /** Resolves when there is room for more. Rejects if the command is interrupted. */
  async write(frames: readonly Buffer[]): Promise<void> {
    const bytes = this.#printed(frames)
    if (bytes !== undefined) process.stdout.write(bytes)
    await stdoutDrained(this.#signal)
  }

  /** Formats a message. If it does not fit the format, reports it on stderr with its bytes. */
  #printed(frames: readonly Buffer[]): string | Buffer | undefined {
    try {
      return this.#print({ frames, time: new Date(), index: this.#count++ })
    } catch (error) {
      this.unreadable++
      const reason = printable((error as Error).message)
      process.stderr.write(`zmtp: cannot show a message: ${reason} (${hexOf(frames)})\n`)
      return undefined
    }
  }
}

function printerOf(given: Given, format: Format, envelope: Envelope): (message: Received) => string | Buffer {
  const [binary, timestamp, template] = [given.flag("binary"), given.flag("timestamp"), given.text("template")]
  if (binary && (timestamp || template !== undefined)) {
    throw new UsageError(`--binary cannot be combined with --${timestamp ? "timestamp" : "template"}`)
  }
  if (template !== undefined) {
    if (timestamp) throw new UsageError("--timestamp cannot be combined with --template: use %d for the time")
    return compileTemplate(template, format, envelope)
  }
  if (binary) return ({ frames }) => withLengths(frames)
  return ({ frames, time }) => {
    const line = timestamp ? format.print(frames, time.toISOString()) : format.print(frames)
    return typeof line === "string" ? `${line}\n` : Buffer.concat([line, LINE_END])
  }
}

const LINE_END = Buffer.from("\n")

/** Maximum number of bytes shown of a message that does not fit the format. */
const MAX_BYTES_SHOWN = 1024

function hexOf(frames: readonly Buffer[]): string {
  let left = MAX_BYTES_SHOWN
  const shown: string[] = []
  for (const frame of frames) {
    shown.push(`${frame.toString("hex", 0, left)}${frame.length > left ? "…" : ""}`)
    left -= frame.length
    if (left <= 0) break
  }
  return shown.join(" ")
}

function withLengths(frames: readonly Buffer[]): Buffer {
  return Buffer.concat([number(frames.length), ...frames.flatMap((frame) => [number(frame.length), frame])])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
