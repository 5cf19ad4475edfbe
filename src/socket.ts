import { context as defaultContext, Context } from "./context.js"
import { spend } from "./core/budget.js"
import { WaitingLine } from "./core/waiting-line.js"
import { zmqError, type ZmqErrorCode } from "./errors.js"
import { sizeOf, toMessage } from "./message.js"
import { admit, OPTIONS, present, type OptionRule, type SocketTypeNumber } from "./options.js"
import { SubPattern } from "./patterns/sub.js"
import { SocketCore } from "./socket-core.js"
import { retain, type Message } from "./zmtp/bytes.js"

/** Most calls of `receive` that may wait at once; sends are bounded by the high-water mark. */
const MAX_WAITING_RECEIVES = 1000

const SETTLED = Promise.resolve()

/** The part of `socket` that its subclasses in this library build on. */
export let coreOf: (socket: Socket) => SocketCore
/** The same for an operation. @throws ZmqError EBADF when it is closed, EBUSY while it binds. */
export let use: (socket: Socket) => SocketCore
export let send: (socket: Socket, message: unknown) => Promise<void>
export let receive: (socket: Socket) => Promise<Message>
export let iterate: (socket: Socket) => AsyncIterator<Message, undefined>

/**
 * What all sockets have in common: endpoints, closing, and the promises around one pattern. Several calls of `send`
 * and of `receive` may wait at once; they are served first come, first served.
 */
export abstract class Socket {
  /** How long to go on sending after `close`, in ms; -1 means without limit. Default -1, 0 for SUB and XSUB (ZMQ_LINGER). */
  declare linger: number
  /** Time before connecting again, in ms, plus a random part of it; 0 or -1 means never. Default 100 (ZMQ_RECONNECT_IVL). */
  declare reconnectInterval: number
  /** Longest time before connecting again, in ms: the interval doubles up to it. Default 0, no doubling (ZMQ_RECONNECT_IVL_MAX). */
  declare reconnectMaxInterval: number
  /** Most connections waiting to be accepted. Default 100 (ZMQ_BACKLOG). */
  declare backlog: number
  /** Largest frame to accept, in bytes; a peer that sends a larger one is cut off. -1 means no limit, the default (ZMQ_MAXMSGSIZE). */
  declare maxMessageSize: number
  /** Queue messages only for connections that are there. Default false (ZMQ_IMMEDIATE). */
  declare immediate: boolean
  /** Use IPv6 as well as IPv4. Default as in the context, false (ZMQ_IPV6). */
  declare ipv6: boolean
  /** Longest time a handshake may take, in ms; 0 means no limit. Default 30,000 (ZMQ_HANDSHAKE_IVL). */
  declare handshakeInterval: number
  /** Longest time that connecting may take, in ms; 0 leaves it to the system. Default 0 (ZMQ_CONNECT_TIMEOUT). */
  declare connectTimeout: number
  /** Time between heartbeats to each peer, in ms; 0 means none. Default 0 (ZMQ_HEARTBEAT_IVL). */
  declare heartbeatInterval: number
  /** How long a peer may leave a heartbeat unanswered, in ms. Default -1, as long as the interval (ZMQ_HEARTBEAT_TIMEOUT). */
  declare heartbeatTimeout: number
  /** How long a peer is to wait for our next sign of life, in ms, kept in steps of 100. Default 0, for ever (ZMQ_HEARTBEAT_TTL). */
  declare heartbeatTimeToLive: number
  /** TCP keep-alive: 1 on, 0 off, -1 as the system has it. Default -1 (ZMQ_TCP_KEEPALIVE). */
  declare tcpKeepalive: number
  /** Idle time before the first TCP keep-alive, in s; -1 as the system has it. Default -1 (ZMQ_TCP_KEEPALIVE_IDLE). */
  declare tcpKeepaliveIdle: number

  readonly #core: SocketCore
  readonly #sends: WaitingLine<Message, true>
  readonly #receives: WaitingLine<undefined, Message>
  /** Number of bind and unbind operations under way. */
  #blocked = 0
  #closeWanted = false

  static {
    coreOf = (socket) => socket.#core
    use = (socket) => {
      socket.#check()
      return socket.#core
    }
    send = (socket, message) => socket.#send(message)
    receive = (socket) => socket.#receive()
    iterate = (socket) => ({ next: () => socket.#next() })
  }

  protected constructor(type: SocketTypeNumber, options: object = {}) {
    if (typeof type !== "number") throw new TypeError("Socket type must be a number")
    if (typeof options !== "object" || (options as unknown) === null) throw new TypeError("Options must be an object")
    if (OPTIONS_BY_TYPE[type] === undefined) throw zmqError("EINVAL")
    const { context = defaultContext, ...rest } = options as { context?: Context }
    if (!(context instanceof Context)) throw zmqError("EINVAL")
    this.#core = new SocketCore(type, context, {
      sendable: () => {
        if (this.#sends.length > 0) this.#serveSends()
      },
      receivable: () => {
        if (this.#receives.length > 0) this.#serveReceives()
      },
    })
    this.#sends = new WaitingLine(this.#core.clock)
    this.#receives = new WaitingLine(this.#core.clock)
    try {
      Object.assign(Object.seal(this), rest)
    } catch (error) {
      this.#core.close()
      throw error
    }
  }

  /** The context this socket was made in; `undefined` once closed. */
  get context(): Context {
    return (this.#core.closed ? undefined : this.#core.context) as Context
  }

  get closed(): boolean {
    return this.#core.closed
  }

  /** Whether `receive` would give a message at once. */
  get readable(): boolean {
    return !this.#core.closed && this.#core.pattern.readable
  }

  /** Whether `send` would take a message at once. */
  get writable(): boolean {
    return !this.#core.closed && this.#core.pattern.writable
  }

  /** Number of the socket type (ZMQ_TYPE). */
  get type(): SocketTypeNumber {
    return this.#core.type
  }

  /** The endpoint last bound or connected, with wildcards replaced; `null` before that (ZMQ_LAST_ENDPOINT). */
  get lastEndpoint(): string | null {
    return this.#core.lastEndpoint
  }

  /**
   * Starts to listen at `address`; resolves when peers can connect. Until then nothing else can be done.
   * @param address `tcp://host:port`, `ipc://path` or `inproc://name`; `*` for any host, port or path.
   * @throws ZmqError (rejects) EINVAL, EADDRINUSE, EADDRNOTAVAIL, ENODEV, EACCES, EPROTONOSUPPORT …
   */
  bind(address: string): Promise<void> {
    return this.#block(address, () => this.#core.bind(address))
  }

  /**
   * Stops listening at `address` and ends the connections accepted there; resolves when the address is free again.
   * @param address As given to `bind`, or `lastEndpoint` if it had wildcards.
   * @throws ZmqError (rejects) ENOENT when it is not bound.
   */
  unbind(address: string): Promise<void> {
    return this.#block(address, () => this.#core.unbind(address))
  }

  /**
   * Connects to `address`, and again whenever the connection is lost. Does not wait: messages queue meanwhile.
   * @throws ZmqError EINVAL, EPROTONOSUPPORT, ENAMETOOLONG
   */
  connect(address: string): void {
    checkAddress(address)
    this.#check()
    this.#core.connect(address)
  }

  /** @throws ZmqError ENOENT when `address` is not connected. */
  disconnect(address: string): void {
    checkAddress(address)
    this.#check()
    this.#core.disconnect(address)
  }

  /** Releases everything at once; messages already sent go on in the background for up to `linger` ms. */
  close(): void {
    if (this.#core.closed) return
    if (this.#blocked > 0) {
      this.#closeWanted = true
      return
    }
    this.#core.close()
    this.#sends.dismiss((message) => zmqError(this.#core.pattern.sendRefusal(message)))
    this.#receives.dismiss(() => zmqError(this.#core.pattern.receiveRefusal()))
  }

  [Symbol.dispose](): void {
    this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return SETTLED
  }

  #send(message: unknown): Promise<void> {
    if (message === undefined) throw new TypeError("Message must be present")
    this.#check()
    const frames = toMessage(message)
    if (frames.length === 0) return SETTLED
    if (this.#sends.length === 0) {
      try {
        if (this.#core.pattern.send(frames)) return spend(sizeOf(frames)) ?? SETTLED
      } catch (error) {
        return Promise.reject(error)
      }
    }
    const { sendTimeout, sendHighWaterMark } = this.#core.settings
    if (sendTimeout === 0) return Promise.reject(zmqError(this.#core.pattern.sendRefusal(frames)))
    if (sendHighWaterMark > 0 && this.#sends.length >= sendHighWaterMark) {
      throw zmqError("EBUSY", { message: "Socket is busy writing; too many send operations are waiting" })
    }
    return this.#sends.join(retain(frames), sendTimeout, (waiting) =>
      zmqError(this.#core.pattern.sendRefusal(waiting)),
    ) as Promise<unknown> as Promise<void>
  }

  #receive(): Promise<Message> {
    this.#check()
    if (this.#receives.length === 0) {
      const message = this.#core.pattern.receive()
      if (message !== undefined) {
        const turn = spend(sizeOf(message))
        return turn === undefined ? Promise.resolve(message) : turn.then(() => message)
      }
    }
    const { receiveTimeout } = this.#core.settings
    if (receiveTimeout === 0) return Promise.reject(zmqError(this.#core.pattern.receiveRefusal()))
    if (this.#receives.length >= MAX_WAITING_RECEIVES) {
      throw zmqError("EBUSY", { message: "Socket is busy reading; too many receive operations are waiting" })
    }
    return this.#receives.join(undefined, receiveTimeout, () => zmqError(this.#core.pattern.receiveRefusal()))
  }

  /** Settles at once as long as there are messages: no promise but the one returned. */
  #next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#core.closed) return Promise.resolve({ done: true } as IteratorReturnResult<undefined>)
    if (this.#receives.length === 0 && this.#blocked === 0) {
      const value = this.#core.pattern.receive()
      if (value !== undefined) {
        const turn = spend(sizeOf(value))
        const result: IteratorResult<Message, undefined> = { value, done: false }
        return turn === undefined ? Promise.resolve(result) : turn.then(() => result)
      }
    }
    return this.#wait()
  }

  async #wait(): Promise<IteratorResult<Message, undefined>> {
    try {
      return { value: await this.#receive(), done: false }
    } catch (error) {
      if (this.#core.closed && (error as { code?: ZmqErrorCode }).code === "EAGAIN") {
        return { done: true } as IteratorReturnResult<undefined>
      }
      throw error
    }
  }

  #serveSends(): void {
    this.#sends.serve((message) => (this.#core.pattern.send(message) ? true : undefined))
  }

  #serveReceives(): void {
    this.#receives.serve(() => this.#core.pattern.receive())
  }

  /** @throws ZmqError EBADF, EBUSY */
  #check(): void {
    if (this.#core.closed) throw zmqError("EBADF")
    if (this.#blocked > 0) throw zmqError("EBUSY", { message: "Socket is blocked by a bind or unbind operation" })
  }

  #block(address: string, operation: () => Promise<void>): Promise<void> {
    checkAddress(address)
    this.#check()
    this.#blocked++
    return operation().finally(() => {
      this.#blocked--
      if (this.#closeWanted) this.close()
    })
  }
}

/** Gives `prototype` the accessors of all options that sockets of `type` have. */
export function defineOptions(prototype: Socket, type: SocketTypeNumber): void {
  for (const rule of OPTIONS_BY_TYPE[type]!) {
    Object.defineProperty(prototype, rule.name, {
      configurable: true,
      enumerable: false,
      get(this: Socket) {
        return present(rule, settingsOf(this)[rule.name])
      },
      set(this: Socket, value: unknown) {
        assign(this, rule, value)
      },
    })
  }
}

export function subscribe(socket: Socket, topics: readonly (string | Uint8Array)[], wanted: boolean): void {
  const { pattern } = use(socket)
  if (!(pattern instanceof SubPattern)) throw zmqError("ENOTSUP")
  const frames = toMessage(topics.length === 0 ? [""] : topics.map(checkTopic))
  for (const topic of frames) {
    if (wanted) pattern.subscribe(topic)
    else pattern.unsubscribe(topic)
  }
}

function settingsOf(socket: Socket): SocketCore["settings"] {
  const core = coreOf(socket)
  if (core.closed) throw zmqError("ENOTSOCK")
  return core.settings
}

function assign(socket: Socket, rule: OptionRule, value: unknown): void {
  const settings: Record<string, unknown> = settingsOf(socket) as never
  settings[rule.name] = admit(rule, value, settings[rule.name])
  const core = coreOf(socket)
  if (rule.id === SNDHWM || rule.id === RCVHWM) core.applyMarks()
  if (rule.live !== true && core.hasEndpoints) warn("Socket option will not take effect until next connect/bind.")
}

function warn(text: string): void {
  const { process } = globalThis as { process?: { emitWarning?: (text: string) => void } }
  process?.emitWarning?.(text)
}

function checkAddress(address: unknown): void {
  if (typeof address !== "string") throw new TypeError("Address must be a string")
}

function checkTopic(topic: unknown): string | Uint8Array {
  if (typeof topic === "string" || topic instanceof Uint8Array) return topic
  throw new TypeError("Option value must be a string or buffer")
}

const OPTIONS_BY_TYPE: readonly (readonly OptionRule[] | undefined)[] = (
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const
).map((type) => OPTIONS.filter(({ on }) => on === undefined || on.includes(type)))

const SNDHWM = 23
const RCVHWM = 24
