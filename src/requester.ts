import type { Timer } from "./core/clock.js"
import { zmqError } from "./errors.js"
import { toMessage, type MessageLike } from "./message.js"
import type { SocketCore, SocketCoreOwner } from "./socket-core.js"
import { coreOf } from "./socket.js"
import { Dealer, type Message, type SocketOptions } from "./sockets.js"
import { allocate, binaryKey, EMPTY, retain, type Frame } from "./zmtp/bytes.js"

/** Until a request is sent again, in ms, unless told otherwise. */
const DEFAULT_TIMEOUT = 2500
const DEFAULT_RETRIES = 2

export interface RequestOptions {
  /** How long one attempt may take, in ms, waiting for a connection included; -1 means without limit. Default 2,500. */
  timeout?: number | undefined
  /** How often to ask again after an attempt that took too long. Default 2. */
  retries?: number | undefined
  /** Gives the request up, with the signal's reason. */
  signal?: AbortSignal | undefined
}

export interface RequesterOptions extends SocketOptions<Dealer> {
  /** For requests that do not say otherwise. */
  timeout?: number | undefined
  retries?: number | undefined
  /** Most requests under way at once; others wait for their turn. Default 1,000; always 1 without `correlate`. */
  concurrency?: number | undefined
  /**
   * Number the requests, so that many can be under way and late replies are told apart. Reply sockets give the number
   * back by themselves, as does whoever keeps the whole envelope. Default true; false for a Router that expects its
   * requests as `[id, empty, body]`.
   */
  correlate?: boolean | undefined
}

/** One request. */
interface Call {
  readonly id: Frame
  readonly body: Frame[]
  readonly timeout: number
  /** Keeps the socket from being collected while somebody waits. */
  readonly requester: Requester
  retries: number
  attempts: number
  timer: Timer | undefined
  readonly settle: (outcome: Message[] | Error) => void
}

/**
 * Asks, and asks again until there is a reply: the client of the Lazy Pirate pattern. Requests are numbered and run side
 * by side; connections come back by themselves, and an attempt goes only to a server that is connected, the next one in
 * turn. A server may see a request more than once.
 */
export class Requester {
  readonly #calls: Calls
  readonly #open: () => Dealer
  #dealer: Dealer

  /** @param endpoints Where the servers are; each attempt goes to the next of those connected. */
  constructor(endpoints: string | readonly string[], options: RequesterOptions = {}) {
    const { timeout, retries, concurrency = 1000, correlate = true, ...rest } = options
    if (!(concurrency >= 1)) throw zmqError("EINVAL", { message: "At least one request must be allowed" })
    this.#calls = new Calls({ timeout, retries, correlate, concurrency: correlate ? concurrency : 1 })
    this.#open = () => {
      const dealer = new Dealer({ immediate: true, linger: 0, ...rest })
      try {
        for (const endpoint of typeof endpoints === "string" ? [endpoints] : endpoints) dealer.connect(endpoint)
      } catch (error) {
        dealer.close()
        throw error
      }
      this.#calls.useCore(coreOf(dealer))
      return dealer
    }
    this.#dealer = this.#open()
  }

  /** The socket that asks, for its events and stats. Without `correlate` it is another one after each timeout. */
  get socket(): Dealer {
    return this.#dealer
  }

  /** Requests that wait for their replies. */
  get pending(): number {
    return this.#calls.pending
  }

  get closed(): boolean {
    return this.#dealer.closed
  }

  /**
   * Sends a request and resolves to its reply, one element per frame. Leave frames of more than 128 bytes alone until
   * then.
   * @throws ZmqError (rejects) ETIMEDOUT after the last attempt, EBADF when the requester closes; the signal's reason.
   */
  request(message: MessageLike | MessageLike[], options: RequestOptions = {}): Promise<Message[]> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw closedError()
      const { signal } = options
      signal?.throwIfAborted()
      const body = retain(toMessage(message))
      if (body.length === 0) throw new TypeError("A request has at least one frame")
      const aborted = (): void => {
        this.#calls.end(call, signal!.reason as Error)
      }
      const call = this.#calls.begin(this, body, options, (outcome) => {
        signal?.removeEventListener("abort", aborted)
        if (Array.isArray(outcome)) resolve(outcome)
        else reject(outcome)
      })
      signal?.addEventListener("abort", aborted, { once: true })
    })
  }

  /** Ends at once; requests that wait reject with EBADF. */
  close(): void {
    this.#dealer.close()
    this.#calls.endAll()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** Nothing that was asked before can be answered any more. */
  reopen(): void {
    if (this.closed) return
    this.#dealer.close()
    this.#dealer = this.#open()
  }
}

interface CallsOptions extends Pick<RequesterOptions, "timeout" | "retries"> {
  readonly correlate: boolean
  readonly concurrency: number
}

/** The requests of one requester, from queue to reply. Leads to the socket only while there are any. */
class Calls implements SocketCoreOwner {
  #core!: SocketCore
  readonly #options: CallsOptions
  /** Those that others are before. */
  readonly #queue: Call[] = []
  /** Those under way, by their number. */
  readonly #open = new Map<string, Call>()
  /** Those of them that wait for a connection. */
  readonly #unsent: Call[] = []
  #lastId = Math.floor(Math.random() * 0x1_0000_0000)

  constructor(options: CallsOptions) {
    this.#options = options
  }

  get pending(): number {
    return this.#queue.length + this.#open.size
  }

  useCore(core: SocketCore): void {
    this.#core = core
    core.owner = this
  }

  begin(requester: Requester, body: Frame[], options: RequestOptions, settle: Call["settle"]): Call {
    const call: Call = {
      id: this.#nextId(),
      body,
      timeout: options.timeout ?? this.#options.timeout ?? DEFAULT_TIMEOUT,
      requester,
      retries: options.retries ?? this.#options.retries ?? DEFAULT_RETRIES,
      attempts: 0,
      timer: undefined,
      settle,
    }
    this.#core.runtime.keepAlive.hold()
    this.#queue.push(call)
    this.#admit()
    return call
  }

  end(call: Call, outcome: Message[] | Error): void {
    const queued = remove(this.#queue, call)
    if (!queued && !this.#open.delete(binaryKey(call.id))) return
    const sent = !queued && !remove(this.#unsent, call)
    call.timer?.cancel()
    this.#core.runtime.keepAlive.release()
    if (sent && !this.#options.correlate && !Array.isArray(outcome)) call.requester.reopen()
    call.settle(outcome)
    this.#admit()
  }

  endAll(): void {
    for (const call of [...this.#queue, ...this.#open.values()]) this.end(call, closedError())
  }

  // SocketCoreOwner

  sendable(): void {
    for (let call = this.#unsent.shift(); call !== undefined; call = this.#unsent.shift()) {
      const envelope = this.#options.correlate ? [call.id, EMPTY] : [EMPTY]
      if (this.#core.send([...envelope, ...call.body])) continue
      this.#unsent.unshift(call)
      return
    }
  }

  receivable(): void {
    for (let reply = this.#core.receive(); reply !== undefined; reply = this.#core.receive()) {
      const call = this.#callOf(reply)
      if (call === undefined) this.#core.dropped(reply)
      else this.end(call, reply.slice(this.#options.correlate ? 2 : 1) as Message[])
    }
  }

  /** Whose reply it is; `undefined` when nobody waits for it. */
  #callOf(reply: Frame[]): Call | undefined {
    if (this.#options.correlate) {
      return reply.length > 2 && reply[1]!.length === 0 ? this.#open.get(binaryKey(reply[0]!)) : undefined
    }
    const [call] = this.#open.values()
    const asked = call !== undefined && !this.#unsent.includes(call)
    return asked && reply.length > 1 && reply[0]!.length === 0 ? call : undefined
  }

  #admit(): void {
    while (this.#open.size < this.#options.concurrency) {
      const call = this.#queue.shift()
      if (call === undefined) return
      this.#open.set(binaryKey(call.id), call)
      this.#attempt(call)
    }
  }

  #attempt(call: Call): void {
    call.attempts++
    if (call.timeout >= 0) {
      call.timer = this.#core.runtime.clock.after(call.timeout, () => {
        this.#expire(call)
      })
    }
    if (!this.#unsent.includes(call)) this.#unsent.push(call)
    this.sendable()
  }

  #expire(call: Call): void {
    if (call.retries <= 0) {
      const { attempts, timeout } = call
      const message = `No reply within ${timeout} ms${attempts > 1 ? `, asked ${attempts} times` : ""}`
      this.end(call, zmqError("ETIMEDOUT", { message }))
      return
    }
    call.retries--
    // Without numbers a late reply would be taken for that to the next request.
    if (!this.#options.correlate && !this.#unsent.includes(call)) call.requester.reopen()
    this.#attempt(call)
  }

  #nextId(): Frame {
    const id = allocate(4)
    this.#lastId = (this.#lastId + 1) >>> 0
    for (let index = 0; index < 4; index++) id[index] = this.#lastId >>> (8 * index)
    return id
  }
}

function remove<T>(list: T[], item: T): boolean {
  const index = list.indexOf(item)
  if (index >= 0) list.splice(index, 1)
  return index >= 0
}

function closedError(): Error {
  return zmqError("EBADF", { message: "Requester is closed" })
}
