import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"
import { setTimeout as wait } from "node:timers/promises"
import type { MessageLike } from "../index.js"
import { BinaryReader } from "./binary-reader.js"
import type { Given, OptionGroup } from "./command.js"
import type { Format } from "./format.js"

export const INPUT: OptionGroup = {
  title: "Input",
  options: {
    file: { type: "file", value: "FILE", help: "read the messages to send from FILE instead of stdin" },
    interval: { type: "number", short: "i", value: "MS", help: "time between two messages" },
  },
}

/** The messages to send: those of the command line, or else those of the file or stdin. */
export async function* messagesOf(
  given: Given,
  format: Format,
  count: number | undefined,
): AsyncGenerator<MessageLike[]> {
  const interval = given.number("interval") ?? 0
  let sent = 0
  for await (const message of source(given, format, count)) {
    if (given.signal.aborted) return
    if (count !== undefined && sent >= count) return
    if (sent++ > 0 && interval > 0) {
      try {
        await wait(interval, undefined, { signal: given.signal })
      } catch {
        return
      }
    }
    yield message
  }
}

function source(given: Given, format: Format, count: number | undefined): AsyncIterable<MessageLike[]> {
  if (given.positionals.length > 0) return repeated(given.positionals.map(format.parse), count)
  return given.flag("binary") ? binary(given) : lines(given, format)
}

/** Repeats the messages until there are `count`; without a count, yields each once. */
// eslint-disable-next-line @typescript-eslint/require-await -- one of several sources, of which the others are asynchronous
async function* repeated(messages: readonly MessageLike[][], count: number | undefined): AsyncGenerator<MessageLike[]> {
  for (let index = 0; index < (count ?? messages.length); index++) yield messages[index % messages.length]!
}

async function* lines(given: Given, format: Format): AsyncGenerator<MessageLike[]> {
  const input = open(given)
  const reader = createInterface({ input, crlfDelay: Infinity })
  given.signal.addEventListener("abort", () => {
    reader.close()
  })
  try {
    for await (const line of reader) yield format.parse(line)
  } finally {
    input.destroy()
  }
}

/** Reads messages with their lengths. */
async function* binary(given: Given): AsyncGenerator<MessageLike[]> {
  const input = open(given)
  given.signal.addEventListener("abort", () => {
    input.destroy()
  })
  const reader = new BinaryReader()
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      reader.push(chunk)
      for (let frames = reader.next(); frames !== undefined; frames = reader.next()) {
        if (frames.length > 0) yield frames
      }
    }
  } catch (error) {
    if (!given.signal.aborted) throw error
  } finally {
    input.destroy()
  }
  if (reader.partial && !given.signal.aborted) throw new Error("Incomplete message at the end of the input")
}

/** Whether the messages to send come from stdin, which may not end. */
export function readsStdin(given: Given): boolean {
  return given.positionals.length === 0 && (given.text("file") ?? "-") === "-"
}

function open(given: Given): NodeJS.ReadStream | ReturnType<typeof createReadStream> {
  const file = given.text("file")
  return file === undefined || file === "-" ? process.stdin : createReadStream(file)
}
