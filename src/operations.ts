import { RECEIVE, type Budget } from "./core/budget.js"
import { WaitingLine } from "./core/waiting-line.js"
import type { Envelope } from "./envelope.js"
import { zmqError, type ZmqErrorCode } from "./errors.js"
import { MissingFrameError, toMessage } from "./message.js"
import { receiveRefusal, sendRefusal } from "./patterns/pattern.js"
import type { SocketCore, SocketCoreOwner } from "./socket-core.js"
import { retain, sizeOf, type Message } from "./zmtp/bytes.js"

/** Most calls of `receive` that may wait at once; sends are bounded by the high-water mark. */
const MAX_WAITING_RECEIVES = 1000

/** Most messages that `receiveMany` gives unless told otherwise. */
export const DEFAULT_BATCH = 1000

const SETTLED = Promise.resolve()
const END = Object.freeze({ done: true }) as IteratorReturnResult<undefined>

/** For one call of `send` or `receive`. */
export interface WaitOptions {
  /** Ends the wait with its reason. What is already queued stays queued. */
  signal?: AbortSignal | undefined
  /** How long to wait, in ms, instead of `sendTimeout` or `receiveTimeout`; -1 means without limit. */
  timeout?: number | undefined
}

/** Messages that wait to be sent, in order. */
interface Batch {
  readonly messages: readonly Message[]
  /** Index of the first that is not sent. */
  next: number
}

/** The promise face of a socket: what is sent and received, and who waits for it. Outlives a `Socket` that nobody holds. */
export class Operations implements SocketCoreOwner {
  readonly #budget: Budget
  readonly #sends: WaitingLine<Batch, true>
  readonly #receives: WaitingLine<undefined, Message>
  readonly #seal: Envelope["seal"]
  readonly #open: Envelope["open"]
  #abandoned = false

  constructor(private readonly core: SocketCore) {
    const { seal, open } = core.envelope ?? {}
    this.#seal = seal
    this.#open = open
    this.#budget = core.runtime.budget
    this.#sends = new WaitingLine(core.runtime)
    this.#receives = new WaitingLine(core.runtime)
  }

  send(message: unknown, options: WaitOptions | undefined): Promise<void> {
    let frames: Message
    try {
      frames = this.#admit(message, options)
    } catch (error) {
      return asRejection(error)
    }
    if (frames.length === 0) return SETTLED
    const abortion = options && alreadyAborted(options)
    if (abortion !== undefined) return abortion
    if (this.#sends.length === 0) {
      try {
        if (this.core.send(frames)) return this.#budget.spend(sizeOf(frames)) ?? SETTLED
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return this.#waitToSend({ messages: [retain(frames)], next: 0 }, options)
  }

  sendMany(messages: Iterable<unknown>, options: WaitOptions | undefined): Promise<void> {
    this.check()
    const all: Message[] = []
    let size = 0
    try {
      for (const message of messages) {
        const frames = this.#toFrames(message, options)
        if (frames.length === 0) continue
        all.push(frames)
        size += sizeOf(frames)
      }
    } catch (error) {
      return asRejection(error)
    }
    if (all.length === 0) return SETTLED
    const abortion = options && alreadyAborted(options)
    if (abortion !== undefined) return abortion
    const batch: Batch = { messages: all, next: 0 }
    if (this.#sends.length === 0) {
      try {
        if (this.#sendBatch(batch)) return this.#budget.spend(size, all.length) ?? SETTLED
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return this.#waitToSend({ messages: all.slice(batch.next).map(retain), next: 0 }, options)
  }

  trySend(message: unknown, options: unknown): boolean {
    const frames = this.#admit(message, options)
    return frames.length === 0 || (this.#sends.length === 0 && this.core.send(frames))
  }

  /** The frames of what the application gave. @throws TypeError, ZmqError EBADF, EBUSY */
  #admit(message: unknown, options: unknown): Message {
    if (message === undefined) throw new TypeError("Message must be present")
    this.check()
    return this.#toFrames(message, options)
  }

  #toFrames(message: unknown, options: unknown): Message {
    return this.#seal === undefined ? toMessage(message) : this.#seal(message, options)
  }

  #waitToSend(batch: Batch, options: WaitOptions | undefined): Promise<void> {
    const { sendTimeout, sendHighWaterMark } = this.core.settings
    const timeout = options?.timeout ?? sendTimeout
    if (timeout === 0) return Promise.reject(this.#sendRefusal(batch))
    if (sendHighWaterMark > 0 && this.#sends.length >= sendHighWaterMark) {
      throw zmqError("EBUSY", { message: "Socket is busy writing; too many send operations are waiting" })
    }
    const patience = { timeout, signal: options?.signal }
    return this.#sends.join(batch, patience, (waiting) =>
      this.#sendRefusal(waiting),
    ) as Promise<unknown> as Promise<void>
  }

  #sendRefusal({ messages, next }: Batch): Error {
    return zmqError(sendRefusal(this.core.pattern, messages[next]!))
  }

  /** True when the whole batch is sent. */
  #sendBatch(batch: Batch): boolean {
    const { core } = this
    while (batch.next < batch.messages.length) {
      if (!core.send(batch.messages[batch.next]!)) return false
      batch.next++
    }
    return true
  }

  receive(options?: WaitOptions): Promise<Message> {
    this.check()
    const abortion = options && alreadyAborted(options)
    if (abortion !== undefined) return abortion
    if (this.#receives.length === 0) {
      const message = this.core.receive()
      if (message !== undefined) {
        const turn = this.#budget.spend(sizeOf(message), RECEIVE)
        const opened = this.#opened(message)
        return turn === undefined ? Promise.resolve(opened) : turn.then(() => opened)
      }
    }
    const timeout = options?.timeout ?? this.core.settings.receiveTimeout
    if (timeout === 0) return Promise.reject(this.#receiveRefusal())
    if (this.#receives.length >= MAX_WAITING_RECEIVES) {
      throw zmqError("EBUSY", { message: "Socket is busy reading; too many receive operations are waiting" })
    }
    const patience = { timeout, signal: options?.signal }
    return this.#receives.join(undefined, patience, () => this.#receiveRefusal())
  }

  #receiveRefusal(): Error {
    return zmqError(receiveRefusal(this.core.pattern))
  }

  async receiveMany(max = DEFAULT_BATCH, options?: WaitOptions): Promise<Message[]> {
    if (!(max >= 1)) throw zmqError("EINVAL", { message: "A batch has at least one message" })
    const batch = [await this.receive(options)]
    let size = 0
    while (batch.length < max && this.#receives.length === 0) {
      const message = this.core.receive()
      if (message === undefined) break
      batch.push(this.#opened(message))
      size += sizeOf(message)
    }
    await this.#budget.spend(size, batch.length)
    return batch
  }

  tryReceive(): Message | undefined {
    this.check()
    return this.#receives.length === 0 ? this.#take() : undefined
  }

  #take(): Message | undefined {
    const message = this.core.receive()
    return message === undefined ? undefined : this.#opened(message)
  }

  /** `message` as the application gets it. */
  #opened(message: Message): Message {
    return this.#open === undefined ? message : (this.#open(message) as Message)
  }

  /** What an iterator gives. Settles at once as long as there are messages: no promise but the one returned. */
  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.core.closed) return Promise.resolve(END)
    if (this.#receives.length === 0 && !this.core.binding) {
      const message = this.core.receive()
      if (message !== undefined) {
        const turn = this.#budget.spend(sizeOf(message), RECEIVE)
        const result: IteratorResult<Message, undefined> = { value: this.#opened(message), done: false }
        return turn === undefined ? Promise.resolve(result) : turn.then(() => result)
      }
    }
    return this.#wait()
  }

  #wait(): Promise<IteratorResult<Message, undefined>> {
    try {
      return this.#orEnd(this.receive())
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** The same in batches. */
  nextBatch(max?: number): Promise<IteratorResult<Message[], undefined>> {
    return this.core.closed ? Promise.resolve(END) : this.#orEnd(this.receiveMany(max))
  }

  /** Whoever iterates has waited in vain: that is the end once the socket is closed. */
  #orEnd<T>(received: Promise<T>): Promise<IteratorResult<T, undefined>> {
    return received.then(toResult, (error: unknown) => {
      if (!this.core.closed || (error as { code?: ZmqErrorCode }).code !== "EAGAIN") throw error
      return END
    })
  }

  /** @throws ZmqError EBADF, EBUSY */
  check(): void {
    if (this.core.closed) throw zmqError("EBADF")
    if (this.core.binding) throw zmqError("EBUSY", { message: "Socket is blocked by a bind or unbind operation" })
  }

  /** Everybody who waits learns that the socket is closed. */
  dismiss(): void {
    this.#sends.dismiss((batch) => this.#sendRefusal(batch))
    this.#receives.dismiss(() => this.#receiveRefusal())
  }

  /** Nobody holds the socket any more: closes it once nobody waits. */
  abandon(): void {
    this.#abandoned = true
    if (this.#sends.length === 0 && this.#receives.length === 0) this.core.close()
  }

  // SocketCoreOwner

  sendable(): void {
    if (this.#sends.length === 0) return
    this.#sends.serve((batch) => (this.#sendBatch(batch) ? true : undefined))
    if (this.#abandoned) this.abandon()
  }

  receivable(): void {
    if (this.#receives.length === 0) return
    this.#receives.serve(() => this.#take())
    if (this.#abandoned) this.abandon()
  }
}

/** What zeromq.js throws synchronously is thrown likewise; what only this library refuses is a rejection. */
function asRejection(error: unknown): Promise<never> {
  if (error instanceof MissingFrameError) return Promise.reject(error)
  throw error
}

function toResult<T>(value: T): IteratorYieldResult<T> {
  return { value, done: false }
}

/** @throws TypeError when `options` are none. */
function alreadyAborted(options: WaitOptions): Promise<never> | undefined {
  if (typeof options !== "object" || (options as unknown) === null) throw new TypeError("Options must be an object")
  const { signal } = options
  return signal?.aborted === true ? Promise.reject(signal.reason as Error) : undefined
}
