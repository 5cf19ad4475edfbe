import { zmqError } from "../core/errors.js"
import { isBytes } from "../zmtp/bytes.js"
import type { Codec } from "./codec.js"
import type { Context } from "./context.js"
import { Iteration } from "./iteration.js"
import type { Message, MessageLike } from "./message.js"
import { observe } from "./observer.js"
import type { Operations } from "./operations.js"
import type { ReceiveOptions, SendOptions } from "./options/settings.js"
import { openCore, operationsOf, Socket } from "./socket.js"
import { View, type TypedOptions } from "./typed-socket.js"
import type { WaitOptions } from "./wait-options.js"
import { readableStream, writableStream } from "./web-streams.js"

/** Constructor options: any writable option of the socket, and the context in which to create it. */
export type SocketOptions<S extends Socket> = Partial<Pick<S, WritableOption<S>>> & {
  /** The context of the socket. Default: `context`, the default one. */
  context?: Context
}

/** Names of properties that can be assigned, which excludes methods and read-only properties. */
type WritableOption<S> = {
  [K in keyof S]-?: S[K] extends (...args: never[]) => unknown
    ? never
    : Same<{ [P in K]: S[P] }, { -readonly [P in K]: S[P] }> extends true
      ? K
      : never
}[keyof S]

/** Whether two types are identical, including `readonly`. */
type Same<A, B> = (<T>(probe: T) => T extends A ? 1 : 2) extends <T>(probe: T) => T extends B ? 1 : 2 ? true : false

/** Methods and options of sockets that send. */
export interface Writable<M = MessageLike | MessageLike[], O extends [...object[]] = []> extends SendOptions {
  /**
   * Sends a message of one frame, or of several frames if you pass an array. A message is sent completely or not at
   * all. Resolves when the message is queued. Frames of more than 128 bytes are not copied: do not modify them until
   * they have been sent, or the peer may receive the modified bytes.
   * @throws TypeError without a message; ZmqError EBADF if the socket is closed; EBUSY if too many sends are pending.
   * Rejects with a TypeError for an array with holes and for detached memory, EAGAIN after `sendTimeout`, EFSM if the
   * socket could not send in its current state until then, EHOSTUNREACH if there is no such peer (Router with
   * `mandatory`), or the signal's reason.
   * @example
   * await socket.send("hello")
   * await socket.send(["topic", JSON.stringify({ temperature: 21 })])
   */
  send(message: M, ...options: O extends [] ? [options?: WaitOptions] : O): Promise<void>
  /**
   * Sends messages in order, with no others in between. Resolves when all are queued. It is faster than calling `send`
   * for each message if messages are small and many are available at once. If it fails, some of them may have been
   * sent. All messages are taken from `messages` before the first is sent; frames of up to 128 bytes may be reused for
   * the next message.
   * @example
   * await socket.sendMany(["one", "two", ["three", "frames", "long"]])
   */
  sendMany(messages: Iterable<M>, ...options: O extends [] ? [options?: WaitOptions] : O): Promise<void>
  /**
   * Sends `message` if this is possible without waiting, and returns whether it was sent. It is synchronous: a loop of
   * such calls must await something else, such as `setImmediate` of `node:timers/promises`, because otherwise the queue
   * is never emptied.
   * @throws the errors of `send`
   * @example
   * if (!socket.trySend("hello")) console.log("queue is full")
   */
  trySend(message: M, ...options: O): boolean
  /**
   * Creates a stream that sends what is written to it, with backpressure. Closing the stream leaves the socket open. If
   * messages have options, write pairs of a message and its options.
   * @example
   * await readable.pipeTo(socket.writableStream())
   */
  writableStream(): WritableStream<O extends [] ? M : [M, ...O]>
}

/** Methods and options of sockets that receive. They are also async iterables. */
export interface Readable<M extends object[] = Message[]> extends ReceiveOptions {
  /**
   * Receives the next message, one element per frame.
   * @throws ZmqError EBADF if the socket is closed; EBUSY if too many calls are pending. Rejects with EAGAIN after
   * `receiveTimeout` or when the socket is closed, or with EFSM if the socket could not receive in its current state
   * until then.
   * @example
   * const [frame] = await socket.receive()
   */
  receive(options?: WaitOptions): Promise<M>
  /**
   * Receives all messages that are available, at least one and at most `max` (default: 1,000). It waits only for the
   * first. It is faster than calling `receive` for each message if messages are small.
   * @example
   * for (const [frame] of await socket.receiveMany(100)) console.log(String(frame))
   */
  receiveMany(max?: number, options?: WaitOptions): Promise<M[]>
  /**
   * Returns batches of messages as they arrive, each with all available messages, until the socket is closed.
   * @example
   * for await (const messages of socket.batches()) console.log(messages.length)
   */
  batches(max?: number): AsyncIterable<M[]>
  /**
   * Returns the next message if one is available without waiting, `undefined` otherwise. It is synchronous: a loop of
   * such calls must await something else, such as `setImmediate` of `node:timers/promises`, because otherwise no
   * message can arrive.
   * @throws ZmqError EBADF, EBUSY
   * @example
   * const message = socket.tryReceive()
   */
  tryReceive(): M | undefined
  /**
   * Returns the memory of received frames to this socket, which reads the bodies of later frames into it instead of into
   * new memory. Recycled frames, and all views of their memory, are empty afterward. The memory is used for frames of at
   * least 48 KiB that arrive over tcp, ipc, or an attached stream of bytes, and that fill at least half of it.
   *
   * Frames are left as they are, for the garbage collector, if their memory is not theirs alone, if they are smaller than
   * 48 KiB, or if the socket already has 32 MiB or 64 frames. The first frame of each connection is among them. A frame
   * that you have passed to `send` is in use until the peer has received it: do not recycle it before.
   *
   * @example
   * for await (const [frame] of pull) {
   *   await file.write(frame)
   *   pull.recycle(frame)
   * }
   * @throws TypeError for anything but bytes; ZmqError ENOTSUP for sockets that do not receive.
   */
  recycle(...frames: Uint8Array[]): void
  /**
   * Creates a stream of received messages. It ends when the socket is closed.
   * @example
   * await socket.readableStream().pipeTo(writable)
   */
  readableStream(): ReadableStream<M>
  /**
   * Iterates over messages as they arrive, until the socket is closed.
   * @example
   * for await (const [frame] of socket) console.log(String(frame))
   */
  [Symbol.asyncIterator](): AsyncIterator<M, undefined>
}

function nextMessage(operations: Operations, owner: object): ReturnType<Operations["next"]> {
  return operations.next(owner)
}

// At run time, every socket has these methods. TypeScript types and errors define which ones a socket type supports.
const methods = {
  send(this: Socket, message: unknown, options?: WaitOptions) {
    return operationsOf(this).send(message, options)
  },
  sendMany(this: Socket, messages: Iterable<unknown>, options?: WaitOptions) {
    return operationsOf(this).sendMany(messages, options)
  },
  trySend(this: Socket, message: unknown, options?: unknown) {
    return operationsOf(this).trySend(message, options)
  },
  writableStream(this: Socket) {
    return writableStream(this)
  },
  receive(this: Socket, options?: WaitOptions) {
    return operationsOf(this).receive(options)
  },
  receiveMany(this: Socket, max?: number, options?: WaitOptions) {
    return operationsOf(this).receiveMany(max, options)
  },
  batches(this: Socket, max?: number) {
    return {
      [Symbol.asyncIterator]: () => new Iteration(this, (operations, owner) => operations.nextBatch(owner, max)),
    }
  },
  tryReceive(this: Socket) {
    return operationsOf(this).tryReceive()
  },
  recycle(this: Socket, ...frames: unknown[]) {
    operationsOf(this).recycle(frames)
  },
  readableStream(this: Socket) {
    return readableStream(this)
  },
  with(this: Socket, codec: Codec<unknown>, options?: TypedOptions) {
    return new View(this, codec, options)
  },
  [Symbol.asyncIterator](this: Socket) {
    return new Iteration(this, nextMessage)
  },
  /** Placeholders, which draft socket types override. */
  join(this: Socket, ...groups: unknown[]) {
    refuseGroups(this, groups)
  },
  leave(this: Socket, ...groups: unknown[]) {
    refuseGroups(this, groups)
  },
}
Object.defineProperties(
  Socket.prototype,
  Object.fromEntries(
    Reflect.ownKeys(methods).map((key) => [
      key,
      { ...Object.getOwnPropertyDescriptor(methods, key), enumerable: false },
    ]),
  ),
)
Object.defineProperty(Socket.prototype, "events", {
  configurable: true,
  get(this: Socket) {
    return observe(this)
  },
  set() {
    throw new TypeError("Cannot set property events of #<Socket> which has only a getter")
  },
})

function refuseGroups(socket: Socket, groups: readonly unknown[]): void {
  openCore(socket)
  if (groups.length === 0) return
  if (typeof groups[0] === "string" || isBytes(groups[0])) throw zmqError("ENOTSUP")
  throw new TypeError("Value must be a string or buffer")
}
