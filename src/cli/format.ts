import { json, type Codec, type MessageLike } from "../index.js"
import { printable, printableJson } from "../protocol.js"
import { UsageError, type Given, type OptionTable } from "./command.js"

export const FORMAT: OptionTable = {
  format: {
    type: "string",
    short: "f",
    value: "NAME",
    help: "what a line is: text (default), raw, hex, json or msgpack",
  },
  separator: { type: "string", value: "TEXT", help: "between the frames of a line of text; default: a tab" },
  binary: { type: "boolean", help: "messages with their lengths instead of lines" },
}

export const FORMATS = `Lines:
  text     frames as UTF-8, a tab between them; control characters are printed as \\n, \\x1b …
  raw      the same, but frames are printed as they are, whatever they do to a terminal
  hex      frames as hexadecimal digits, a space between them, '-' for an empty frame
  json     one frame of JSON; with a topic or a peer before it: ["topic", value]
  msgpack  the same, with MessagePack on the wire (needs @msgpack/msgpack)
--binary: for each message the number of its frames, then each frame's length and bytes;
numbers are 32 bits, the most significant byte first.`

/** The meaning of the first frame, if it is not content. */
export type Envelope = "topic" | "peer" | undefined

/** Between a line and the frames of a message. */
export interface Format {
  /** @throws UsageError if the line is not a valid message. */
  readonly parse: (line: string) => MessageLike[]
  /** A line without its end. Throws when the frames cannot be shown so. */
  readonly print: (frames: readonly Buffer[]) => string | Buffer
}

export async function formatOf(given: Given, envelope: Envelope): Promise<Format> {
  switch (given.choice("format", ["text", "raw", "hex", "json", "msgpack"] as const) ?? "text") {
    case "text":
      return textFormat(given.text("separator") ?? "\t", envelope)
    case "raw":
      return rawFormat(given.text("separator") ?? "\t", envelope)
    case "hex":
      return HEX
    case "json":
      return valueFormat(json(), envelope)
    case "msgpack":
      return valueFormat(await loadMsgpack(), envelope)
  }
}

function textFormat(separator: string, envelope: Envelope): Format {
  return {
    parse: (line) => {
      const [first, ...rest] = separator === "" ? [line] : line.split(separator)
      return [envelope === "peer" ? parsePeer(first!) : first!, ...rest]
    },
    print: (frames) =>
      frames
        .map((frame, index) => (index === 0 && envelope === "peer" ? printPeer(frame) : printable(frame, Infinity)))
        .join(separator),
  }
}

function rawFormat(separator: string, envelope: Envelope): Format {
  const between = Buffer.from(separator)
  return {
    ...textFormat(separator, envelope),
    print: (frames) => Buffer.concat(frames.flatMap((frame, index) => (index === 0 ? [frame] : [between, frame]))),
  }
}

const HEX: Format = {
  parse: (line) =>
    line
      .trim()
      .split(/\s+/)
      .map((word) => {
        if (word === "-") return null
        if (!/^(?:[\da-f]{2})+$/i.test(word)) throw new UsageError(`'${word}' is not hexadecimal`)
        return Buffer.from(word, "hex")
      }),
  print: (frames) => frames.map((frame) => (frame.length === 0 ? "-" : frame.toString("hex"))).join(" "),
}

function valueFormat(codec: Codec<unknown>, envelope: Envelope): Format {
  return {
    parse: (line) => {
      const value = parseJson(line)
      if (envelope === undefined) return framesOf(codec, value)
      if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== "string") {
        throw new UsageError(`Invalid line ${line}: expected ["${envelope}", value]`)
      }
      return [envelope === "peer" ? parsePeer(value[0]) : value[0], ...framesOf(codec, value[1])]
    },
    print: (frames) => {
      if (envelope === undefined) return stringify(codec.decode([...frames]))
      const [first, ...rest] = frames
      return stringify([envelope === "peer" ? printPeer(first!) : first!.toString(), codec.decode(rest)])
    },
  }
}

function framesOf(codec: Codec<unknown>, value: unknown): MessageLike[] {
  const encoded = codec.encode(value)
  return Array.isArray(encoded) ? encoded : [encoded]
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new UsageError(`Invalid JSON: ${line}`)
  }
}

/** MessagePack has more than JSON: bytes are shown in hexadecimal, large numbers as text. */
function stringify(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "bigint") return String(part)
    return part instanceof Uint8Array ? Buffer.from(part).toString("hex") : part
  }) as string | undefined
  return printableJson(text ?? "undefined")
}

async function loadMsgpack(): Promise<Codec<unknown>> {
  try {
    const { msgpack } = await import("../msgpack.js")
    return msgpack()
  } catch (error) {
    throw new Error("--format msgpack needs the package @msgpack/msgpack: npm install @msgpack/msgpack", {
      cause: error,
    })
  }
}

/** Routing ids are bytes: those that are no plain text are written in hexadecimal after `0x`. */
export function printPeer(id: Buffer): string {
  const text = id.toString("latin1")
  return /^(?!0x)[\x21-\x7e]+$/.test(text) ? text : `0x${id.toString("hex")}`
}

export function parsePeer(text: string): MessageLike {
  return /^0x(?:[\da-f]{2})+$/i.test(text) ? Buffer.from(text.slice(2), "hex") : text
}
