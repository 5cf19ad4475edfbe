import { encodeText, isBytes } from "../zmtp/bytes.js"
import type { Codec } from "./codec.js"
import type { Context } from "./context.js"
import { zmqError } from "../core/errors.js"
import { Iteration } from "./iteration.js"
import type { Message, MessageLike } from "./message.js"
import { observe } from "./observer.js"
import type { Operations } from "./operations.js"
import { DealerPattern } from "../patterns/dealer.js"
import { PairPattern } from "../patterns/pair.js"
import { PubPattern } from "../patterns/pub.js"
import { PullPattern } from "../patterns/pull.js"
import { PushPattern } from "../patterns/push.js"
import { RepPattern } from "../patterns/rep.js"
import { ReqPattern } from "../patterns/req.js"
import { RouterPattern } from "../patterns/router.js"
import { SubPattern } from "../patterns/sub.js"
import { XpubPattern } from "../patterns/xpub.js"
import { XsubPattern } from "../patterns/xsub.js"
import type { SocketType } from "./type-registry.js"
import { coreOf, registerType, operationsOf, Socket, openCore } from "./socket.js"
import { nameNextPeer, subscribe } from "./options/access.js"
import type { OptionsOf, ReceiveOptions, SendOptions } from "./options/settings.js"
import { readableStream, writableStream } from "./web-streams.js"
import {
  View,
  type Typed,
  type TypedOptions,
  type TypedPublisher,
  type TypedReceiver,
  type TypedRouter,
  type TypedSender,
  type TypedSubscriber,
} from "./typed-socket.js"
import type { WaitOptions } from "./wait-options.js"

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
   * Sends messages in order, without others in between. Resolves when all are queued. It is faster than calling `send`
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
   * new memory. Recycled frames, and all views of their memory, are empty afterwards. The memory is used for frames of at
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

/**
 * Exchanges messages with exactly one peer (RFC 31).
 *
 * ```ts
 * const pair = new Pair()
 * await pair.bind("inproc://example")
 * await pair.send("hello")
 * ```
 */
export class Pair extends Socket {
  constructor(options?: SocketOptions<Pair>) {
    super(registerType(PAIR), options)
  }
}
export interface Pair extends OptionsOf<"PAIR">, Writable, Readable, Typed {}
const PAIR: SocketType = {
  name: "PAIR",
  class: () => Pair,
  pattern: (host) => new PairPattern(host),
}

/**
 * Publishes each message to all subscribers with a topic that is a prefix of the first frame. Never waits (RFC 29).
 *
 * ```ts
 * const publisher = new Publisher()
 * await publisher.bind("tcp://127.0.0.1:5555")
 * await publisher.send(["weather.berlin", "sunny"])
 * ```
 */
export class Publisher extends Socket {
  constructor(options?: SocketOptions<Publisher>) {
    super(registerType(PUB), options)
  }
}
export interface Publisher extends OptionsOf<"PUB">, Writable, TypedPublisher {}
const PUB: SocketType = {
  name: "PUB",
  class: () => Publisher,
  pattern: (host, settings) => new PubPattern(host, settings),
}

/**
 * Receives the messages of publishers whose first frame begins with a topic that it has subscribed to (RFC 29).
 *
 * ```ts
 * const subscriber = new Subscriber()
 * subscriber.connect("tcp://127.0.0.1:5555")
 * subscriber.subscribe("weather.")
 * for await (const [topic, message] of subscriber) console.log(String(topic), String(message))
 * ```
 */
export class Subscriber extends Socket {
  constructor(options?: SocketOptions<Subscriber>) {
    super(registerType(SUB), options)
  }

  /**
   * Subscribes to messages that begin with any of `topics`; without arguments, to all messages. Subscriptions are
   * counted: a topic that you subscribe to twice must be unsubscribed twice.
   * @example
   * subscriber.subscribe("weather.", "news.")
   */
  subscribe(...topics: (string | Buffer)[]): void {
    subscribe(coreOf(this), topics, true)
  }

  /**
   * Cancels one subscription to each of `topics`; without arguments, one to all messages.
   * @example
   * subscriber.unsubscribe("weather.")
   */
  unsubscribe(...topics: (string | Buffer)[]): void {
    subscribe(coreOf(this), topics, false)
  }
}
export interface Subscriber extends OptionsOf<"SUB">, Readable, TypedSubscriber {}
const SUB: SocketType = {
  name: "SUB",
  class: () => Subscriber,
  pattern: (host, settings) => new SubPattern(host, settings),
}

/**
 * Sends a request, then receives its reply, in strict alternation (RFC 28). See `Requester` for timeouts, retries, and
 * concurrent requests.
 *
 * ```ts
 * const request = new Request()
 * request.connect("tcp://127.0.0.1:5555")
 * await request.send("ping")
 * const [reply] = await request.receive()
 * ```
 */
export class Request extends Socket {
  constructor(options?: SocketOptions<Request>) {
    super(registerType(REQ), options)
  }
}
export interface Request extends OptionsOf<"REQ">, Writable, Readable, Typed {}
const REQ: SocketType = {
  name: "REQ",
  class: () => Request,
  pattern: (host, settings) => new ReqPattern(host, settings),
}

/**
 * Receives a request, then sends its reply, in strict alternation (RFC 28).
 *
 * ```ts
 * const reply = new Reply()
 * await reply.bind("tcp://127.0.0.1:5555")
 * for await (const [message] of reply) await reply.send(`echo ${message}`)
 * ```
 */
export class Reply extends Socket {
  constructor(options?: SocketOptions<Reply>) {
    super(registerType(REP), options)
  }
}
export interface Reply extends OptionsOf<"REP">, Writable, Readable, Typed {}
const REP: SocketType = {
  name: "REP",
  class: () => Reply,
  pattern: (host) => new RepPattern(host),
}

/**
 * Sends messages to its peers in turn, and receives from all of them in turn (RFC 28).
 *
 * ```ts
 * const dealer = new Dealer()
 * dealer.connect("tcp://127.0.0.1:5555")
 * await dealer.send(["", "ping"]) // the empty frame delimits the envelope for a Reply or Router
 * const [, reply] = await dealer.receive()
 * ```
 */
export class Dealer extends Socket {
  constructor(options?: SocketOptions<Dealer>) {
    super(registerType(DEALER), options)
  }
}
export interface Dealer extends OptionsOf<"DEALER">, Writable, Readable, Typed {}
const DEALER: SocketType = {
  name: "DEALER",
  class: () => Dealer,
  pattern: (host, settings) => new DealerPattern(host, settings),
}

/** Options of `Router#connect`. */
export interface RouterConnectOptions {
  /** Routing id for the peer, instead of the one that it announces (ZMQ_CONNECT_ROUTING_ID). */
  routingId?: string
}

/**
 * Receives from all peers in turn, and sends to the peer whose routing id is the first frame (RFC 28).
 *
 * ```ts
 * const router = new Router()
 * await router.bind("tcp://127.0.0.1:5555")
 * for await (const [id, ...frames] of router) await router.send([id, ...frames])
 * ```
 */
export class Router extends Socket {
  constructor(options?: SocketOptions<Router>) {
    super(registerType(ROUTER), options)
  }

  /**
   * Like `Socket#connect`. If you pass `routingId`, you can send messages to that id immediately, even before the peer
   * is connected.
   * @example
   * router.connect("tcp://127.0.0.1:5555", { routingId: "worker-1" })
   */
  override connect(address: string, options: RouterConnectOptions = {}): void {
    connectAs(this, options.routingId, () => {
      super.connect(address)
    })
  }
}
export interface Router extends OptionsOf<"ROUTER">, Writable, Readable, TypedRouter {}
const ROUTER: SocketType = {
  name: "ROUTER",
  class: () => Router,
  pattern: (host, settings) => new RouterPattern(host, settings),
}

/**
 * Receives from all PUSH peers in turn (RFC 30).
 *
 * ```ts
 * const pull = new Pull()
 * await pull.bind("tcp://127.0.0.1:5555")
 * for await (const [job] of pull) console.log(String(job))
 * ```
 */
export class Pull extends Socket {
  constructor(options?: SocketOptions<Pull>) {
    super(registerType(PULL), options)
  }
}
export interface Pull extends OptionsOf<"PULL">, Readable, TypedReceiver {}
const PULL: SocketType = {
  name: "PULL",
  class: () => Pull,
  pattern: (host) => new PullPattern(host),
}

/**
 * Sends messages to its PULL peers in turn (RFC 30).
 *
 * ```ts
 * const push = new Push()
 * push.connect("tcp://127.0.0.1:5555")
 * await push.send("job")
 * ```
 */
export class Push extends Socket {
  constructor(options?: SocketOptions<Push>) {
    super(registerType(PUSH), options)
  }
}
export interface Push extends OptionsOf<"PUSH">, Writable, TypedSender {}
const PUSH: SocketType = {
  name: "PUSH",
  class: () => Push,
  pattern: (host) => new PushPattern(host),
}

/**
 * A publisher that receives subscriptions as messages: `0x01 topic`, and `0x00 topic` when they end (RFC 29).
 *
 * ```ts
 * const publisher = new XPublisher()
 * await publisher.bind("tcp://127.0.0.1:5555")
 * for await (const [message] of publisher) {
 *   console.log(message[0] === 1 ? "subscribed to" : "unsubscribed from", message.toString("utf8", 1))
 * }
 * ```
 */
export class XPublisher extends Socket {
  constructor(options?: SocketOptions<XPublisher>) {
    super(registerType(XPUB), options)
  }

  /**
   * With `manual`: subscribes the peer whose subscription was received last (ZMQ_SUBSCRIBE).
   * @example
   * publisher.subscribe("weather.")
   */
  subscribe(...topics: (string | Buffer)[]): void {
    subscribe(coreOf(this), topics, true)
  }

  /**
   * With `manual`: cancels what `subscribe` did for the peer whose message was received last (ZMQ_UNSUBSCRIBE).
   * @example
   * publisher.unsubscribe("weather.")
   */
  unsubscribe(...topics: (string | Buffer)[]): void {
    subscribe(coreOf(this), topics, false)
  }
}
export interface XPublisher extends OptionsOf<"XPUB">, Writable, Readable, TypedPublisher {}
const XPUB: SocketType = {
  name: "XPUB",
  class: () => XPublisher,
  pattern: (host, settings) => new XpubPattern(host, settings),
}

/**
 * A subscriber that sends its subscriptions as messages: `0x01 topic`, and `0x00 topic` to cancel them (RFC 29).
 *
 * ```ts
 * const subscriber = new XSubscriber()
 * subscriber.connect("tcp://127.0.0.1:5555")
 * await subscriber.send("\x01weather.")
 * const [topic, message] = await subscriber.receive()
 * ```
 */
export class XSubscriber extends Socket {
  constructor(options?: SocketOptions<XSubscriber>) {
    super(registerType(XSUB), options)
  }
}
export interface XSubscriber extends OptionsOf<"XSUB">, Writable, Readable, TypedSubscriber {}
const XSUB: SocketType = {
  name: "XSUB",
  class: () => XSubscriber,
  pattern: (host) => new XsubPattern(host),
}

/**
 * Connects `socket`, with `routingId` for the peer if it is given. The id does not apply to later connections, even if
 * `connect` throws.
 */
export function connectAs(socket: Socket, routingId: string | undefined, connect: () => void): void {
  if (routingId === undefined) {
    connect()
    return
  }
  const core = coreOf(socket)
  nameNextPeer(core, encodeText(routingId))
  try {
    connect()
  } finally {
    core.endpoints.nextRoutingId = undefined
  }
}

function refuseGroups(socket: Socket, groups: readonly unknown[]): void {
  openCore(socket)
  if (groups.length === 0) return
  if (typeof groups[0] === "string" || isBytes(groups[0])) throw zmqError("ENOTSUP")
  throw new TypeError("Value must be a string or buffer")
}

/** Registers all standard types, so that `Socket` can create them by number. Returns `Socket`. */
export function registerStandardTypes(): typeof Socket {
  registerType(PAIR)
  registerType(PUB)
  registerType(SUB)
  registerType(REQ)
  registerType(REP)
  registerType(DEALER)
  registerType(ROUTER)
  registerType(PULL)
  registerType(PUSH)
  registerType(XPUB)
  registerType(XSUB)
  return Socket
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
