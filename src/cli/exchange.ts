import type { MessageLike, Readable, Socket, Writable } from "../index.js"
import type { Given, OptionTable } from "./command.js"
import { ENDPOINTS, KEYS, reach } from "./endpoints.js"
import { FORMAT, FORMATS, type Format } from "./format.js"
import { INPUT, messagesOf } from "./input.js"
import { Output } from "./output.js"
import { Progress, PROGRESS } from "./progress.js"
import { reportUndelivered } from "./undelivered.js"

/** Help that both commands share. */
export const NOTES = `${FORMATS}\n${KEYS}`

/** Options of the commands that send. */
export const SENDING: OptionTable = {
  ...ENDPOINTS,
  ...INPUT,
  count: { type: "string", short: "n", value: "N", help: "send that many, those of the command line over and over" },
  ...FORMAT,
  ...PROGRESS,
}

/** Options of the commands that receive. */
export const RECEIVING: OptionTable = {
  ...ENDPOINTS,
  count: { type: "string", short: "n", value: "N", help: "end after that many messages" },
  timeout: { type: "string", short: "t", value: "MS", help: "fail when no message comes for so long" },
  ...FORMAT,
  ...PROGRESS,
}

/** Reaches the endpoints with `socket`, works with it, and closes it whatever happens. */
export async function using<S extends Socket>(
  socket: S,
  given: Given,
  prints: boolean,
  work: (socket: S) => Promise<void>,
): Promise<void> {
  let progress: Progress | undefined
  reportUndelivered(socket, given)
  try {
    await reach(socket, given)
    progress = new Progress(given, socket, prints)
    await work(socket)
  } catch (error) {
    // Failures after an interruption are not errors.
    if (!given.signal.aborted) {
      socket.linger = 0
      throw error
    }
  } finally {
    progress?.end()
    if (given.signal.aborted) socket.linger = 0
    socket.close()
  }
}

export async function sendAll(
  socket: Writable,
  given: Given,
  format: Format,
  { topic, count = given.number("count") }: { topic?: string | undefined; count?: number | undefined } = {},
): Promise<void> {
  for await (const message of messagesOf(given, format, count)) {
    const frames: MessageLike[] = topic === undefined ? message : [topic, ...message]
    await socket.send(frames, { signal: given.signal })
  }
}

/** Prints `count` received messages, or all of them without a count. */
export async function receiveAll(
  socket: Readable,
  given: Given,
  format: Format,
  count = given.number("count"),
): Promise<void> {
  const output = new Output(given, format)
  for (let received = 0; count === undefined || received < count; received++) {
    await output.write(await receive(socket, given))
  }
  finish(output)
}

export async function receive(socket: Readable, given: Given): Promise<Buffer[]> {
  const timeout = given.number("timeout") ?? -1
  try {
    return await socket.receive({ timeout, signal: given.signal })
  } catch (error) {
    if ((error as { code?: string }).code !== "EAGAIN" || given.signal.aborted) throw error
    throw new Error(`No message within ${timeout} ms`, { cause: error })
  }
}

/** Messages that could not be shown make a failure of the whole. */
export function finish({ unreadable }: Output): void {
  if (unreadable > 0) throw new Error(`${unreadable} ${unreadable === 1 ? "message" : "messages"} could not be shown`)
}
