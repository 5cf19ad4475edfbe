// The API of zeromq.js 4 and 5, for programs that were written for it.

import { EventEmitter } from "node:events"
import {
  Dealer,
  Observer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
  type EventType,
  type Message,
  type MessageLike,
  type Readable,
  type Socket as V6Socket,
  type Writable,
} from "../index.js"
import { encodeText } from "../zmtp/bytes.js"
import { Binding } from "./binding.js"
import { ZMQ_SNDMORE, ZMQ_SNDTIMEO } from "./constants.js"
import { SendQueue, type Callback } from "./send-queue.js"
import { options, readOption, subscriberOf, writeOption } from "./options.js"

/** Names of the socket types. `xreq` and `xrep` are former names of `dealer` and `router`. */
export type SocketType = keyof typeof CLASSES

type SystemError = Error & { errno?: number }

/**
 * Base class that initializes the fields of its subclasses in an existing object. Programs that predate `class` call
 * `Socket.call(this, type)` in their own constructors, and inherit from `Socket.prototype`.
 */
class Adopting extends EventEmitter {
  constructor(adopted: EventEmitter | undefined) {
    super()
    if (adopted === undefined) return
    Reflect.apply(EventEmitter, adopted, [])
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- The object becomes an instance.
    return adopted
  }
}

/**
 * A socket that emits `"message"` events for received messages, one argument for each frame. It reads from the start,
 * and keeps the process alive while it may receive.
 */
export class Socket extends Adopting {
  /** Options by their short names, and further properties that programs store on their sockets. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- As in the types of zeromq.js.
  [key: string]: any

  readonly type: SocketType
  /** The parts of zeromq.js 5's native object that programs use. */
  readonly _zmq: Binding
  readonly #socket: V6Socket
  readonly #source: Readable | undefined
  readonly #queue: SendQueue | undefined
  /** Messages that were received and not emitted yet. */
  #held: Message[] | undefined
  #telling = false
  #reading = false
  #paused = false
  #observer: Observer | undefined

  /**
   * @param adopted The object to turn into the socket. Default: a new one.
   * @throws Error for an unknown type.
   */
  constructor(type: SocketType, adopted?: EventEmitter) {
    super(adopted)
    if (!Object.hasOwn(CLASSES, type)) throw new Error(`Invalid socket type: ${type}`)
    const socket: V6Socket = new CLASSES[type]()
    this.type = type
    this.#socket = socket
    this.#source = SENDERS_ONLY.has(type) ? undefined : (socket as unknown as Readable)
    const sink = RECEIVERS_ONLY.has(type) ? undefined : (socket as unknown as Writable)
    if (sink !== undefined) {
      // With a timeout, the next request fails if the reply does not arrive.
      const expectsReplies = (): boolean => type === "req" && this.getsockopt(ZMQ_SNDTIMEO) === -1
      this.#queue = new SendQueue(socket, sink, expectsReplies, (error) => this.emit("error", error))
    }
    this._zmq = new Binding(socket, sink, () => {
      const message = this.#held
      this.#held = undefined
      if (!this.#telling) this.#read()
      return message
    })
    this.#read()
  }

  /** Whether the socket is paused. */
  get _paused(): boolean {
    return this.#paused
  }

  get closed(): boolean {
    return this.#socket.closed
  }

  /**
   * Binds. On success, emits `"bind"` and calls `callback`; on failure, calls `callback` with the error or emits
   * `"error"`.
   */
  bind(address: string, callback?: Callback): this {
    this.#report(this.#socket.bind(address), "bind", address, callback)
    return this
  }

  /**
   * Unbinds. On success, emits `"unbind"` and calls `callback`; on failure, calls `callback` with the error or emits
   * `"error"`.
   */
  unbind(address: string, callback?: Callback): this {
    this.#report(this.#socket.unbind(address), "unbind", address, callback)
    return this
  }

  bindSync(address: string): void {
    this.#socket.bindSync(address)
  }

  unbindSync(address: string): void {
    this.#socket.unbindSync(address)
  }

  connect(address: string): this {
    this.#socket.connect(address)
    return this
  }

  disconnect(address: string): this {
    this.#socket.disconnect(address)
    return this
  }

  /**
   * Queues a message, without limit, after those sent before.
   * @param flags With ZMQ_SNDMORE, its frames precede those of the next call.
   * @param callback Called when the message is sent, or with the error. Without it, errors are `"error"` events.
   */
  send(message: MessageLike | MessageLike[], flags?: number | null, callback?: Callback): this {
    if (this.#queue === undefined) refuse(callback)
    else {
      const frames = ([] as MessageLike[]).concat(message)
      const more = (Number(flags) & ZMQ_SNDMORE) !== 0
      this.#queue.push(frames, typeof callback === "function" ? [callback] : [], more)
    }
    return this
  }

  /** @throws Error always, because messages are emitted as events. */
  read(): never {
    throw new Error("read() has been removed from compatibility mode; use on('message', ...) instead.")
  }

  /** Stops emitting and sending until `resume`. No messages are lost. */
  pause(): void {
    this.#paused = true
    this.#queue?.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) process.nextTick(this.#deliver, held)
    this.#read()
    this.#queue?.resume()
  }

  /**
   * Closes the socket. Messages that `send` of v6 has accepted linger. Messages that are still queued are dropped; as
   * in zeromq.js, their callbacks are not called.
   */
  close(): this {
    this.#socket.close()
    this.#queue?.flush()
    return this
  }

  /** Subscribes. @throws Error unless the type is `sub`. */
  subscribe(filter: string | Buffer): this {
    subscriberOf(this.#socket).subscribe(filter)
    return this
  }

  /** Cancels a subscription. @throws Error unless the type is `sub`. */
  unsubscribe(filter: string | Buffer): this {
    subscriberOf(this.#socket).unsubscribe(filter)
    return this
  }

  /** Emits connection events: name, value (an interval or an errno), address, error. */
  monitor(interval?: number, num?: number): this {
    if (interval !== undefined || num !== undefined) {
      process.emitWarning("Arguments to monitor() are ignored in compatibility mode; all events are read automatically")
    }
    if (this.#observer !== undefined) return this
    const observer = new Observer(this.#socket)
    this.#observer = observer
    for (const [type, name] of EVENT_NAMES) {
      observer.on(type, (event) => {
        const { address, interval, error } = event as { address?: string; interval?: number; error?: SystemError }
        // Other events with a cause, such as `disconnect`, had no error in zeromq.js 5.
        if (name.endsWith("_error")) this.emit(name, error?.errno, address, error)
        else this.emit(name, interval, address, undefined)
      })
    }
    return this
  }

  unmonitor(): this {
    this.#observer?.close()
    this.#observer = undefined
    return this
  }

  /** Sets an option. @param option A `ZMQ_…` number or a short name. @throws Error, TypeError, ZmqError */
  setsockopt(option: number | string, value: unknown): this {
    writeOption(this.#socket, option, value)
    return this
  }

  /** Reads an option. @param option A `ZMQ_…` number or a short name. @throws Error, ZmqError */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- The type depends on the option.
  getsockopt(option: number | string): any {
    return readOption(this.#socket, option)
  }

  /** Reports the result of `operation`. */
  #report(operation: Promise<void>, event: string, address: string, callback: Callback | undefined): void {
    operation.then(
      () => {
        process.nextTick(() => {
          this.emit(event, address)
          callback?.()
        })
      },
      (error: unknown) => {
        process.nextTick(() => {
          if (callback === undefined) this.emit("error", error)
          else callback(error as Error)
        })
      },
    )
  }

  /** Receives the next message, unless the socket is paused or has to wait. */
  #read(): void {
    if (this.#source === undefined || this.#reading || this.#held !== undefined) return
    if (this.#paused || this.closed) return
    this.#reading = true
    this.#source.receive(WITHOUT_LIMIT).then(
      (message) => {
        // Use a separate tick, so that a listener that throws does not stop the loop.
        process.nextTick(this.#deliver, message)
      },
      (error: unknown) => {
        this.#reading = false
        if (!this.closed) this.emit("error", error)
      },
    )
  }

  /** Emits the received message. Programs replace this method to read with `_zmq.readv()` instead. */
  _flushRead(): boolean {
    const message = this._zmq.readv()
    if (message === undefined) return false
    this.emit("message", ...message)
    return true
  }

  readonly #deliver = (message: Message[]): void => {
    this.#held = message
    if (this.#paused) return
    this.#reading = false
    if (this.closed) return
    this.#telling = true
    try {
      this._flushRead()
    } finally {
      this.#telling = false
      this.#read()
      this.#queue?.received()
    }
  }
}

/** Reports an attempt to send on a socket that only receives. Without a callback, it is thrown. */
function refuse(callback: Callback | undefined): void {
  const error = new Error("Cannot send on this socket type.")
  if (typeof callback === "function") process.nextTick(callback, error)
  else void Promise.reject(error)
}

/** Waits without limit, because there is no call that a timeout could reject. */
const WITHOUT_LIMIT = { timeout: -1 }

const CLASSES = {
  pair: Pair,
  req: Request,
  rep: Reply,
  pub: Publisher,
  sub: Subscriber,
  dealer: Dealer,
  xreq: Dealer,
  router: Router,
  xrep: Router,
  pull: Pull,
  push: Push,
  xpub: XPublisher,
  xsub: XSubscriber,
  stream: Stream,
} as const

const SENDERS_ONLY: ReadonlySet<SocketType> = new Set(["pub", "push"])
const RECEIVERS_ONLY: ReadonlySet<SocketType> = new Set(["sub", "pull"])

/** The events of `monitor`, by the types of those of zeromq.js v6. */
const EVENT_NAMES: readonly (readonly [EventType, string])[] = [
  ["connect", "connect"],
  ["connect:delay", "connect_delay"],
  ["connect:retry", "connect_retry"],
  ["bind", "listen"],
  ["bind:error", "bind_error"],
  ["accept", "accept"],
  ["accept:error", "accept_error"],
  ["close", "close"],
  ["close:error", "close_error"],
  ["disconnect", "disconnect"],
]

for (const [name, option] of Object.entries(options)) {
  Object.defineProperty(Socket.prototype, name, {
    configurable: true,
    get(this: Socket): unknown {
      return this.getsockopt(option)
    },
    set(this: Socket, value: unknown) {
      this.setsockopt(option, typeof value === "string" ? encodeText(value) : value)
    },
  })
}
