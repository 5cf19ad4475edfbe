import type { Given } from "./command.js"
import { printable } from "../protocol.js"
import type { Format } from "./format.js"
import { stdoutBehind } from "./stdout.js"

/** Writes messages to stdout, as lines or with their lengths. */
export class Output {
  readonly #format: Format
  readonly #binary: boolean
  readonly #signal: AbortSignal
  /** Messages that could not be shown. */
  unreadable = 0

  constructor(given: Given, format: Format) {
    this.#format = format
    this.#binary = given.flag("binary")
    this.#signal = given.signal
  }

  /** Resolves when there is room for more; rejects when the command is interrupted meanwhile. */
  async write(frames: readonly Buffer[]): Promise<void> {
    const bytes = this.#binary ? withLengths(frames) : this.#line(frames)
    if (bytes !== undefined) process.stdout.write(bytes)
    await stdoutBehind(this.#signal)
  }

  /** Reports messages that do not fit the format on stderr, with their bytes. */
  #line(frames: readonly Buffer[]): string | Buffer | undefined {
    try {
      const line = this.#format.print(frames)
      return typeof line === "string" ? `${line}\n` : Buffer.concat([line, LINE_END])
    } catch (error) {
      this.unreadable++
      const reason = printable((error as Error).message)
      process.stderr.write(`zmtp: cannot show a message: ${reason} (${hexOf(frames)})\n`)
      return undefined
    }
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
