import { encodeText } from "../zmtp/bytes.js"
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
import { coreOf, registerType, Socket } from "./socket.js"
import "./socket-methods.js"
import type { Readable, SocketOptions, Writable } from "./socket-methods.js"
import { nameNextPeer, subscribe } from "./options/access.js"
import type { OptionsOf } from "./options/settings.js"
import type { Typed, TypedPublisher, TypedReceiver, TypedRouter, TypedSender, TypedSubscriber } from "./typed-socket.js"

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
