import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"
import { setTimeout as wait } from "node:timers/promises"
import type { MessageLike } from "../index.js"
import type { Given, OptionTable } from "./command.js"
import type { Format } from "./format.js"

export const INPUT: OptionTable = {
  file: { type: "string", value: "FILE", help: "messages to send, instead of stdin" },
  interval: { type: "string", short: "i", value: "MS", help: "time between two messages" },
}

/** The messages to send: those on the command line, or else those of the file or of stdin. */
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

/** As often as it takes to make `count`, once unless told so. */
// eslint-disable-next-line @typescript-eslint/require-await -- one of several sources, the others wait
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

/** @see FORMATS */
async function* binary(given: Given): AsyncGenerator<MessageLike[]> {
  const input = open(given)
  given.signal.addEventListener("abort", () => {
    input.destroy()
  })
  let rest = Buffer.alloc(0)
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk])
      for (let taken = take(rest); taken !== undefined; taken = take(rest)) {
        rest = rest.subarray(taken.size)
        if (taken.frames.length > 0) yield taken.frames
      }
    }
  } catch (error) {
    if (!given.signal.aborted) throw error
  } finally {
    input.destroy()
  }
  if (rest.length > 0 && !given.signal.aborted) throw new Error("The input ends within a message")
}

/** The first message of `bytes` and its size, if it is all there. */
function take(bytes: Buffer): { frames: Buffer[]; size: number } | undefined {
  if (bytes.length < 4) return undefined
  const frames: Buffer[] = []
  let position = 4
  for (let missing = bytes.readUInt32BE(0); missing > 0; missing--) {
    if (position + 4 > bytes.length) return undefined
    const end = position + 4 + bytes.readUInt32BE(position)
    if (end > bytes.length) return undefined
    frames.push(bytes.subarray(position + 4, end))
    position = end
  }
  return { frames, size: position }
}

function open(given: Given): NodeJS.ReadStream | ReturnType<typeof createReadStream> {
  const file = given.text("file")
  return file === undefined || file === "-" ? process.stdin : createReadStream(file)
}
