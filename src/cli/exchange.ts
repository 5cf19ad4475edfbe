import type { MessageLike, Socket } from "../index.js"
import type { Given, OptionGroup, OptionTable } from "./command.js"
import { reportConnections, untilDeliverable } from "./connection-reports.js"
import { ENDPOINTS, ENDPOINT_NOTES, reach } from "./endpoints.js"
import { FORMAT, FORMAT_NOTES, type Format } from "./format.js"
import { INPUT, messagesOf } from "./input.js"
import { OUTPUT, OUTPUT_NOTES, type Output } from "./output.js"
import { Progress, PROGRESS } from "./progress.js"
import { reportUndelivered } from "./undelivered.js"
import { KEY_NOTES, SECURITY } from "./security.js"

/** The target of messages to send. */
export interface Sender {
  send(message: MessageLike[], options: { readonly signal: AbortSignal }): Promise<void>
}

/** The source of received messages. */
export interface Receiver {
  receive(options: { readonly timeout: number; readonly signal: AbortSignal }): Promise<Buffer[]>
}

/** Options of the commands that send. */
export const SENDING: { readonly options: OptionTable; readonly groups: readonly OptionGroup[] } = {
  options: {
    count: { type: "number", short: "n", value: "N", help: "send N messages, repeating those of the command line" },
  },
  groups: [ENDPOINTS, INPUT, FORMAT, SECURITY, PROGRESS],
}

/** Options of the commands that receive. */
export const RECEIVING: typeof SENDING = {
  options: {
    count: { type: "number", short: "n", value: "N", help: "exit after N messages" },
    timeout: { type: "number", short: "t", value: "MS", help: "fail if no message arrives for MS milliseconds" },
  },
  groups: [ENDPOINTS, OUTPUT, FORMAT, SECURITY, PROGRESS],
}

/** Options of the commands that send and receive. */
export const EXCHANGING: readonly OptionGroup[] = [ENDPOINTS, INPUT, OUTPUT, FORMAT, SECURITY, PROGRESS]

export const SENDING_NOTES: readonly string[] = [ENDPOINT_NOTES, FORMAT_NOTES, KEY_NOTES]
export const RECEIVING_NOTES: readonly string[] = [OUTPUT_NOTES, ...SENDING_NOTES]

/** Connects and binds `socket`, uses it, and always closes it. */
export async function using<S extends Socket>(
  socket: S,
  given: Given,
  prints: boolean,
  work: (socket: S) => Promise<void>,
): Promise<void> {
  let progress: Progress | undefined
  reportUndelivered(socket, given)
  reportConnections(socket, given)
  try {
    await reach(socket, given)
    progress = new Progress(given, socket, prints)
    await work(socket)
    await untilDeliverable(socket, given.signal)
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

/**
 * Sends the messages of the command line or of the input, each after the frame `head`, if any.
 * @param count Number of messages; those of the command line are repeated.
 * @param begin Called with the first message before it is sent.
 */
export async function sendAll(
  socket: Sender,
  given: Given,
  format: Format,
  {
    head,
    count,
    begin,
  }: {
    readonly head?: string | undefined
    readonly count: number | undefined
    readonly begin?: (first: readonly MessageLike[]) => Promise<void>
  },
): Promise<void> {
  let begun = false
  for await (const message of messagesOf(given, format, count)) {
    const frames = head === undefined ? message : [head, ...message]
    if (!begun) await begin?.(frames)
    begun = true
    await socket.send(frames, { signal: given.signal })
  }
}

/** Prints `--count` received messages, or all of them without a count. */
export async function receiveAll(socket: Receiver, given: Given, output: Output): Promise<void> {
  const count = given.number("count")
  for (let received = 0; count === undefined || received < count; received++) {
    await output.write(await receive(socket, given))
  }
  finish(output)
}

export async function receive(socket: Receiver, given: Given): Promise<Buffer[]> {
  const timeout = given.number("timeout") ?? -1
  try {
    return await socket.receive({ timeout, signal: given.signal })
  } catch (error) {
    if ((error as { code?: string }).code !== "EAGAIN" || given.signal.aborted) throw error
    throw new Error(`No message within ${timeout} ms`, { cause: error })
  }
}

/** Fails if messages could not be shown. */
export function finish({ unreadable }: Output): void {
  if (unreadable > 0) throw new Error(`${unreadable} ${unreadable === 1 ? "message" : "messages"} could not be shown`)
}
