import { context as defaultContext, Context } from "./context.js"
import { spend } from "./core/budget.js"
import { WaitingLine } from "./core/waiting-line.js"
import { zmqError, type ZmqErrorCode } from "./errors.js"
import { sizeOf, toMessage } from "./message.js"
import { optionsOf, readNumbered, readOption, writeNumbered, writeOption } from "./option-access.js"
import type { Observer } from "./observer.js"
import type { SocketTypeNumber } from "./options.js"
import { SocketCore } from "./socket-core.js"
import { retain, type Message } from "./zmtp/bytes.js"

/** Most calls of `receive` that may wait at once; sends are bounded by the high-water mark. */
const MAX_WAITING_RECEIVES = 1000

/** Most messages that `receiveMany` gives unless told otherwise. */
export const DEFAULT_BATCH = 1000

const SETTLED = Promise.resolve()

/** For one call of `send` or `receive`. */
export interface WaitOptions {
  /** Ends the wait with its reason. What is already queued stays queued. */
  signal?: AbortSignal | undefined
  /** How long to wait, in ms, instead of `sendTimeout` or `receiveTimeout`; -1 means without limit. */
  timeout?: number | undefined
}

/** Messages that wait to be sent, in order. */
interface Batch {
  readonly messages: readonly Message[]
  /** Index of the first that is not sent. */
  next: number
}

/** The part of `socket` that its subclasses in this library build on. */
export let coreOf: (socket: Socket) => SocketCore
/** The same for an operation. @throws ZmqError EBADF when it is closed, EBUSY while it binds. */
export let use: (socket: Socket) => SocketCore
export let send: (socket: Socket, message: unknown, options?: WaitOptions) => Promise<void>
export let sendMany: (socket: Socket, messages: Iterable<unknown>, options?: WaitOptions) => Promise<void>
export let trySend: (socket: Socket, message: unknown) => boolean
export let receive: (socket: Socket, options?: WaitOptions) => Promise<Message>
export let receiveMany: (socket: Socket, max?: number, options?: WaitOptions) => Promise<Message[]>
export let tryReceive: (socket: Socket) => Message | undefined
export let iterate: (socket: Socket) => AsyncIterator<Message, undefined>
export let batches: (socket: Socket, max?: number) => AsyncIterable<Message[], undefined>
/** Nothing else can be done with `socket` until `operation` has settled. */
export let block: <T>(socket: Socket, operation: () => Promise<T>) => Promise<T>

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
  /** Adds an address or block (`10.0.0.0/8`) to those whose tcp connections are accepted; `null` accepts all, the default (ZMQ_TCP_ACCEPT_FILTER). */
  declare tcpAcceptFilter: string | null
  /** `host:port` of a SOCKS5 proxy that tcp connections are made through; `null` for none, the default (ZMQ_SOCKS_PROXY). */
  declare socksProxy: string | null
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
  /** TCP keep-alives left unanswered until the connection is given up. Default -1 (ZMQ_TCP_KEEPALIVE_CNT). See docs/semantics.md. */
  declare tcpKeepaliveCount: number
  /** Time between TCP keep-alives, in s. Default -1 (ZMQ_TCP_KEEPALIVE_INTVL). See docs/semantics.md. */
  declare tcpKeepaliveInterval: number
  /** Time that sent data may stay unacknowledged, in ms. Default 0 (ZMQ_TCP_MAXRT). Kept only: see docs/semantics.md. */
  declare tcpMaxRetransmitTimeout: number
  /** IP type of service. Default 0 (ZMQ_TOS). See docs/semantics.md. */
  declare typeOfService: number
  /** Network interface to use. Default none (ZMQ_BINDTODEVICE). Kept only: see docs/semantics.md. */
  declare interface: string | null
  /** I/O threads to use, as bits. Default 0 (ZMQ_AFFINITY). Kept only: there are no I/O threads. */
  declare affinity: number
  /** Multicast rate in kbit/s. Default 100 (ZMQ_RATE). Kept only: for pgm, which is not there. */
  declare rate: number
  /** Multicast recovery interval in ms. Default 10,000 (ZMQ_RECOVERY_IVL). Kept only: for pgm, which is not there. */
  declare recoveryInterval: number
  /** Largest multicast packet in bytes. Default 1500 (ZMQ_MULTICAST_MAXTPDU). Kept only: for pgm, which is not there. */
  declare multicastMaxTransportDataUnit: number
  /** Windows' fast path for loopback. Default false (ZMQ_LOOPBACK_FASTPATH). Kept only. */
  declare loopbackFastPath: boolean

  /** What happens to its connections; the same observer each time. @throws ZmqError ENOTSOCK once closed. */
  declare readonly events: Observer

  readonly #core: SocketCore
  readonly #sends: WaitingLine<Batch, true>
  readonly #receives: WaitingLine<undefined, Message>
  /** Number of operations under way that leave no room for others: bind, unbind, a proxy. */
  #blocked = 0
  #closeWanted = false

  static {
    coreOf = (socket) => socket.#core
    use = (socket) => {
      socket.#check()
      return socket.#core
    }
    send = (socket, message, options) => socket.#send(message, options)
    sendMany = (socket, messages, options) => socket.#sendMany(messages, options)
    trySend = (socket, message) => socket.#trySend(message)
    receive = (socket, options) => socket.#receive(options)
    receiveMany = (socket, max, options) => socket.#receiveMany(max, options)
    tryReceive = (socket) => socket.#tryReceive()
    iterate = (socket) => ({ next: () => socket.#next() })
    batches = (socket, max) => ({
      [Symbol.asyncIterator]: () => ({ next: () => socket.#untilClosed(() => socket.#receiveMany(max)) }),
    })
    block = (socket, operation) => socket.#block(operation)
  }

  protected constructor(type: SocketTypeNumber, options: object = {}) {
    if (typeof type !== "number") throw new TypeError("Socket type must be a number")
    if (typeof options !== "object" || (options as unknown) === null) throw new TypeError("Options must be an object")
    if (optionsOf(type) === undefined) throw zmqError("EINVAL")
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

  /** Always false: a socket belongs to the thread that made it (ZMQ_THREAD_SAFE). */
  get threadSafe(): boolean {
    return false
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
    checkAddress(address)
    this.#check()
    return this.#block(() => this.#core.bind(address))
  }

  /**
   * Stops listening at `address` and ends the connections accepted there; resolves when the address is free again.
   * @param address As given to `bind`, or `lastEndpoint` if it had wildcards.
   * @throws ZmqError (rejects) ENOENT when it is not bound.
   */
  unbind(address: string): Promise<void> {
    checkAddress(address)
    this.#check()
    return this.#block(() => this.#core.unbind(address))
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

  /** Like `bind`, for endpoints that can be bound at once. @throws ZmqError EINVAL for others: use `bind`. */
  bindSync(address: string): void {
    checkAddress(address)
    this.#check()
    this.#core.bindSync(address)
  }

  /** Like `unbind`, but the address may be free only when the event loop has turned. */
  unbindSync(address: string): void {
    checkAddress(address)
    this.#check()
    void this.#core.unbindSync(address)
  }

  /** Releases everything at once; messages already sent go on in the background for up to `linger` ms. */
  close(): void {
    if (this.#core.closed) return
    if (this.#blocked > 0) {
      this.#closeWanted = true
      return
    }
    this.#core.close()
    this.#sends.dismiss((batch) => this.#sendRefusal(batch))
    this.#receives.dismiss(() => this.#receiveRefusal())
  }

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL when there is none to read. */
  protected getBoolOption(option: number): boolean {
    return Boolean(readNumbered(this.#core, option))
  }

  /** Sets an option by its `ZMQ_…` number. @throws ZmqError EINVAL when there is none to set. */
  protected setBoolOption(option: number, value: boolean): void {
    if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
    writeNumbered(this.#core, option, value)
  }

  protected getInt32Option(option: number): number {
    return Number(readNumbered(this.#core, option))
  }

  protected setInt32Option(option: number, value: number): void {
    if (typeof value !== "number") throw new TypeError("Option value must be a number")
    writeNumbered(this.#core, option, value)
  }

  protected getUint32Option(option: number): number {
    return this.getInt32Option(option)
  }

  protected setUint32Option(option: number, value: number): void {
    this.setInt32Option(option, value)
  }

  protected getInt64Option(option: number): number {
    return this.getInt32Option(option)
  }

  protected setInt64Option(option: number, value: number): void {
    this.setInt32Option(option, value)
  }

  protected getUint64Option(option: number): number {
    return this.getInt32Option(option)
  }

  protected setUint64Option(option: number, value: number): void {
    this.setInt32Option(option, value)
  }

  protected getStringOption(option: number): string | null {
    return readNumbered(this.#core, option) as string | null
  }

  protected setStringOption(option: number, value: string | Uint8Array | null): void {
    writeNumbered(this.#core, option, value)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return SETTLED
  }

  #send(message: unknown, options: WaitOptions | undefined): Promise<void> {
    const frames = this.#admit(message)
    if (frames.length === 0) return SETTLED
    const abortion = options && alreadyAborted(options)
    if (abortion !== undefined) return abortion
    if (this.#sends.length === 0) {
      try {
        if (this.#core.pattern.send(frames)) return spend(sizeOf(frames)) ?? SETTLED
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return this.#waitToSend({ messages: [retain(frames)], next: 0 }, options)
  }

  #sendMany(messages: Iterable<unknown>, options: WaitOptions | undefined): Promise<void> {
    this.#check()
    const batch: Batch = { messages: Array.from(messages, toMessage).filter(({ length }) => length > 0), next: 0 }
    const abortion = options && alreadyAborted(options)
    if (abortion !== undefined) return abortion
    if (this.#sends.length === 0) {
      try {
        if (this.#sendBatch(batch)) {
          return spend(batch.messages.reduce((size, message) => size + sizeOf(message), 0)) ?? SETTLED
        }
      } catch (error) {
        return Promise.reject(error)
      }
    }
    const { messages: all, next } = batch
    return this.#waitToSend({ messages: all.slice(next).map(retain), next: 0 }, options)
  }

  #trySend(message: unknown): boolean {
    const frames = this.#admit(message)
    return frames.length === 0 || (this.#sends.length === 0 && this.#core.pattern.send(frames))
  }

  /** The frames of what the application gave. @throws TypeError, ZmqError EBADF, EBUSY */
  #admit(message: unknown): Message {
    if (message === undefined) throw new TypeError("Message must be present")
    this.#check()
    return toMessage(message)
  }

  #waitToSend(batch: Batch, options: WaitOptions | undefined): Promise<void> {
    const { sendTimeout, sendHighWaterMark } = this.#core.settings
    const timeout = options?.timeout ?? sendTimeout
    if (timeout === 0) return Promise.reject(this.#sendRefusal(batch))
    if (sendHighWaterMark > 0 && this.#sends.length >= sendHighWaterMark) {
      throw zmqError("EBUSY", { message: "Socket is busy writing; too many send operations are waiting" })
    }
    const patience = { timeout, signal: options?.signal }
    return this.#sends.join(batch, patience, (waiting) =>
      this.#sendRefusal(waiting),
    ) as Promise<unknown> as Promise<void>
  }

  /** True when the whole batch is sent. */
  #sendBatch(batch: Batch): boolean {
    const { pattern } = this.#core
    while (batch.next < batch.messages.length) {
      if (!pattern.send(batch.messages[batch.next]!)) return false
      batch.next++
    }
    return true
  }

  #sendRefusal({ messages, next }: Batch): Error {
    return zmqError(this.#core.pattern.sendRefusal(messages[next]!))
  }

  #receive(options?: WaitOptions): Promise<Message> {
    this.#check()
    const abortion = options && alreadyAborted(options)
    if (abortion !== undefined) return abortion
    if (this.#receives.length === 0) {
      const message = this.#core.pattern.receive()
      if (message !== undefined) {
        const turn = spend(sizeOf(message))
        return turn === undefined ? Promise.resolve(message) : turn.then(() => message)
      }
    }
    const timeout = options?.timeout ?? this.#core.settings.receiveTimeout
    if (timeout === 0) return Promise.reject(this.#receiveRefusal())
    if (this.#receives.length >= MAX_WAITING_RECEIVES) {
      throw zmqError("EBUSY", { message: "Socket is busy reading; too many receive operations are waiting" })
    }
    const patience = { timeout, signal: options?.signal }
    return this.#receives.join(undefined, patience, () => this.#receiveRefusal())
  }

  async #receiveMany(max = DEFAULT_BATCH, options?: WaitOptions): Promise<Message[]> {
    if (!(max >= 1)) throw zmqError("EINVAL", { message: "A batch has at least one message" })
    const batch = [await this.#receive(options)]
    let size = 0
    while (batch.length < max && this.#receives.length === 0) {
      const message = this.#core.pattern.receive()
      if (message === undefined) break
      batch.push(message)
      size += sizeOf(message)
    }
    await spend(size)
    return batch
  }

  #tryReceive(): Message | undefined {
    this.#check()
    return this.#receives.length === 0 ? this.#core.pattern.receive() : undefined
  }

  #receiveRefusal(): Error {
    return zmqError(this.#core.pattern.receiveRefusal())
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

  #wait(): Promise<IteratorResult<Message, undefined>> {
    return this.#untilClosed(() => this.#receive())
  }

  /** What `attempt` gives, or the end once the socket is closed. */
  async #untilClosed<T>(attempt: () => Promise<T>): Promise<IteratorResult<T, undefined>> {
    try {
      if (!this.#core.closed) return { value: await attempt(), done: false }
    } catch (error) {
      if (!this.#core.closed || (error as { code?: ZmqErrorCode }).code !== "EAGAIN") throw error
    }
    return { done: true } as IteratorReturnResult<undefined>
  }

  #serveSends(): void {
    this.#sends.serve((batch) => (this.#sendBatch(batch) ? true : undefined))
  }

  #serveReceives(): void {
    this.#receives.serve(() => this.#core.pattern.receive())
  }

  /** @throws ZmqError EBADF, EBUSY */
  #check(): void {
    if (this.#core.closed) throw zmqError("EBADF")
    if (this.#blocked > 0) throw zmqError("EBUSY", { message: "Socket is blocked by a bind or unbind operation" })
  }

  async #block<T>(operation: () => Promise<T>): Promise<T> {
    this.#blocked++
    this.#core.binding = true
    try {
      return await operation()
    } finally {
      this.#core.binding = --this.#blocked > 0
      if (this.#closeWanted) this.close()
    }
  }
}

/** Gives `prototype` the accessors of all options that sockets of `type` have. */
export function defineOptions(prototype: Socket, type: SocketTypeNumber): void {
  for (const rule of optionsOf(type)!) {
    Object.defineProperty(prototype, rule.name, {
      configurable: true,
      enumerable: false,
      get(this: Socket) {
        return readOption(coreOf(this), rule)
      },
      set(this: Socket, value: unknown) {
        writeOption(coreOf(this), rule, value)
      },
    })
  }
}

// Assigning to what can only be read says so in the same words for every class.
for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(Socket.prototype))) {
  if (property.get === undefined) continue
  Object.defineProperty(Socket.prototype, name, {
    ...property,
    set() {
      throw new TypeError(`Cannot set property ${name} of #<Socket> which has only a getter`)
    },
  })
}

/** @throws TypeError when `options` are none. */
function alreadyAborted(options: WaitOptions): Promise<never> | undefined {
  if (typeof options !== "object" || (options as unknown) === null) throw new TypeError("Options must be an object")
  const { signal } = options
  return signal?.aborted === true ? Promise.reject(signal.reason as Error) : undefined
}

function checkAddress(address: unknown): void {
  if (typeof address !== "string") throw new TypeError("Address must be a string")
}
