import { warn } from "../core/runtime.js"
import { describe, zmqError } from "../core/errors.js"
import { addFrames, type MessageLike } from "../sockets/message.js"
import { printable } from "../zmtp/printable.js"
import { coreOf } from "../sockets/socket.js"
import { Reply, type Message, type Router } from "../sockets/standard-sockets.js"
import { checkSignal } from "../sockets/wait-options.js"

/** Makes the reply to a request: one frame, several, or nothing. */
export type Answer = (request: Message[], asker: Asker) => ReplyLike | Promise<ReplyLike>

// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what a function without `return` gives
export type ReplyLike = MessageLike | MessageLike[] | undefined | void

export interface Asker {
  /** Routing id of the peer; `undefined` on a Reply. */
  readonly peer: Message | undefined
}

export interface ReplyOptions {
  /** Maximum number of requests handled at once; others wait in the socket. Default 100; always 1 on a Reply. */
  concurrency?: number | undefined
  /** Takes no more requests once it is aborted. */
  signal?: AbortSignal | undefined
  /**
   * Called when `answer` throws or rejects; what it returns or resolves to is the reply. Without it that is a process
   * warning, and no reply: the asker's timeout tells. (A Reply cannot go on without one: it sends an empty frame.) When it
   * throws or rejects itself, that is a process warning, too.
   */
  onError?: ((error: unknown, request: Message[]) => ReplyLike | Promise<ReplyLike>) | undefined
}

/**
 * Serves requests until the socket closes or `signal` aborts; resolves when all that were taken are answered. On a
 * Router requests run side by side, and peers may be Request, Dealer with or without an envelope, or Requester.
 */
export async function reply(socket: Router | Reply, answer: Answer, options: ReplyOptions = {}): Promise<void> {
  const { signal, onError } = options
  if (typeof answer !== "function") throw new TypeError("Answer must be a function")
  checkSignal(signal)
  const inTurn = socket instanceof Reply
  const concurrency = inTurn ? 1 : (options.concurrency ?? 100)
  if (!(concurrency >= 1)) throw zmqError("EINVAL", { message: "Invalid concurrency: expected at least 1" })
  let running = 0
  let settled: (() => void) | undefined
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      settled = resolve
    })

  const serve = async ({ envelope, body }: Opened): Promise<void> => {
    const answered = await attempt(answer, body, { peer: inTurn ? undefined : envelope[0] }, onError)
    try {
      const frames = answered === undefined ? envelope : addFrames([...envelope], answered)
      if (frames.length > envelope.length) {
        await socket.send(frames)
        return
      }
    } catch {
      // The client has left, the socket is closed, or the reply is not a valid message.
      coreOf(socket).dropped(body)
    }
    // A Reply cannot go on without one.
    if (inTurn && !socket.closed) await socket.send(null)
  }
  const failures: unknown[] = []
  const finished = (): void => {
    running--
    settled?.()
  }

  for (;;) {
    if (running >= concurrency) await next()
    if (failures.length > 0) break
    const message = await take(socket, signal)
    if (message === undefined) break
    running++
    serve(inTurn ? { envelope: [], body: message } : open(message)).then(finished, (error: unknown) => {
      if (!socket.closed) failures.push(error)
      finished()
    })
  }
  while (running > 0) await next()
  if (failures.length > 0) throw failures[0]
}

interface Opened {
  /** What comes before the reply too. */
  readonly envelope: Message[]
  readonly body: Message[]
}

/** The next message; `undefined` when there will be no more. */
async function take(socket: Router | Reply, signal: AbortSignal | undefined): Promise<Message[] | undefined> {
  const over = (): boolean => signal?.aborted === true || socket.closed
  if (over()) return undefined
  try {
    return await socket.receive({ timeout: -1, signal })
  } catch (error) {
    if (over()) return undefined
    throw error
  }
}

/** The first empty frame ends the envelope; without one the peer's routing id is all of it. */
function open(message: Message[]): Opened {
  const delimiter = message.findIndex((frame, index) => index > 0 && frame.length === 0)
  const end = delimiter < 0 || delimiter === message.length - 1 ? 1 : delimiter + 1
  return { envelope: message.slice(0, end), body: message.slice(end) }
}

async function attempt(
  answer: Answer,
  body: Message[],
  asker: Asker,
  onError: ReplyOptions["onError"],
): Promise<MessageLike | MessageLike[] | undefined> {
  try {
    return (await answer(body, asker)) as MessageLike | MessageLike[] | undefined
  } catch (error) {
    let fault = error
    try {
      if (onError !== undefined) return (await onError(error, body)) as MessageLike | MessageLike[] | undefined
    } catch (worse) {
      fault = worse
    }
    warn(`Request was not answered: ${printable(describe(fault))}`)
    return undefined
  }
}
