import { RECEIVE, type Budget } from "../core/runtime/budget.js"
import { kindOf, zmqError, type ZmqErrorCode } from "../core/errors.js"
import { receiveRefusal, sendRefusal } from "../patterns/pattern.js"
import { isBytes, retain, sizeOf, type Multipart } from "../zmtp/bytes.js"
import type { Envelope } from "./envelope.js"
import { MissingFrameError, toMessage } from "./message.js"
import { PeerWaits, type PeersReadyOptions } from "./peer-waits.js"
import type { SocketCore, SocketCoreOwner } from "./socket-core.js"
import { DEFAULT_WAIT, readWaitOptions, type WaitOptions } from "./wait-options.js"
import { WaitQueue } from "./wait-queue.js"

/** Maximum number of pending `receive` calls. Pending sends are limited by the high-water mark. */
const MAX_WAITING_RECEIVES = 1000

/** Default maximum number of messages that `receiveMany` returns. */
export const DEFAULT_BATCH = 1000

const SETTLED = Promise.resolve()
/** The result of an iterator that has ended. */
export const END = Object.freeze({ done: true }) as IteratorReturnResult<undefined>

/** Rejection of a receive whose `for await` loop has ended. */
export const LEFT = new Error("The loop has ended")

/** Messages that are waiting to be sent, in order. */
interface Batch {
  readonly messages: readonly Multipart[]
  /** Index of the first unsent message. */
  next: number
}

/** The promises of a socket: pending sends and receives. It outlives a `Socket` that is garbage-collected. */
export class Operations implements SocketCoreOwner {
  readonly #budget: Budget
  readonly #sends: WaitQueue<Batch, true>
  readonly #receives: WaitQueue<undefined, Multipart>
  readonly #peerWaits: PeerWaits
  readonly #seal: Envelope["seal"]
  readonly #open: Envelope["open"]
  /**
   * Attempts for waiting calls; created once, because `receivable` is called for each message that a call waits for.
   */
  readonly #trySend = (batch: Batch): true | undefined => (this.#sendBatch(batch) ? true : undefined)
  readonly #tryTake = (): Multipart | undefined => this.#take()
  #abandoned = false

  constructor(private readonly core: SocketCore) {
    const { seal, open } = core.envelope ?? {}
    this.#seal = seal
    this.#open = open
    this.#peerWaits = new PeerWaits(core)
    this.#budget = core.runtime.budget
    this.#sends = new WaitQueue(core.runtime, (batch) => this.#sendRefusal(batch))
    this.#receives = new WaitQueue(core.runtime, () => this.#receiveRefusal())
  }

  send(message: unknown, options: WaitOptions | undefined): Promise<void> {
    if (message === undefined) throw new TypeError("Message must be present")
    this.check()
    let wait = DEFAULT_WAIT
    if (options !== undefined) {
      const parsed = parseWait(options)
      if (parsed instanceof Promise) return parsed
      wait = parsed
    }
    let frames: Multipart
    try {
      frames = this.#toFrames(message, options)
    } catch (error) {
      return asRejection(error)
    }
    if (frames.length === 0) return SETTLED
    // Converting a Uint8Array without options runs no application code. Converting any other arguments may have closed
    // the socket or aborted the signal.
    if (options !== undefined || !(message instanceof Uint8Array)) {
      const refusal = this.#refusal(wait)
      if (refusal !== undefined) return refusal
    }
    if (this.#sends.length === 0) {
      try {
        if (this.core.send(frames)) return this.#budget.spend(sizeOf(frames)) ?? SETTLED
      } catch (error) {
        return this.#refuse(error)
      }
    }
    return this.#waitToSend({ messages: [retain(frames)], next: 0 }, wait)
  }

  sendMany(messages: Iterable<unknown>, options: WaitOptions | undefined): Promise<void> {
    this.check()
    const wait = options === undefined ? DEFAULT_WAIT : parseWait(options)
    if (wait instanceof Promise) return wait
    const all: Multipart[] = []
    let size = 0
    // A generator may reuse the memory of a message for the next one.
    const given = Array.isArray(messages)
    try {
      for (const message of messages) {
        const frames = this.#toFrames(message, options)
        if (frames.length === 0) continue
        all.push(given ? frames : retain(frames))
        size += sizeOf(frames)
      }
    } catch (error) {
      return asRejection(error)
    }
    if (all.length === 0) return SETTLED
    const refusal = this.#refusal(wait)
    if (refusal !== undefined) return refusal
    const batch: Batch = { messages: all, next: 0 }
    if (this.#sends.length === 0) {
      try {
        if (this.#sendBatch(batch)) return this.#budget.spend(size, all.length) ?? SETTLED
      } catch (error) {
        return this.#refuse(error)
      }
    }
    return this.#waitToSend({ messages: all.slice(batch.next).map(retain), next: 0 }, wait)
  }

  trySend(message: unknown, options: unknown): boolean {
    if (message === undefined) throw new TypeError("Message must be present")
    this.check()
    if (this.core.pattern.send === undefined) throw this.#unsupported("send")
    const frames = this.#toFrames(message, options)
    this.check()
    return frames.length === 0 || (this.#sends.length === 0 && this.core.send(frames))
  }

  /**
   * Converts the arguments of `send` to frames. This runs application code: getters and `toString`. @throws TypeError,
   * ZmqError EINVAL
   */
  #toFrames(message: unknown, options: unknown): Multipart {
    return this.#seal === undefined ? toMessage(message) : this.#seal(message, options)
  }

  /** Checks whether a call can continue after application code has run, and rejects it otherwise. */
  #refusal({ signal }: WaitOptions): Promise<never> | undefined {
    const { core } = this
    if (core.closed || core.occupant === "proxy") return Promise.reject(this.#unusable())
    return signal?.aborted === true ? this.#refuse(signal.reason) : undefined
  }

  #waitToSend(batch: Batch, { timeout, signal }: WaitOptions): Promise<void> {
    const { sendTimeout, sendHighWaterMark } = this.core.settings
    if (this.core.pattern.send === undefined) return this.#refuse(this.#unsupported("send"))
    const limit = timeout ?? sendTimeout
    // Subscribers of diagnostics channels may have closed the socket.
    if (limit === 0 || this.core.closed) return this.#refuse(this.#sendRefusal(batch))
    if (sendHighWaterMark > 0 && this.#sends.length >= sendHighWaterMark) {
      throw zmqError("EBUSY", { message: "Socket is busy writing; too many send operations are waiting" })
    }
    return this.#sends.join(batch, { timeout: limit, signal }) as Promise<unknown> as Promise<void>
  }

  #sendRefusal({ messages, next }: Batch): Error {
    return zmqError(sendRefusal(this.core.pattern, messages[next]!))
  }

  /** Returns whether the whole batch is sent. */
  #sendBatch(batch: Batch): boolean {
    const { core } = this
    while (batch.next < batch.messages.length) {
      if (core.closed || !core.send(batch.messages[batch.next]!)) return false
      batch.next++
    }
    return true
  }

  /** @param owner Owner of the wait, for `leave`. */
  receive(options?: WaitOptions, owner?: object): Promise<Multipart> {
    const wait = options === undefined ? DEFAULT_WAIT : parseWait(options)
    if (wait instanceof Promise) return wait
    this.check()
    const { signal } = wait
    if (signal?.aborted === true) return this.#refuse(signal.reason)
    if (this.#receives.length === 0) {
      const message = this.core.receive()
      if (message !== undefined) {
        const turn = this.#budget.spend(sizeOf(message), RECEIVE)
        const opened = this.#opened(message)
        return turn === undefined ? Promise.resolve(opened) : turn.then(() => opened)
      }
    }
    if (this.core.pattern.receive === undefined) return this.#refuse(this.#unsupported("receive"))
    const timeout = wait.timeout ?? this.core.settings.receiveTimeout
    // Subscribers of diagnostics channels may have closed the socket.
    if (timeout === 0 || this.core.closed) return this.#refuse(this.#receiveRefusal())
    if (this.#receives.length >= MAX_WAITING_RECEIVES) {
      throw zmqError("EBUSY", { message: "Socket is busy reading; too many receive operations are waiting" })
    }
    return this.#receives.join(undefined, { timeout, signal }, owner)
  }

  #receiveRefusal(): Error {
    return zmqError(receiveRefusal(this.core.pattern))
  }

  async receiveMany(max = DEFAULT_BATCH, options?: WaitOptions, owner?: object): Promise<Multipart[]> {
    if (!(max >= 1)) throw zmqError("EINVAL", { message: `Invalid batch size ${max}: expected at least 1` })
    const batch = [await this.receive(options, owner)]
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

  tryReceive(): Multipart | undefined {
    this.check()
    if (this.core.pattern.receive === undefined) throw this.#unsupported("receive")
    return this.#receives.length === 0 ? this.#take() : undefined
  }

  /** Keeps the memory of `frames` for bodies that the socket's connections receive. */
  recycle(frames: readonly unknown[]): void {
    if (this.core.pattern.receive === undefined) throw this.#unsupported("receive")
    for (const frame of frames) {
      if (!isBytes(frame)) throw new TypeError(`Invalid frame: expected a Buffer or Uint8Array, got ${kindOf(frame)}`)
      if (!this.core.closed) this.core.settings.recycled?.add(frame)
    }
  }

  #take(): Multipart | undefined {
    const message = this.core.receive()
    return message === undefined ? undefined : this.#opened(message)
  }

  /** Converts `message` to the form that the application receives. */
  #opened(message: Multipart): Multipart {
    return this.#open === undefined ? message : (this.#open(message) as Multipart)
  }

  /**
   * Receives for an iterator. While messages are queued, it settles immediately and creates only the returned promise.
   * @param owner The loop, for `leave`.
   */
  next(owner: object): Promise<IteratorResult<Multipart, undefined>> {
    if (this.core.closed) return Promise.resolve(END)
    if (this.#receives.length === 0 && this.core.occupant !== "proxy") {
      const message = this.core.receive()
      if (message !== undefined) {
        const turn = this.#budget.spend(sizeOf(message), RECEIVE)
        const result: IteratorResult<Multipart, undefined> = { value: this.#opened(message), done: false }
        return turn === undefined ? Promise.resolve(result) : turn.then(() => result)
      }
    }
    return this.#wait(owner)
  }

  #wait(owner: object): Promise<IteratorResult<Multipart, undefined>> {
    try {
      return this.#orEnd(this.receive(undefined, owner))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Like `next`, in batches. */
  nextBatch(owner: object, max?: number): Promise<IteratorResult<Multipart[], undefined>> {
    return this.core.closed ? Promise.resolve(END) : this.#orEnd(this.receiveMany(max, undefined, owner))
  }

  /**
   * Converts the rejection of a pending receive to the end of the iteration if the loop was left or the socket was
   * closed.
   */
  #orEnd<T>(received: Promise<T>): Promise<IteratorResult<T, undefined>> {
    return received.then(toResult, (error: unknown) => {
      if (error === LEFT) return END
      if (!this.core.closed || (error as { code?: ZmqErrorCode }).code !== "EAGAIN") throw error
      return END
    })
  }

  /** Ends the loop of `owner`. Other receivers get the messages that it was waiting for. */
  leave(owner: object): Promise<IteratorReturnResult<undefined>> {
    this.#receives.withdraw(owner, LEFT)
    return Promise.resolve(END)
  }

  async peersReady(count: number, options: PeersReadyOptions): Promise<void> {
    if (this.core.closed) throw zmqError("EBADF")
    try {
      await this.#peerWaits.join(count, options)
    } finally {
      if (this.#abandoned) this.abandon()
    }
  }

  /** @throws ZmqError EBADF if the socket is closed, EBUSY while a proxy uses it. */
  check(): void {
    const { core } = this
    if (core.closed || core.occupant === "proxy") throw this.#unusable()
  }

  /**
   * @throws ZmqError EBADF if the socket is closed, EBUSY during a bind or unbind and while a proxy uses the socket.
   */
  checkIdle(): void {
    const { core } = this
    if (core.closed || core.occupant !== undefined) throw this.#unusable()
  }

  #unusable(): Error {
    const { closed, occupant } = this.core
    if (closed) return zmqError("EBADF")
    const cause = occupant === "proxy" ? new Error("A proxy is running on this socket") : undefined
    return zmqError("EBUSY", { message: "Socket is blocked by a bind or unbind operation", cause })
  }

  /** The error of a call that the socket type does not support. */
  #unsupported(direction: "send" | "receive"): Error {
    return zmqError("ENOTSUP", { cause: new Error(`Socket type ${this.core.typeName} cannot ${direction} messages`) })
  }

  /** Rejects all pending calls, because the socket is closed. */
  dismiss(): void {
    this.#sends.dismiss((batch) => this.#sendRefusal(batch))
    this.#receives.dismiss(() => this.#receiveRefusal())
    this.#peerWaits.dismiss()
  }

  /** Called when the socket was garbage-collected: closes it when no call is pending. */
  abandon(): void {
    this.#abandoned = true
    if (this.#sends.length + this.#receives.length + this.#peerWaits.length === 0) this.core.close()
  }

  /** Rejects a call. After many rejections in a row, it does so in the next turn of the event loop. */
  #refuse(reason: unknown): Promise<never> {
    const turn = this.#budget.refuse()
    if (turn === undefined) return Promise.reject(reason)
    return turn.then(() => {
      throw reason
    })
  }

  // SocketCoreOwner

  get waiting(): number {
    return this.#sends.length
  }

  sendable(): void {
    if (this.#sends.length === 0) return
    this.#sends.serve(this.#trySend)
    if (this.#abandoned) this.abandon()
  }

  receivable(): void {
    if (this.#receives.length === 0) return
    this.#receives.serve(this.#tryTake)
    if (this.#abandoned) this.abandon()
  }
}

/** Throws errors that zeromq.js throws synchronously. Errors that only this library has become rejections. */
function asRejection(error: unknown): Promise<never> {
  if (error instanceof MissingFrameError) return Promise.reject(error)
  throw error
}

/**
 * Parses wait options. Returns the rejection of the call if they are invalid. @throws TypeError unless `options` is an
 * object.
 */
function parseWait(options: WaitOptions): WaitOptions | Promise<never> {
  if (typeof options !== "object" || (options as unknown) === null) throw new TypeError("Options must be an object")
  try {
    return readWaitOptions(options)
  } catch (error) {
    return Promise.reject(error)
  }
}

function toResult<T>(value: T): IteratorYieldResult<T> {
  return { value, done: false }
}
