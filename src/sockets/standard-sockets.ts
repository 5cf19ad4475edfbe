import { encodeText, isBytes } from "../zmtp/bytes.js"
import type { Codec } from "./codec.js"
import type { Context } from "./context.js"
import { zmqError } from "../core/errors.js"
import { Iteration } from "./iteration.js"
import type { MessageLike } from "./message.js"
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

/** A frame as it is received. */
export type Message = Buffer

/** Constructor options: any writable socket option, and the context to create the socket in. */
export type SocketOptions<S extends Socket> = Partial<Pick<S, WritableOption<S>>> & { context?: Context }

/** Names of properties that can be assigned: neither methods nor read-only properties. */
type WritableOption<S> = {
  [K in keyof S]-?: S[K] extends (...args: never[]) => unknown
    ? never
    : Same<{ [P in K]: S[P] }, { -readonly [P in K]: S[P] }> extends true
      ? K
      : never
}[keyof S]

/** Whether two types are the same to the letter, `readonly` included. */
type Same<A, B> = (<T>(probe: T) => T extends A ? 1 : 2) extends <T>(probe: T) => T extends B ? 1 : 2 ? true : false

/** Sockets that send. */
export interface Writable<M = MessageLike | MessageLike[], O extends [...object[]] = []> extends SendOptions {
  /**
   * Sends a message of one frame, or of several if given an array: the whole of it or nothing. Resolves when the
   * message is queued. Frames of more than 128 bytes are not copied: leave them alone until they are sent, or the peer may
   * receive other bytes in this message.
   * @throws TypeError without a message; ZmqError EBADF on a closed socket; EBUSY when too many sends wait.
   * Rejects with a TypeError for an array that has holes and for memory that is gone, EAGAIN after `sendTimeout`, EFSM
   * if it was out of turn until then, EHOSTUNREACH without the peer (Router `mandatory`), or the signal's reason.
   */
  send(message: M, ...options: O extends [] ? [options?: WaitOptions] : O): Promise<void>
  /**
   * Sends messages in order, no other in between; resolves when all are queued. Faster than as many `send`s where
   * messages are small and there are many at hand. When it fails, the first of them may have been sent. All are taken from
   * `messages` before the first is sent; frames of up to 128 bytes may be reused for the next message.
   */
  sendMany(messages: Iterable<M>, ...options: O extends [] ? [options?: WaitOptions] : O): Promise<void>
  /**
   * Sends `message` if that needs no waiting, and returns whether it did. It is synchronous: a loop of such calls has to await
   * something else, such as `setImmediate` of `node:timers/promises`, or no room is ever made.
   * @throws what `send` throws or rejects with.
   */
  trySend(message: M, ...options: O): boolean
  /** A stream that sends what is written, with backpressure. Its end leaves the socket open. Messages with options are pairs. */
  writableStream(): WritableStream<O extends [] ? M : [M, ...O]>
}

/** Sockets that receive: by call, or by `for await`. */
export interface Readable<M extends object[] = Message[]> extends ReceiveOptions {
  /**
   * The next message, one element per frame.
   * @throws ZmqError EBADF on a closed socket; EBUSY when too many calls wait.
   * Rejects with EAGAIN after `receiveTimeout` or when the socket closes, or with EFSM if it was out of turn until then.
   */
  receive(options?: WaitOptions): Promise<M>
  /**
   * As many messages as are there, at least one and at most `max` (default 1,000): waits only for the first. Faster than
   * as many `receive`s where messages are small.
   */
  receiveMany(max?: number, options?: WaitOptions): Promise<M[]>
  /** Batches of messages as they arrive, each with all that are available, until the socket closes. */
  batches(max?: number): AsyncIterable<M[]>
  /**
   * The next message if that needs no waiting. It is synchronous: a loop of such calls has to await something else, such as
   * `setImmediate` of `node:timers/promises`, or nothing ever arrives.
   * @throws ZmqError EBADF, EBUSY
   */
  tryReceive(): M | undefined
  /** The same as a stream. */
  readableStream(): ReadableStream<M>
  /** Messages as they arrive, until the socket closes. */
  [Symbol.asyncIterator](): AsyncIterator<M, undefined>
}

/** One peer to one peer (RFC 31). */
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

/** Publishes messages to all subscribers whose topics are a prefix of the first frame; never waits (RFC 29). */
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

/** Receives the messages of publishers whose first frame begins with a topic that it has subscribed to (RFC 29). */
export class Subscriber extends Socket {
  constructor(options?: SocketOptions<Subscriber>) {
    super(registerType(SUB), options)
  }

  /** Subscribes to messages that begin with any of `topics`; without arguments, to all messages. Counted. */
  subscribe(...topics: (string | Buffer)[]): void {
    subscribe(coreOf(this), topics, true)
  }

  /** Cancels one subscription for each of `topics`, or one to all messages without arguments. */
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

/** Sends a request, then receives its reply, in strict alternation (RFC 28). */
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

/** Receives a request, then sends its reply, in strict alternation (RFC 28). */
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

/** Distributes messages to its peers in turn, and receives from all of them fairly (RFC 28). */
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

/** Receives from all peers fairly, and sends to the peer whose routing id is the first frame (RFC 28). */
export class Router extends Socket {
  constructor(options?: SocketOptions<Router>) {
    super(registerType(ROUTER), options)
  }

  /** With `routingId` messages can be sent to that id from now on, whether or not the peer is there yet. */
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

/** Receives from all PUSH peers fairly (RFC 30). */
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

/** Distributes messages to its PULL peers in turn (RFC 30). */
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

/** A publisher that receives its subscribers' subscriptions: `0x01 topic`, and `0x00 topic` when they end (RFC 29). */
export class XPublisher extends Socket {
  constructor(options?: SocketOptions<XPublisher>) {
    super(registerType(XPUB), options)
  }

  /** With `manual`: subscribes the peer whose subscription was received last (ZMQ_SUBSCRIBE). */
  subscribe(...topics: (string | Buffer)[]): void {
    subscribe(coreOf(this), topics, true)
  }

  /** Undoes `subscribe` (ZMQ_UNSUBSCRIBE). */
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

/** A subscriber that sends its subscriptions as messages: `0x01 topic`, and `0x00 topic` to end them (RFC 29). */
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

/** Connects `socket` to a peer that is called `routingId` if that is given; the next one is not, even if `connect` throws. */
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

/** Registers all standard types, so that `Socket` can create them by number, and returns `Socket`. */
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

// At run time every socket has these methods. TypeScript types and errors say what each socket type supports.
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
  readableStream(this: Socket) {
    return readableStream(this)
  },
  with(this: Socket, codec: Codec<unknown>, options?: TypedOptions) {
    return new View(this, codec, options)
  },
  [Symbol.asyncIterator](this: Socket) {
    return new Iteration(this, nextMessage)
  },
  /** Placeholders: draft socket types override them. */
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
