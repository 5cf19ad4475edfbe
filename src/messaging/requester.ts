// Messaging: application features built on the public methods of sockets.

import { onAbort } from "../core/abort.js"
import type { Timer } from "../core/runtime/clock.js"
import { LinkedList, type Linked } from "../core/linked-list.js"
import { kindOf, zmqError } from "../core/errors.js"
import type { Pipe } from "../core/pipe/pipe.js"
import type { RequestTracker } from "../core/pipe/request-tracker.js"
import { toMessage, type MessageLike } from "../sockets/message.js"
import type { SocketCore, SocketCoreOwner } from "../sockets/socket-core.js"
import { coreOf } from "../sockets/socket.js"
import type { Message } from "../sockets/message.js"
import type { SocketOptions } from "../sockets/socket-methods.js"
import { Dealer } from "../sockets/standard-sockets.js"
import { checkSignal, checkTimeout } from "../sockets/wait-options.js"
import { EMPTY, retain, type Frame } from "../zmtp/bytes.js"
import { isSameId, RequestIds, sequenceOf } from "./request-ids.js"

/** Default time until a request is sent again, in ms. */
const DEFAULT_TIMEOUT = 2500
const DEFAULT_RETRIES = 2

const DEFAULT_CONCURRENCY = 1000

/** Default maximum number of queued requests. */
const DEFAULT_MAX_QUEUED = 100_000

/** Options of one request. */
export interface RequestOptions {
  /**
   * Time limit for each attempt, in ms, including the time spent waiting for a connection; -1 means no limit. Default:
   * 2,500.
   */
  timeout?: number | undefined
  /** Maximum number of retries after the first attempt times out. Default: 2. */
  retries?: number | undefined
  /** Cancels the request, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** Options of a `Requester`, which include all options of its Dealer. */
export interface RequesterOptions extends SocketOptions<Dealer> {
  /** Time limit for each attempt, in ms; -1 means no limit. Default: 2,500. */
  timeout?: number | undefined
  /** Maximum number of retries after the first attempt times out. Default: 2. */
  retries?: number | undefined
  /** Maximum number of requests in flight; others are queued. Default: 1,000. Without `correlate`, always 1. */
  concurrency?: number | undefined
  /** Maximum number of queued requests; further ones reject with EBUSY. Default: 100,000. Infinity means no limit. */
  maxQueued?: number | undefined
  /**
   * Whether to add an id to each request, so that many requests can be in flight and late replies are recognized. Reply
   * sockets return the id automatically, as does any server that returns the whole envelope. Default: true. Use false
   * for a Router that expects requests as `[id, empty, body]`.
   */
  correlate?: boolean | undefined
}

/** One request: queued, then unsent, then sent. When an attempt times out, it becomes unsent again. */
interface Call extends Linked<Call>, RequestTracker {
  /**
   * Sequence number, assigned when the request leaves the queue. It is the key in `#open` and part of the id that is
   * sent.
   */
  id: number
  frame: Frame
  /** The `destination` of each pipe that the request was sent to, in any attempt. Only these peers may reply. */
  readonly destinations: object[]
  readonly body: Frame[]
  readonly timeout: number
  /** Prevents garbage collection of the socket while the request is waiting. */
  readonly requester: Requester
  retries: number
  attempts: number
  timer: Timer | undefined
  readonly settle: (outcome: Message[] | Error) => void
}

/**
 * Sends requests and retries them automatically until a reply arrives: the client of the Lazy Pirate pattern. Requests
 * are numbered and run concurrently. Connections are re-established automatically, and each attempt goes to the next
 * connected server. A server may receive the same request more than once.
 */
export class Requester {
  readonly #calls: Calls
  readonly #open: () => Dealer
  #dealer: Dealer

  /** @param endpoints Endpoints of the servers. Each attempt goes to the next connected one. */
  constructor(endpoints: string | readonly string[], options: RequesterOptions = {}) {
    const { timeout, retries, correlate = true, ...others } = options
    const { concurrency = DEFAULT_CONCURRENCY, maxQueued = DEFAULT_MAX_QUEUED, ...rest } = others
    checkTimeout(timeout)
    checkCount("retries", retries, 0)
    checkCount("concurrency", concurrency, 1)
    checkCount("maxQueued", maxQueued, 0)
    this.#calls = new Calls({ timeout, retries, correlate, concurrency: correlate ? concurrency : 1, maxQueued })
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

  /** The socket that sends the requests, for its events and stats. Without `correlate`, each timeout replaces it. */
  get socket(): Dealer {
    return this.#dealer
  }

  /** Number of requests that are waiting for a reply, including queued ones. */
  get pending(): number {
    return this.#calls.pending
  }

  /** Whether the requester is closed. */
  get closed(): boolean {
    return this.#dealer.closed
  }

  /**
   * Sends a request, and resolves to its reply, one element per frame. Do not modify frames of more than 128 bytes
   * until then.
   * @throws ZmqError (rejects) ETIMEDOUT after the last attempt, EBADF if the requester is closed, EBUSY if `maxQueued`
   * requests are already queued; the signal's reason; TypeError or EINVAL for an invalid message or option.
   */
  request(message: MessageLike | MessageLike[], options: RequestOptions = {}): Promise<Message[]> {
    return new Promise((resolve, reject) => {
      const { signal, timeout, retries } = options
      checkSignal(signal)
      checkTimeout(timeout)
      checkCount("retries", retries, 0)
      const body = retain(toMessage(message))
      if (body.length === 0) throw new TypeError("A request must have at least one frame")
      // Reading the message and the options can run application code that closes the requester.
      if (this.closed) throw closedError()
      this.#calls.checkRoom()
      let stopListening: (() => void) | undefined
      const call = this.#calls.make(this, body, { timeout, retries }, (outcome) => {
        stopListening?.()
        if (Array.isArray(outcome)) resolve(outcome)
        else reject(outcome)
      })
      if (signal !== undefined) {
        stopListening = onAbort(signal, () => {
          this.#calls.end(call, signal.reason as Error)
        })
        if (signal.aborted) {
          stopListening()
          throw signal.reason
        }
      }
      this.#calls.begin(call)
    })
  }

  /** Closes the requester immediately. Waiting requests reject with EBADF. */
  close(): void {
    this.#dealer.close()
    this.#calls.endAll()
  }

  /** Closes the requester at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Replaces the socket, so that replies to earlier requests are ignored. */
  reopen(): void {
    if (this.closed) return
    this.#dealer.close()
    this.#dealer = this.#open()
  }
}

interface CallsOptions extends Pick<RequesterOptions, "timeout" | "retries"> {
  readonly correlate: boolean
  readonly concurrency: number
  readonly maxQueued: number
}

/** The pending requests of one requester. References the socket only while a request is pending. */
class Calls implements SocketCoreOwner {
  #core!: SocketCore
  readonly #options: CallsOptions
  /** Requests that are not in flight, because `concurrency` is reached. */
  readonly #queue = new LinkedList<Call>()
  /** Requests in flight, by `id`. */
  readonly #open = new Map<number, Call>()
  /** Requests in flight that are waiting for a connection. */
  readonly #unsent = new LinkedList<Call>()
  readonly #ids = new RequestIds()
  #lastId = 0

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

  /** @throws ZmqError EBUSY if the queue is full. */
  checkRoom(): void {
    const { concurrency, maxQueued } = this.#options
    if (this.#open.size < concurrency || this.#queue.length < maxQueued) return
    throw zmqError("EBUSY", { message: `Requester is busy: maxQueued (${maxQueued}) requests are waiting` })
  }

  make(requester: Requester, body: Frame[], options: RequestOptions, settle: Call["settle"]): Call {
    return {
      id: 0,
      frame: EMPTY,
      destinations: [],
      sentTo: undefined,
      body,
      timeout: options.timeout ?? this.#options.timeout ?? DEFAULT_TIMEOUT,
      requester,
      retries: options.retries ?? this.#options.retries ?? DEFAULT_RETRIES,
      attempts: 0,
      timer: undefined,
      settle,
      list: undefined,
      previous: undefined,
      next: undefined,
    }
  }

  begin(call: Call): void {
    this.#core.runtime.keepAlive.hold()
    this.#queue.push(call)
    this.#startQueued()
  }

  end(call: Call, outcome: Message[] | Error): void {
    const queued = this.#queue.remove(call)
    if (!queued && this.#open.get(call.id) !== call) return
    if (!queued) this.#open.delete(call.id)
    const sent = !queued && !this.#unsent.remove(call)
    call.timer?.cancel()
    this.#core.runtime.keepAlive.release()
    if (sent && !this.#options.correlate && !Array.isArray(outcome)) call.requester.reopen()
    call.settle(outcome)
    this.#startQueued()
  }

  endAll(): void {
    for (const call of [...this.#queue, ...this.#open.values()]) this.end(call, closedError())
  }

  // SocketCoreOwner

  get waiting(): number {
    return this.#unsent.length
  }

  sendable(): void {
    for (let call = this.#unsent.shift(); call !== undefined; call = this.#unsent.shift()) {
      const envelope = this.#options.correlate ? [call.frame, EMPTY] : [EMPTY]
      const taken = this.#core.sendRequest([...envelope, ...call.body], call)
      const destination = call.sentTo?.destination
      call.sentTo = undefined
      if (taken) {
        if (destination !== undefined && !call.destinations.includes(destination)) call.destinations.push(destination)
        continue
      }
      // A subscriber of a diagnostics channel may have settled it.
      if (this.#open.get(call.id) === call) this.#unsent.unshift(call)
      return
    }
  }

  receivable(): void {
    for (let reply = this.#core.receiveFrom(); reply !== undefined; reply = this.#core.receiveFrom()) {
      const { message, sender } = reply
      const call = this.#callOf(message)
      if (call === undefined || !wasSent(call, sender)) this.#core.dropped(message)
      else this.end(call, message.slice(this.#options.correlate ? 2 : 1) as Message[])
    }
  }

  /** The request that `reply` belongs to; `undefined` if there is none. */
  #callOf(reply: Frame[]): Call | undefined {
    if (this.#options.correlate) {
      if (reply.length < 3 || reply[1]!.length > 0) return undefined
      const call = this.#open.get(sequenceOf(reply[0]!))
      return call !== undefined && isSameId(call.frame, reply[0]!) ? call : undefined
    }
    const [call] = this.#open.values()
    return reply.length > 1 && reply[0]!.length === 0 ? call : undefined
  }

  #startQueued(): void {
    while (this.#open.size < this.#options.concurrency) {
      const call = this.#queue.shift()
      if (call === undefined) return
      call.id = this.#nextId()
      call.frame = this.#ids.encode(call.id)
      this.#open.set(call.id, call)
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
    if (call.list !== this.#unsent) this.#unsent.push(call)
    this.sendable()
  }

  #expire(call: Call): void {
    if (call.retries <= 0) {
      const { attempts, timeout } = call
      const message = `No reply within ${timeout} ms${attempts > 1 ? `, in ${attempts} attempts` : ""}`
      this.end(call, zmqError("ETIMEDOUT", { message }))
      return
    }
    call.retries--
    // Without ids, a late reply would be mistaken for the reply to the next request.
    if (!this.#options.correlate && call.list !== this.#unsent) call.requester.reopen()
    // A subscriber of a diagnostics channel may have closed the requester.
    if (this.#open.get(call.id) === call) this.#attempt(call)
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId + 1) >>> 0
    while (this.#open.has(this.#lastId))
    return this.#lastId
  }
}

/** Whether `call` was sent over `pipe` or over an earlier pipe to the same destination, or is being sent over it. */
function wasSent(call: Call, pipe: Pipe | undefined): boolean {
  return pipe !== undefined && (call.sentTo === pipe || call.destinations.includes(pipe.destination))
}

/** @throws TypeError if `count` is not a number; ZmqError EINVAL if it is less than `least`. */
function checkCount(name: string, count: unknown, least: number): void {
  if (count === undefined) return
  if (typeof count !== "number") throw new TypeError(`Invalid ${name}: expected a number, got ${kindOf(count)}`)
  if (count >= least) return
  throw zmqError("EINVAL", { message: `Invalid ${name} ${count}: expected at least ${least}` })
}

function closedError(): Error {
  return zmqError("EBADF", { message: "Requester is closed" })
}
