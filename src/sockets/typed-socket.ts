import { warn } from "../core/runtime/runtime.js"
import { decodeText, type Frame } from "../zmtp/bytes.js"
import { factsOf, SOCKET_TYPE_NAMES } from "../zmtp/socket-types.js"
import { BadMessageError, type Codec } from "./codec.js"
import { Iteration } from "./iteration.js"
import { addFrames, toFrame, type Message } from "./message.js"
import { coreOf, operationsOf, type Socket } from "./socket.js"
import type { WaitOptions } from "./wait-options.js"

/** Options of a typed view. */
export interface TypedOptions {
  /**
   * Called for each message that the codec cannot decode during iteration, which then continues with the next message.
   * If it throws, the iteration ends with that error. Default: a process warning for the first such message.
   */
  onBadMessage?: ((error: BadMessageError) => void) | undefined
}

/** The sending half of a typed view. */
export interface TypedWritable<U> {
  /** Sends one value, like `send` of the socket. @throws the errors of the codec and of the socket's `send` */
  send(value: U, options?: WaitOptions): Promise<void>
  /** Sends values in order, with no other values in between. */
  sendMany(values: Iterable<U>, options?: WaitOptions): Promise<void>
  /** Sends `value` if this is possible without waiting, and returns whether it was sent. */
  trySend(value: U): boolean
}

/** The receiving half of a typed view. */
export interface TypedReadable<T> {
  /**
   * Receives the next value. Rejects with BadMessageError if the message cannot be decoded, and with the errors of the
   * socket's `receive`. After a BadMessageError, the next call returns the next value.
   */
  receive(options?: WaitOptions): Promise<T>
  /** Returns the next value if one is available without waiting. @throws BadMessageError */
  tryReceive(): T | undefined
  /**
   * Iterates over values as they arrive, until the socket is closed. Messages that cannot be decoded are skipped: see
   * `onBadMessage`.
   */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined>
}

export interface TypedSocket<T, U> extends TypedReadable<T>, TypedWritable<U> {}

/** A value and its topic. */
export type Topical<T> = [topic: string, value: T]

/** A value and the routing id of the peer that it is sent to or received from. */
export type Addressed<T> = [peer: Message, value: T]

/**
 * Sockets with typed views. The type of the socket determines whether the view can send, receive, or both.
 *
 * ```ts
 * const push = new Push().with(json<{ id: number }>())
 * await push.send({ id: 1 })
 * ```
 */
export interface Typed {
  /**
   * Creates a view of this socket that sends and receives values. The socket itself is not changed; any number of views
   * can be in use.
   */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedSocket<T, U>
}
export interface TypedSender {
  /** Creates a view of this socket that sends values. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedWritable<U>
}
export interface TypedReceiver {
  /** Creates a view of this socket that receives values. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedReadable<T>
}
export interface TypedPublisher {
  /** Creates a view of this socket that publishes values, each with a topic in a separate frame. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedWritable<Topical<U>>
}
export interface TypedSubscriber {
  /** Creates a view of this socket that receives values with their topics. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedReadable<Topical<T>>
}
export interface TypedRouter {
  /** Creates a view of this socket that sends and receives values, each with the routing id of its peer. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedSocket<Addressed<T>, Addressed<U>>
}

export class View implements TypedSocket<unknown, unknown> {
  /** Referenced, because the application may have no other reference to the socket. */
  readonly #socket: Socket
  readonly #codec: Codec<unknown>
  readonly #envelope: "topic" | "peer" | undefined
  readonly #onBadMessage: ((error: BadMessageError) => void) | undefined
  #warned = false

  constructor(socket: Socket, codec: Codec<unknown>, { onBadMessage }: TypedOptions = {}) {
    if (typeof (codec as Partial<Codec<unknown>> | undefined)?.encode !== "function") {
      throw new TypeError("Codec must be an object that encodes and decodes")
    }
    this.#socket = socket
    this.#codec = codec
    this.#envelope = factsOf(SOCKET_TYPE_NAMES[socket.type]!).firstFrame
    this.#onBadMessage = onBadMessage
  }

  send(value: unknown, options?: WaitOptions): Promise<void> {
    return operationsOf(this.#socket).send(this.#encode(value), options)
  }

  sendMany(values: Iterable<unknown>, options?: WaitOptions): Promise<void> {
    return operationsOf(this.#socket).sendMany(this.#encodeAll(values), options)
  }

  *#encodeAll(values: Iterable<unknown>): Generator<Frame[]> {
    for (const value of values) yield this.#encode(value)
  }

  trySend(value: unknown): boolean {
    return operationsOf(this.#socket).trySend(this.#encode(value), undefined)
  }

  async receive(options?: WaitOptions): Promise<unknown> {
    return this.#decode(await operationsOf(this.#socket).receive(options))
  }

  tryReceive(): unknown {
    const message = operationsOf(this.#socket).tryReceive()
    return message === undefined ? undefined : this.#decode(message)
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    const messages = new Iteration(this.#socket, (operations, owner) => operations.next(owner))
    return {
      next: () => this.#next(messages),
      return: () => messages.return(),
    }
  }

  async #next(messages: Iteration<Frame[]>): Promise<IteratorResult<unknown, undefined>> {
    for (;;) {
      const result = await messages.next()
      if (result.done === true) return result
      try {
        return { value: this.#decode(result.value), done: false }
      } catch (error) {
        this.#skipInvalid(error as BadMessageError)
      }
    }
  }

  #encode(value: unknown): Frame[] {
    const frames: Frame[] = []
    let content = value
    if (this.#envelope !== undefined) {
      const [first, rest] = unpack(value)
      frames.push(toFrame(first))
      content = rest
    }
    const before = frames.length
    addFrames(frames, this.#codec.encode(content))
    if (frames.length === before) throw new TypeError("The codec returned no frames")
    return frames
  }

  /** @throws BadMessageError */
  #decode(frames: Frame[]): unknown {
    const message = frames as Message[]
    try {
      if (this.#envelope === undefined) return this.#codec.decode(message)
      const [first, ...rest] = message
      return [this.#envelope === "topic" ? decodeText(first!) : first, this.#codec.decode(rest)]
    } catch (error) {
      coreOf(this.#socket).dropped(frames)
      throw new BadMessageError(message, error)
    }
  }

  #skipInvalid(error: BadMessageError): void {
    if (this.#onBadMessage !== undefined) this.#onBadMessage(error)
    else if (!this.#warned) {
      this.#warned = true
      warn(`${error.message}. Such messages are skipped; set 'onBadMessage' to handle them.`)
    }
  }
}

/** Splits a pair of a topic or routing id and a value. */
function unpack(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== 2)
    throw new TypeError("Value must be a pair of a topic or routing id, and the content")
  return value
}
