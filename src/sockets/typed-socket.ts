import { BadMessageError, type Codec } from "./codec.js"
import { warn } from "../core/runtime.js"
import { Iteration } from "./iteration.js"
import { addFrames, toFrame } from "./message.js"
import { coreOf, operationsOf, type Socket } from "./socket.js"
import type { Message } from "./standard-sockets.js"
import type { WaitOptions } from "./wait-options.js"
import { decodeText, type Frame } from "../zmtp/bytes.js"
import { factsOf, SOCKET_TYPE_NAMES } from "../zmtp/socket-types.js"

export interface TypedOptions {
  /**
   * Told of each message that the codec cannot read while the view is iterated, which then goes on with the next one.
   * What it throws ends the iteration. Without it the first such message is a process warning.
   */
  onBadMessage?: ((error: BadMessageError) => void) | undefined
}

/** The sending half of a socket that speaks values. */
export interface TypedWritable<U> {
  /** Sends one value, like `send` of the socket. @throws The errors of the codec and of the socket's `send`. */
  send(value: U, options?: WaitOptions): Promise<void>
  /** Sends values in order, no other in between. */
  sendMany(values: Iterable<U>, options?: WaitOptions): Promise<void>
  /** Sends `value` if that needs no waiting, and returns whether it did. */
  trySend(value: U): boolean
}

/** The receiving half. */
export interface TypedReadable<T> {
  /**
   * The next value. Rejects with BadMessageError when the next message is none, and as the socket's `receive` does; the
   * call after that gives the value after it.
   */
  receive(options?: WaitOptions): Promise<T>
  /** The next value if that needs no waiting. @throws BadMessageError */
  tryReceive(): T | undefined
  /** Values as they arrive, until the socket closes. Bad messages are skipped: see `onBadMessage`. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined>
}

export interface TypedSocket<T, U> extends TypedReadable<T>, TypedWritable<U> {}

/** A value with the topic that it is published under. */
export type Topical<T> = [topic: string, value: T]

/** A value with the routing id of the peer that it is for or from. */
export type Addressed<T> = [peer: Message, value: T]

/** Sockets with a typed view; which halves it has follows from the socket. */
export interface Typed {
  /** A view of this socket that speaks values. The socket stays as it is; any number of views may be in use. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedSocket<T, U>
}
export interface TypedSender {
  /** A view of this socket that sends values. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedWritable<U>
}
export interface TypedReceiver {
  /** A view of this socket that receives values. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedReadable<T>
}
export interface TypedPublisher {
  /** A view of this socket that publishes values, each under a topic in a frame of its own. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedWritable<Topical<U>>
}
export interface TypedSubscriber {
  /** A view of this socket that receives values with their topics. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedReadable<Topical<T>>
}
export interface TypedRouter {
  /** A view of this socket that speaks values, each with the routing id of its peer. */
  with<T, U = T>(codec: Codec<T, U>, options?: TypedOptions): TypedSocket<Addressed<T>, Addressed<U>>
}

export class View implements TypedSocket<unknown, unknown> {
  /** Held, since a view may be all that is left of it. */
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
        this.#passOver(error as BadMessageError)
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

  #passOver(error: BadMessageError): void {
    if (this.#onBadMessage !== undefined) this.#onBadMessage(error)
    else if (!this.#warned) {
      this.#warned = true
      warn(`${error.message}. Such messages are passed over; 'onBadMessage' is told of each.`)
    }
  }
}

/** Topic or routing id, and the value after it. */
function unpack(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== 2)
    throw new TypeError("Value must be a pair: the topic or peer, then the content")
  return value
}
