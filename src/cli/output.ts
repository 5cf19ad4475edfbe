import type { Given } from "./command.js"
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

  /** A message that does not fit the format is told on stderr, with its bytes. */
  #line(frames: readonly Buffer[]): string | undefined {
    try {
      return `${this.#format.print(frames)}\n`
    } catch (error) {
      this.unreadable++
      const hex = frames.map((frame) => frame.toString("hex")).join(" ")
      process.stderr.write(`zmtp: cannot show a message: ${(error as Error).message} (${hex})\n`)
      return undefined
    }
  }
}

function withLengths(frames: readonly Buffer[]): Buffer {
  return Buffer.concat([number(frames.length), ...frames.flatMap((frame) => [number(frame.length), frame])])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
