import { UsageError } from "./command.js"
import type { Envelope, Format } from "./format.js"

/** One received message. */
export interface Received {
  readonly frames: readonly Buffer[]
  readonly time: Date
  /** Number of messages that were received before it. */
  readonly index: number
}

type Part = (message: Received) => string | Buffer

/** Valid characters after a percent sign, as in kcat. */
export const TOKENS: readonly (readonly [token: string, meaning: string])[] = [
  ["%s", "the message without its topic, group, or peer, as --format shows it"],
  ["%S", "its size in bytes"],
  ["%t", "its topic (sub) or group (dish)"],
  ["%p", "the peer that sent it (router, server, peer), or its address (dgram)"],
  ["%1 … %9", "a frame by its number, including the topic, group, or peer; nothing if there are fewer"],
  ["%n", "the number of its frames"],
  ["%o", "its position: 0 for the first message"],
  ["%T", "the time at which it was received, in ms since 1970"],
  ["%d", "the same time in the form 2026-03-01T12:00:00.000Z"],
  ["%%", "a percent sign"],
  ["\\n \\r \\t \\0 \\\\", "a line feed, carriage return, tab, zero byte, or backslash"],
  ["\\xHH", "a byte by its hexadecimal digits"],
]

const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, "0": 0, "\\": 92 }

/** Compiles a template, such as `%t: %s`, to a function. @throws UsageError if it is invalid. */
export function compileTemplate(
  template: string,
  format: Format,
  envelope: Envelope,
): (message: Received) => string | Buffer {
  const parts = [...template.matchAll(/%(.?)|\\(x[\da-fA-F]{2}|.?)|[^%\\]+/gsu)].map(([text, token, escape]): Part => {
    if (token !== undefined) return partOf(token, format, envelope, template)
    if (escape === undefined) return () => text
    const byte = escape.length === 3 ? Number.parseInt(escape.slice(1), 16) : ESCAPES[escape]
    if (byte === undefined) {
      throw new UsageError(
        `Invalid --template '${template}': unknown escape \\${escape}, expected \\n, \\r, \\t, \\0, \\\\, or \\xHH`,
      )
    }
    return () => Buffer.of(byte)
  })
  return (message) => Buffer.concat(parts.map((part) => Buffer.from(part(message) as string)))
}

function partOf(token: string, format: Format, envelope: Envelope, template: string): Part {
  const content = ({ frames }: Received): readonly Buffer[] => (envelope === undefined ? frames : frames.slice(1))
  if (/^[1-9]$/.test(token)) {
    return ({ frames }) => {
      const frame = frames[Number(token) - 1]
      return frame === undefined ? "" : format.frame(frame)
    }
  }
  switch (token) {
    case "s":
      return (message) => format.content(content(message))
    case "S":
      return (message) => String(content(message).reduce((size, frame) => size + frame.length, 0))
    case "t":
      if (envelope === "topic" || envelope === "group") return ({ frames }) => format.frame(frames[0]!)
      throw new UsageError(`Invalid --template '${template}': %t is for sub and dish; other messages have no topic`)
    case "p":
      if (envelope === "peer" || envelope === "number") return ({ frames }) => format.head(frames[0]!)
      throw new UsageError(`Invalid --template '${template}': %p is for router, server, peer, and dgram`)
    case "n":
      return ({ frames }) => String(frames.length)
    case "o":
      return ({ index }) => String(index)
    case "T":
      return ({ time }) => String(time.getTime())
    case "d":
      return ({ time }) => time.toISOString()
    case "%":
      return () => "%"
    default: {
      const known = TOKENS.map(([name]) => name).filter((name) => name.startsWith("%"))
      throw new UsageError(`Invalid --template '${template}': unknown token %${token}, expected ${known.join(", ")}`)
    }
  }
}
