import { warn } from "../core/runtime/runtime.js"
import { describe, zmqError } from "../core/errors.js"
import { addFrames, type MessageLike } from "../sockets/message.js"
import { printable } from "../zmtp/printable.js"
import { coreOf } from "../sockets/socket.js"
import type { Message } from "../sockets/message.js"
import { Reply, type Router } from "../sockets/standard-sockets.js"
import { checkSignal } from "../sockets/wait-options.js"

/** Handles a request, one element per frame, and returns its reply: one frame, several, or nothing. */
export type RequestHandler = (request: Message[], info: RequestInfo) => ReplyLike | Promise<ReplyLike>

/** A reply: one frame, several, or `undefined` for none. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- the result of a function without `return`
export type ReplyLike = MessageLike | MessageLike[] | undefined | void

/** Describes where a request came from. */
export interface RequestInfo {
  /** Routing id of the peer that sent the request; `undefined` on a Reply socket, which does not know it. */
  readonly peer: Message | undefined
}

/** Options of `reply`. */
export interface ReplyOptions {
  /**
   * Maximum number of requests handled concurrently; others are queued in the socket. Default: 100. On a Reply socket,
   * always 1.
   */
  concurrency?: number | undefined
  /** Stops receiving requests when it aborts. */
  signal?: AbortSignal | undefined
  /**
   * Called when the handler throws or rejects. Its result is the reply. Default: emits a process warning and sends no
   * reply, so that the client's request times out; a Reply socket sends an empty frame instead, because it has to reply.
   * If this function throws or rejects, the same happens.
   */
  onError?: ((error: unknown, request: Message[]) => ReplyLike | Promise<ReplyLike>) | undefined
}

/**
 * Replies to requests until the socket is closed or `signal` aborts. Resolves when all received requests have been
 * handled. On a Router, requests are handled concurrently; peers may be Request sockets, Dealer sockets with or without
 * an envelope, or Requesters.
 *
 * ```ts
 * const socket = new Router()
 * await socket.bind("tcp://127.0.0.1:5555")
 * await reply(socket, ([name]) => `Hello ${name}`)
 * ```
 * @throws TypeError (rejects) if `handler` is not a function; ZmqError EINVAL for an invalid `concurrency`.
 */
export async function reply(
  socket: Router | Reply,
  handler: RequestHandler,
  options: ReplyOptions = {},
): Promise<void> {
  const { signal, onError } = options
  if (typeof handler !== "function") throw new TypeError(`Invalid handler: expected a function, got ${typeof handler}`)
  checkSignal(signal)
  const inTurn = socket instanceof Reply
  const concurrency = inTurn ? 1 : (options.concurrency ?? 100)
  if (!(concurrency >= 1))
    throw zmqError("EINVAL", { message: `Invalid concurrency ${String(concurrency)}: expected at least 1` })
  let running = 0
  let settled: (() => void) | undefined
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      settled = resolve
    })

  const serve = async ({ envelope, body }: OpenedRequest): Promise<void> => {
    const answered = await attempt(handler, body, { peer: inTurn ? undefined : envelope[0] }, onError)
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
    // A Reply socket has to reply before it can receive the next request.
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

interface OpenedRequest {
  /** The frames to send before the reply. */
  readonly envelope: Message[]
  readonly body: Message[]
}

/** Receives the next message. Returns `undefined` if the socket is closed or `signal` has aborted. */
async function take(socket: Router | Reply, signal: AbortSignal | undefined): Promise<Message[] | undefined> {
  const isOver = (): boolean => signal?.aborted === true || socket.closed
  if (isOver()) return undefined
  try {
    return await socket.receive({ timeout: -1, signal })
  } catch (error) {
    if (isOver()) return undefined
    throw error
  }
}

/** Splits off the envelope, which ends with the first empty frame. Without one, the envelope is the peer's routing id. */
function open(message: Message[]): OpenedRequest {
  const delimiter = message.findIndex((frame, index) => index > 0 && frame.length === 0)
  const end = delimiter < 0 || delimiter === message.length - 1 ? 1 : delimiter + 1
  return { envelope: message.slice(0, end), body: message.slice(end) }
}

async function attempt(
  handler: RequestHandler,
  body: Message[],
  info: RequestInfo,
  onError: ReplyOptions["onError"],
): Promise<MessageLike | MessageLike[] | undefined> {
  try {
    return (await handler(body, info)) as MessageLike | MessageLike[] | undefined
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
