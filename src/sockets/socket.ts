import { context as defaultContext, Context } from "./context.js"
import { zmqError } from "../core/errors.js"
import type { SocketStats } from "./reports.js"
import type { Observer } from "./observer.js"
import { peerOf } from "../core/peer-trace.js"
import type { NetworkPeer } from "../zmtp/peer.js"
import type { PeersReadyOptions } from "./peer-waits.js"
import { Operations } from "./operations.js"
import { defineInspect } from "./inspect.js"
import { readOnlyErrors } from "./read-only.js"
import { SocketCore, type Occupant } from "./socket-core.js"
import type { AnyStream } from "../transports/attached/any-stream.js"
import type { Attachment, AttachOptions, StreamFactory } from "../transports/attached/attachment.js"
import { isBytes } from "../zmtp/bytes.js"
import { SOCKET_TYPES, type SocketTypeNumber } from "../zmtp/socket-types.js"
import { addType, type SocketType } from "./type-registry.js"
import { checkIdentifier, checkOpen, readNumbered, readOption, writeNumbered, writeOption } from "./options/access.js"
import { COMMON_OPTIONS, ownOptions, type CommonOptions, type OptionName } from "./options/settings.js"

/** Closes sockets that were garbage-collected. */
const forgotten =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : new FinalizationRegistry<Operations>((operations) => {
        operations.abandon()
      })

// The class assigns these to give the functions below access to its private fields. They are not exported themselves: CommonJS
// would look up an exported `let` by name on each use, and `send` and `receive` use them for each message.
let readCore: (socket: Socket) => SocketCore
let readOperations: (socket: Socket) => Operations
let startOccupying: <T>(socket: Socket, occupant: Occupant, operation: () => Promise<T>) => Promise<T>

/** The part of `socket` that its subclasses in this library build on. */
export function coreOf(socket: Socket): SocketCore {
  return readCore(socket)
}

/** The same for an operation. @throws ZmqError EBADF when it is closed, EBUSY while a proxy has it. */
export function openCore(socket: Socket): SocketCore {
  readOperations(socket).check()
  return readCore(socket)
}

/** The waiting calls of `socket`. */
export function operationsOf(socket: Socket): Operations {
  return readOperations(socket)
}

/**
 * Keeps other operations away from `socket` until `operation` has settled: other bind and unbind operations, or all for
 * a proxy. `close` waits for its end.
 * @throws ZmqError EBADF, EBUSY
 */
export function occupy<T>(socket: Socket, occupant: Occupant, operation: () => Promise<T>): Promise<T> {
  return startOccupying(socket, occupant, operation)
}

/**
 * The base of all sockets: endpoints, closing, and promises for one pattern. Several calls of `send`
 * and `receive` may wait at once; they complete in the order in which they were made.
 */
export abstract class Socket {
  /** Events of its connections; always the same observer. @throws ZmqError ENOTSOCK once closed. */
  declare readonly events: Observer

  readonly #core: SocketCore
  readonly #operations: Operations
  #closeWanted = false

  static {
    readCore = (socket) => socket.#core
    readOperations = (socket) => socket.#operations
    startOccupying = (socket, occupant, operation) => socket.#occupy(occupant, operation)
  }

  protected constructor(type: SocketTypeNumber, options: object = {}) {
    if (typeof type !== "number") throw new TypeError("Socket type must be a number")
    if (typeof options !== "object" || (options as unknown) === null) throw new TypeError("Options must be an object")
    checkCount(arguments.length, 2)
    const { context = defaultContext, ...rest } = options as { context?: Context }
    if (!(context instanceof Context)) throw zmqError("EINVAL")
    this.#core = new SocketCore(type, context)
    this.#operations = new Operations(this.#core)
    this.#core.owner = this.#operations
    if (typeof WeakRef !== "undefined") this.#core.publicSocket = new WeakRef<Socket>(this)
    forgotten?.register(this, this.#operations, this)
    try {
      Object.assign(Object.seal(this), rest)
    } catch (error) {
      this.#core.close()
      throw error
    }
  }

  /** The context that this socket was created in; `undefined` once closed. */
  get context(): Context {
    return (this.#core.closed ? undefined : this.#core.context) as Context
  }

  get closed(): boolean {
    return this.#core.closed
  }

  /** Whether `receive` would return a message without waiting. */
  get readable(): boolean {
    return !this.#core.closed && this.#core.pattern.readable
  }

  /** Whether `send` would accept a message without waiting. */
  get writable(): boolean {
    return !this.#core.closed && this.#core.pattern.writable
  }

  /** Counters since its creation, and its current state. Also works for a closed socket. */
  stats(): SocketStats {
    return this.#core.stats()
  }

  /** Number of the socket type (ZMQ_TYPE). */
  get type(): SocketTypeNumber {
    checkOpen(this.#core)
    return this.#core.type
  }

  /** The mechanism selected by the PLAIN and CURVE options; `null` for no security (ZMQ_MECHANISM). */
  get securityMechanism(): null | "plain" | "curve" | "gssapi" {
    checkOpen(this.#core)
    const { mechanism } = this.#core.settings
    return mechanism === "NULL" ? null : mechanism === "PLAIN" ? "plain" : "curve"
  }

  /**
   * The sender of `message`, an array returned by `receive`: address, keys, and the authenticator's metadata.
   * `undefined` over inproc, and without `tracePeers`.
   */
  peerOf(message: readonly Uint8Array[]): NetworkPeer | undefined {
    return peerOf(message as Uint8Array[])
  }

  /** As in libzmq, true for draft sockets; here too a socket belongs to the thread that made it (ZMQ_THREAD_SAFE). */
  get threadSafe(): boolean {
    checkOpen(this.#core)
    return this.#core.threadSafe
  }

  /** The endpoint last bound or connected, with wildcards replaced; `null` before that (ZMQ_LAST_ENDPOINT). */
  get lastEndpoint(): string | null {
    checkOpen(this.#core)
    return this.#core.endpoints.last
  }

  /**
   * Starts to listen at `address`; resolves when peers can connect. Only one `bind` or `unbind` can be in progress: others
   * throw EBUSY. `close` takes effect when it is done; all other calls work meanwhile.
   * @param address `tcp://host:port`, `ipc://path`, `ws://host:port/path` or `inproc://name`; `*` for any host, port or path.
   * @throws ZmqError (rejects) EINVAL, EADDRINUSE, EADDRNOTAVAIL, ENODEV, EACCES, EPROTONOSUPPORT …
   */
  bind(address: string): Promise<void> {
    checkAddress(address)
    checkCount(arguments.length, 1)
    return this.#occupy("bind", () => this.#core.endpoints.bind(address))
  }

  /**
   * Stops listening at `address` and ends the connections accepted there; resolves when the address is free again.
   * @param address As given to `bind`, or `lastEndpoint` if it had wildcards.
   * @throws ZmqError (rejects) ENOENT when it is not bound.
   */
  unbind(address: string): Promise<void> {
    checkAddress(address)
    checkCount(arguments.length, 1)
    return this.#occupy("bind", () => this.#core.endpoints.unbind(address))
  }

  /**
   * Connects to `address`, and again whenever the connection is lost. Does not wait: messages queue meanwhile.
   * @throws ZmqError EINVAL, EPROTONOSUPPORT, ENAMETOOLONG
   */
  connect(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.check()
    this.#core.endpoints.connect(address)
  }

  /**
   * Makes a connection of `stream`, whatever carries bytes both ways: a `Duplex` of Node, `{ readable, writable }` of Node or
   * Web streams, or one end of a message channel. From then on it belongs to the socket and is a connection like any other:
   * mechanisms, heartbeats, limits, high-water marks, events, `stats` and `linger` hold for it. With a function that opens
   * streams, the socket opens another one whenever a connection is lost, after `reconnectInterval`.
   * @returns Resolves when the handshake is complete. `closed` then tells how the connection ends.
   * @throws ZmqError (rejects) EINVAL for what is not a stream, EBUSY when the socket takes no other peer, ECONNRESET when the
   * peer closes the stream before the handshake is complete, `ProtocolError` and `RefusedError` when the handshake fails;
   * ENOTSUP on a platform without streams.
   * @example
   * const child = spawn("worker", { stdio: ["pipe", "pipe", "inherit"] })
   * await socket.attach({ readable: child.stdout, writable: child.stdin })
   */
  attach(stream: AnyStream | StreamFactory, options?: AttachOptions): Promise<Attachment> {
    checkCount(arguments.length, 2)
    this.#operations.check()
    return this.#core.attachStream(stream, options)
  }

  /** @throws ZmqError ENOENT when `address` is not connected. */
  disconnect(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.check()
    this.#core.endpoints.disconnect(address)
  }

  /** Like `bind`, for endpoints that can be bound at once. @throws ZmqError EINVAL for others: use `bind`. */
  bindSync(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.checkIdle()
    this.#core.endpoints.bindSync(address)
  }

  /** Like `unbind`, but the address may be free only when the event loop has turned. */
  unbindSync(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.checkIdle()
    void this.#core.endpoints.unbindSync(address)
  }

  /**
   * Waits until at least `count` peers are there, which means that their handshakes are complete: nothing that is sent then
   * is lost because nobody was connected yet. Resolves at once when they are there already.
   *
   * A publisher sends nothing to a peer before its subscription has arrived: wait for `topic`. A multicast network
   * (`udp://`, `epgm://`) counts as one peer.
   * @param count Whole number. Default: 1
   * @throws ZmqError (rejects) EAGAIN after `timeout` or when the socket closes, with a `cause` that says how many are
   * there; the reason of `signal`; EINVAL; ENOTSUP for a `topic` of a socket without subscribers; EBADF.
   * @example
   * await publisher.peersReady(2, { topic: "weather.", timeout: 5000 })
   */
  peersReady(count = 1, options: PeersReadyOptions = {}): Promise<void> {
    return this.#operations.peersReady(count, options)
  }

  /** Releases everything at once; messages already sent go on in the background for up to `linger` ms. */
  close(): void {
    checkCount(arguments.length, 0)
    if (this.#core.closed) return
    if (this.#core.occupant !== undefined) {
      this.#closeWanted = true
      return
    }
    // Its context can be collected with it, which what is registered would hold.
    forgotten?.unregister(this)
    this.#core.close()
    this.#operations.dismiss()
  }

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such readable option. */
  protected getBoolOption(option: number): boolean {
    return Boolean(readByNumber(this.#core, option, arguments.length))
  }

  /** Sets an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such writable option. */
  protected setBoolOption(option: number, value: boolean): void {
    checkIdentifier(option)
    if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
    checkCount(arguments.length, 2)
    writeNumbered(this.#core, option, value)
  }

  protected getInt32Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  protected setInt32Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  protected getUint32Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  protected setUint32Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  protected getInt64Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  protected setInt64Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  protected getUint64Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  protected setUint64Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  protected getStringOption(option: number): string | null {
    return readByNumber(this.#core, option, arguments.length) as string | null
  }

  protected setStringOption(option: number, value: string | Uint8Array | null): void {
    checkIdentifier(option)
    if (value !== null && typeof value !== "string" && !isBytes(value)) {
      throw new TypeError("Option value must be a string or buffer")
    }
    checkCount(arguments.length, 2)
    writeNumbered(this.#core, option, value)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }

  #occupy<T>(occupant: Occupant, operation: () => Promise<T>): Promise<T> {
    this.#operations.checkIdle()
    this.#core.occupant = occupant
    return operation().finally(() => {
      this.#core.occupant = undefined
      if (this.#closeWanted) this.close()
    })
  }
}

/** Options of every socket. */
export interface Socket extends CommonOptions {}

/** Makes `type` available, with the options of its class; returns its number. */
export function registerType(type: SocketType): SocketTypeNumber {
  if (addType(type)) defineOptions(type.class().prototype, ownOptions(type.name))
  return SOCKET_TYPES[type.name].number
}

/** Defines the properties for options on `prototype`. */
function defineOptions(prototype: Socket, names: readonly OptionName[]): void {
  for (const name of names) {
    Object.defineProperty(prototype, name, {
      configurable: true,
      enumerable: false,
      get(this: Socket) {
        return readOption(coreOf(this), name)
      },
      set(this: Socket, value: unknown) {
        writeOption(coreOf(this), name, value)
      },
    })
  }
}

defineOptions(Socket.prototype, COMMON_OPTIONS)

readOnlyErrors(Socket, "Socket")
defineInspect(Socket, coreOf)

/** @throws TypeError for too many arguments. Missing and invalid ones are checked before. */
export function checkCount(received: number, expected: number): void {
  if (received <= expected) return
  throw new TypeError(`Expected ${expected} argument${expected === 1 ? "" : "s"} but received ${received}`)
}

function readByNumber(core: SocketCore, option: number, count: number): unknown {
  checkIdentifier(option)
  checkCount(count, 1)
  return readNumbered(core, option)
}

function setNumber(core: SocketCore, option: number, value: number, count: number): void {
  checkIdentifier(option)
  if (typeof value !== "number") throw new TypeError("Option value must be a number")
  checkCount(count, 2)
  writeNumbered(core, option, value)
}

function checkAddress(address: unknown): void {
  if (typeof address !== "string") throw new TypeError("Address must be a string")
}
