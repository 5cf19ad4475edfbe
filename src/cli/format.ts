import { json, type Codec, type MessageLike } from "../index.js"
import { printable, printableJson } from "../protocol.js"
import { UsageError, type Given, type OptionGroup } from "./command.js"

const NAMES = ["text", "raw", "hex", "json", "msgpack"] as const

export const FORMAT: OptionGroup = {
  title: "Messages",
  options: {
    format: {
      type: "choice",
      short: "f",
      value: "NAME",
      choices: NAMES,
      help: "what a line is, see below; default: text",
    },
    separator: { type: "text", value: "TEXT", help: "between the frames of a line; default: a tab" },
    binary: { type: "flag", help: "messages with their lengths instead of lines, see below" },
  },
}

/** Description of a line in each format. */
export const FORMATS: Readonly<Record<(typeof NAMES)[number], string>> = {
  text: "frames as UTF-8 with tabs between them; control characters are printed as \\n, \\x1b, …",
  raw: "the same, but printed as is: the sender's bytes reach your terminal",
  hex: "frames as hexadecimal digits with spaces between them, '-' for an empty frame",
  json: 'one JSON value; with a topic, group, or peer before it: ["topic", value]',
  msgpack: "the same, with MessagePack on the wire; needs npm install @msgpack/msgpack",
}

export const FORMAT_NOTES = `Formats of a line:
${Object.entries(FORMATS)
  .map(([name, meaning]) => `  ${name.padEnd(8)} ${meaning}`)
  .join("\n")}

With --binary, a message is the number of its frames, then the length and the bytes of each frame. Numbers have
32 bits, most significant byte first.`

/** The meaning of the first frame, if it is not content. `number` is the number of a peer. */
export type Envelope = "topic" | "group" | "peer" | "number" | undefined

/** Converts between a line and the frames of a message. */
export interface Format {
  /** @throws UsageError if the line is not a valid message. */
  readonly parse: (line: string) => MessageLike[]
  /**
   * Formats a line without its end, preceded by `time`, if given. This and the following functions throw if frames
   * cannot be represented in the format.
   */
  readonly print: (frames: readonly Buffer[], time?: string) => string | Buffer
  /** The frames after the envelope. */
  readonly content: (frames: readonly Buffer[]) => string | Buffer
  /** The envelope. */
  readonly head: (frame: Buffer) => string | Buffer
  readonly frame: (frame: Buffer) => string | Buffer
}

/** @param single Whether lines of text have one frame besides the envelope, so separators are part of it. */
export async function formatOf(given: Given, envelope: Envelope, single = false): Promise<Format> {
  const name = given.choice("format", NAMES) ?? "text"
  const separator = given.text("separator")
  if (separator !== undefined && name !== "text" && name !== "raw") {
    throw new UsageError(`--separator is for --format text and raw, not for ${name}`)
  }
  return formatNamed(name, envelope, separator ?? "\t", single)
}

function nameOf(envelope: Envelope): string {
  return envelope === "number" ? "peer" : envelope!
}

async function formatNamed(
  name: (typeof NAMES)[number],
  envelope: Envelope,
  separator: string,
  single: boolean,
): Promise<Format> {
  switch (name) {
    case "text":
      return textFormat(separator, envelope, single)
    case "raw":
      return rawFormat(separator, envelope, single)
    case "hex":
      return hexFormat(envelope)
    case "json":
      return valueFormat(json(), envelope)
    case "msgpack":
      return valueFormat(await loadMsgpack(), envelope)
  }
}

function textFormat(separator: string, envelope: Envelope, single: boolean): Format {
  const frame = (bytes: Buffer): string => printable(bytes, Infinity)
  const head = envelope === "peer" ? printPeer : frame
  const content = (frames: readonly Buffer[]): string => frames.map(frame).join(separator)
  return {
    parse: (line) => {
      const [first, ...rest] = split(line, separator, single ? (envelope === undefined ? 1 : 2) : Infinity)
      return [envelope === "peer" ? parsePeer(first!) : first!, ...rest]
    },
    print: (frames, time) => {
      const [first, ...rest] = frames
      const parts = envelope === undefined ? frames.map(frame) : [head(first!), ...rest.map(frame)]
      return [...(time === undefined ? [] : [time]), ...parts].join(separator)
    },
    content,
    head,
    frame,
  }
}

/** Splits `text` into at most `most` parts. */
function split(text: string, separator: string, most: number): string[] {
  if (separator === "" || most === 1) return [text]
  const parts = text.split(separator)
  return parts.length <= most ? parts : [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)]
}

function rawFormat(separator: string, envelope: Envelope, single: boolean): Format {
  const between = Buffer.from(separator)
  const content = (frames: readonly Buffer[]): Buffer =>
    Buffer.concat(frames.flatMap((frame, index) => (index === 0 ? [frame] : [between, frame])))
  return {
    ...textFormat(separator, envelope, single),
    print: (frames, time) => content(time === undefined ? frames : [Buffer.from(time), ...frames]),
    content,
    head: (frame) => frame,
    frame: (frame) => frame,
  }
}

function hexFormat(envelope: Envelope): Format {
  // Numbers of peers are not bytes of a frame.
  const number = envelope === "number"
  const frame = (bytes: Buffer): string => (bytes.length === 0 ? "-" : bytes.toString("hex"))
  const head = (bytes: Buffer): string => (number ? bytes.toString() : frame(bytes))
  const parts = (frames: readonly Buffer[]): string[] =>
    frames.map((bytes, index) => (index === 0 ? head(bytes) : frame(bytes)))
  return {
    parse: (line) =>
      line
        .trim()
        .split(/\s+/)
        .map((word, index) => (number && index === 0 ? word : parseHex(word))),
    print: (frames, time) => [...(time === undefined ? [] : [time]), ...parts(frames)].join(" "),
    content: (frames) => frames.map(frame).join(" "),
    head,
    frame,
  }
}

function parseHex(word: string): MessageLike {
  if (word === "-") return null
  if (!/^(?:[\da-f]{2})+$/i.test(word)) {
    throw new UsageError(
      `Invalid frame '${word}': expected hexadecimal digits, two for each byte, or - for an empty frame`,
    )
  }
  return Buffer.from(word, "hex")
}

function valueFormat(codec: Codec<unknown>, envelope: Envelope): Format {
  const head = (frame: Buffer): string => (envelope === "peer" ? printPeer(frame) : frame.toString())
  return {
    parse: (line) => {
      const value = parseJson(line)
      if (envelope === undefined) return framesOf(codec, value)
      if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== "string") {
        throw new UsageError(`Invalid line ${line}: expected ["${nameOf(envelope)}", value]`)
      }
      return [envelope === "peer" ? parsePeer(value[0]) : value[0], ...framesOf(codec, value[1])]
    },
    print: (frames, time) => {
      const [first, ...rest] = frames
      const value = envelope === undefined ? codec.decode([...frames]) : codec.decode(rest)
      const before = [...(time === undefined ? [] : [time]), ...(envelope === undefined ? [] : [head(first!)])]
      return stringify(before.length === 0 ? value : [...before, value])
    },
    content: (frames) => stringify(codec.decode([...frames])),
    head,
    frame: (frame) => printable(frame, Infinity),
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

/** Formats values that JSON does not support: bytes in hexadecimal, large numbers as text. */
function stringify(value: unknown): string {
  // The value before `toJSON`, which a Buffer has.
  const text = JSON.stringify(value, function (this: Record<string, unknown>, name: string, converted: unknown) {
    const part = this[name]
    if (typeof part === "bigint") return String(part)
    return part instanceof Uint8Array ? Buffer.from(part).toString("hex") : converted
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

/** Formats a routing id. Bytes that are not plain text are written in hexadecimal after `0x`. */
export function printPeer(id: Buffer): string {
  const text = id.toString("latin1")
  return /^(?!0x)[\x21-\x7e]+$/.test(text) ? text : `0x${id.toString("hex")}`
}

export function parsePeer(text: string): MessageLike {
  return /^0x(?:[\da-f]{2})+$/i.test(text) ? Buffer.from(text.slice(2), "hex") : text
}
