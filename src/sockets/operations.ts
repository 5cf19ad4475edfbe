import { RECEIVE, type Budget } from "../core/budget.js"
import { WaitQueue } from "../core/wait-queue.js"
import type { Envelope } from "./envelope.js"
import { zmqError, type ZmqErrorCode } from "../core/errors.js"
import { MissingFrameError, toMessage } from "./message.js"
import { PeerWaits, type PeersReadyOptions } from "./peer-waits.js"
import { receiveRefusal, sendRefusal } from "../patterns/pattern.js"
import type { SocketCore, SocketCoreOwner } from "./socket-core.js"
import { DEFAULT_WAIT, readWaitOptions, type WaitOptions } from "./wait-options.js"
import { retain, sizeOf, type Multipart } from "../zmtp/bytes.js"

/** Most calls of `receive` that may wait at once; sends are bounded by the high-water mark. */
const MAX_WAITING_RECEIVES = 1000

/** Most messages that `receiveMany` gives unless told otherwise. */
export const DEFAULT_BATCH = 1000

const SETTLED = Promise.resolve()
/** What an iterator gives at its end. */
export const END = Object.freeze({ done: true }) as IteratorReturnResult<undefined>

/** Rejection of a wait whose `for await` loop has ended. */
export const LEFT = new Error("The loop has ended")

/** Messages waiting to be sent, in order. */
interface Batch {
  readonly messages: readonly Multipart[]
  /** Index of the first that is not sent. */
  next: number
}

/** The promise half of a socket: pending sends and receives. Outlives a `Socket` that is garbage-collected. */
export class Operations implements SocketCoreOwner {
  readonly #budget: Budget
  readonly #sends: WaitQueue<Batch, true>
  readonly #receives: WaitQueue<undefined, Multipart>
  readonly #peerWaits: PeerWaits
  readonly #seal: Envelope["seal"]
  readonly #open: Envelope["open"]
  /** Attempts for those who wait; created once, because `receivable` is called for each message that somebody waits for. */
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
    const refusal = this.#refusal(wait)
    if (refusal !== undefined) return refusal
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
    let wait = DEFAULT_WAIT
    if (options !== undefined) {
      const parsed = parseWait(options)
      if (parsed instanceof Promise) return parsed
      wait = parsed
    }
    const all: Multipart[] = []
    let size = 0
    // A generator may give the same memory again, with the next message in it.
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

  /** The frames of what the application gave. Runs its code: getters, `toString`. @throws TypeError, ZmqError EINVAL */
  #toFrames(message: unknown, options: unknown): Multipart {
    return this.#seal === undefined ? toMessage(message) : this.#seal(message, options)
  }

  /** Why a call cannot go on, once the application's code has run that it had to. */
  #refusal({ signal }: WaitOptions): Promise<never> | undefined {
    const { core } = this
    if (core.closed || core.occupant === "proxy") return Promise.reject(this.#unusable())
    return signal?.aborted === true ? this.#refuse(signal.reason) : undefined
  }

  #waitToSend(batch: Batch, { timeout, signal }: WaitOptions): Promise<void> {
    const { sendTimeout, sendHighWaterMark } = this.core.settings
    if (this.core.pattern.send === undefined) return this.#refuse(this.#unsupported("send"))
    const limit = timeout ?? sendTimeout
    // Subscribers of the channels may have closed it.
    if (limit === 0 || this.core.closed) return this.#refuse(this.#sendRefusal(batch))
    if (sendHighWaterMark > 0 && this.#sends.length >= sendHighWaterMark) {
      throw zmqError("EBUSY", { message: "Socket is busy writing; too many send operations are waiting" })
    }
    return this.#sends.join(batch, { timeout: limit, signal }) as Promise<unknown> as Promise<void>
  }

  #sendRefusal({ messages, next }: Batch): Error {
    return zmqError(sendRefusal(this.core.pattern, messages[next]!))
  }

  /** True when the whole batch is sent. */
  #sendBatch(batch: Batch): boolean {
    const { core } = this
    while (batch.next < batch.messages.length) {
      if (core.closed || !core.send(batch.messages[batch.next]!)) return false
      batch.next++
    }
    return true
  }

  /** @param owner Whose wait it is, for `leave`. */
  receive(options?: WaitOptions, owner?: object): Promise<Multipart> {
    let wait = DEFAULT_WAIT
    if (options !== undefined) {
      const parsed = parseWait(options)
      if (parsed instanceof Promise) return parsed
      wait = parsed
    }
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
    // Subscribers of the channels may have closed it.
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
    if (!(max >= 1)) throw zmqError("EINVAL", { message: "Invalid batch size: expected at least 1" })
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

  #take(): Multipart | undefined {
    const message = this.core.receive()
    return message === undefined ? undefined : this.#opened(message)
  }

  /** `message` as the application gets it. */
  #opened(message: Multipart): Multipart {
    return this.#open === undefined ? message : (this.#open(message) as Multipart)
  }

  /**
   * What an iterator gives. Settles at once as long as there are messages: no promise but the one returned.
   * @param owner Whose loop it is, for `leave`.
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

  /** The same in batches. */
  nextBatch(owner: object, max?: number): Promise<IteratorResult<Multipart[], undefined>> {
    return this.core.closed ? Promise.resolve(END) : this.#orEnd(this.receiveMany(max, undefined, owner))
  }

  /** Whoever iterates has waited in vain: that is the end once the loop is left, or the socket is closed. */
  #orEnd<T>(received: Promise<T>): Promise<IteratorResult<T, undefined>> {
    return received.then(toResult, (error: unknown) => {
      if (error === LEFT) return END
      if (!this.core.closed || (error as { code?: ZmqErrorCode }).code !== "EAGAIN") throw error
      return END
    })
  }

  /** The loop of `owner` was left: what it waits for is for others to receive. */
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

  /** @throws ZmqError EBADF on a closed socket, EBUSY while a proxy has it. */
  check(): void {
    const { core } = this
    if (core.closed || core.occupant === "proxy") throw this.#unusable()
  }

  /** @throws ZmqError EBADF on a closed socket, EBUSY while it binds, unbinds, or a proxy has it. */
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

  /** Why a call in a direction that messages of this socket type never take is refused. */
  #unsupported(direction: "send" | "receive"): Error {
    return zmqError("ENOTSUP", { cause: new Error(`Socket type ${this.core.typeName} cannot ${direction} messages`) })
  }

  /** Everybody who waits learns that the socket is closed. */
  dismiss(): void {
    this.#sends.dismiss((batch) => this.#sendRefusal(batch))
    this.#receives.dismiss(() => this.#receiveRefusal())
    this.#peerWaits.dismiss()
  }

  /** Nobody holds the socket any more: closes it once nobody waits. */
  abandon(): void {
    this.#abandoned = true
    if (this.#sends.length + this.#receives.length + this.#peerWaits.length === 0) this.core.close()
  }

  /** Rejects, but lets the event loop turn first when many calls in a row were refused. */
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

/** What zeromq.js throws synchronously is thrown likewise; what only this library refuses is a rejection. */
function asRejection(error: unknown): Promise<never> {
  if (error instanceof MissingFrameError) return Promise.reject(error)
  throw error
}

/** What `options` say, or the rejection of a call that was given no such thing. @throws TypeError unless an object. */
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
