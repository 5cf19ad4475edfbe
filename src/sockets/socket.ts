// Sockets: what applications create and call, from contexts to observers and proxies.

import { zmqError } from "../core/errors.js"
import { peerOf } from "../core/connection/peer-trace.js"
import type { NetworkPeer } from "../zmtp/peer.js"
import type { AnyStream } from "../transports/attached/any-stream.js"
import type { Attachment, AttachOptions, StreamFactory } from "../transports/attached/attachment.js"
import { isBytes } from "../zmtp/bytes.js"
import type { Security } from "../zmtp/handshake/security.js"
import { SOCKET_TYPES, type SocketTypeNumber } from "../zmtp/socket-types.js"
import { context as defaultContext, Context } from "./context.js"
import type { SocketStats } from "./socket-stats.js"
import type { Observer } from "./observer.js"
import type { PeersReadyOptions } from "./peer-waits.js"
import { Operations } from "./operations.js"
import { defineInspect } from "./inspect.js"
import { readOnlyErrors } from "./read-only.js"
import { SocketCore, type Occupant } from "./socket-core.js"
import { addType, type SocketType } from "./type-registry.js"
import { checkIdentifier, checkOpen, readNumbered, readOption, writeNumbered, writeOption } from "./options/access.js"
import { COMMON_OPTIONS, ownOptions, type CommonOptions, type OptionName } from "./options/settings.js"

/** The names of mechanisms in `securityMechanism`. */
const MECHANISMS: Readonly<Record<Security["mechanism"], "plain" | "curve" | null>> = {
  NULL: null,
  PLAIN: "plain",
  CURVE: "curve",
}

/** Closes sockets that were garbage-collected. */
const forgotten =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : new FinalizationRegistry<Operations>((operations) => {
        operations.abandon()
      })

// The class assigns these, so that the functions below can access its private fields. They are not exported, because
// CommonJS looks up an exported `let` by name on each use, and `send` and `receive` use them for each message.
let readCore: (socket: Socket) => SocketCore
let readOperations: (socket: Socket) => Operations
let startOccupying: <T>(socket: Socket, occupant: Occupant, operation: () => Promise<T>) => Promise<T>

/** The core of `socket`, for subclasses in this library. */
export function coreOf(socket: Socket): SocketCore {
  return readCore(socket)
}

/**
 * The core of `socket`, for an operation. @throws ZmqError EBADF if the socket is closed, EBUSY while a proxy uses it.
 */
export function openCore(socket: Socket): SocketCore {
  readOperations(socket).check()
  return readCore(socket)
}

/** The pending calls of `socket`. */
export function operationsOf(socket: Socket): Operations {
  return readOperations(socket)
}

/**
 * Runs `operation` exclusively: until it settles, other bind and unbind operations fail, and for a proxy all
 * operations. `close` waits until it has settled.
 * @throws ZmqError EBADF, EBUSY
 */
export function occupy<T>(socket: Socket, occupant: Occupant, operation: () => Promise<T>): Promise<T> {
  return startOccupying(socket, occupant, operation)
}

/**
 * Base class of all sockets, with endpoints, options, and closing. Several calls of `send` and `receive` may be
 * pending; they complete in the order in which they were made.
 */
export abstract class Socket {
  // `send`, `receive`, and iteration are added to the prototype by socket-methods.ts. The interfaces there declare which
  // socket types have them.

  /** Events of its connections. Always returns the same observer. @throws ZmqError ENOTSOCK if the socket is closed. */
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
    if (typeof WeakRef !== "undefined") this.#core.publicSocket = new WeakRef(this)
    forgotten?.register(this, this.#operations, this)
    try {
      Object.assign(Object.seal(this), rest)
    } catch (error) {
      this.#core.close()
      throw error
    }
  }

  /** The context of this socket; `undefined` after it is closed. */
  get context(): Context {
    return (this.#core.closed ? undefined : this.#core.context) as Context
  }

  /** Whether the socket is closed. */
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

  /** Returns counters since the creation of the socket, and its current state. Also works for a closed socket. */
  stats(): SocketStats {
    return this.#core.stats()
  }

  /** Number of the socket type (ZMQ_TYPE). */
  get type(): SocketTypeNumber {
    checkOpen(this.#core)
    return this.#core.type
  }

  /** The security mechanism that is selected by the PLAIN and CURVE options; `null` for none (ZMQ_MECHANISM). */
  get securityMechanism(): null | "plain" | "curve" | "gssapi" {
    checkOpen(this.#core)
    const { mechanism } = this.#core.settings
    return MECHANISMS[mechanism]
  }

  /**
   * Returns the sender of `message`, an array returned by `receive`: address, keys, and metadata from the
   * authenticator. Returns `undefined` over inproc, and unless `tracePeers` is set.
   * @example
   * const socket = new Pull({ tracePeers: true })
   * await socket.bind("tcp://127.0.0.1:5555")
   * const message = await socket.receive()
   * console.log(socket.peerOf(message)?.address)
   */
  peerOf(message: readonly Uint8Array[]): NetworkPeer | undefined {
    return peerOf(message as Uint8Array[])
  }

  /**
   * As in libzmq, true for draft sockets. In this library, every socket belongs to the thread that created it
   * (ZMQ_THREAD_SAFE).
   */
  get threadSafe(): boolean {
    checkOpen(this.#core)
    return this.#core.threadSafe
  }

  /**
   * The endpoint that was most recently bound or connected, with wildcards resolved; `null` if there is none
   * (ZMQ_LAST_ENDPOINT).
   */
  get lastEndpoint(): string | null {
    checkOpen(this.#core)
    return this.#core.endpoints.last
  }

  /**
   * Starts listening on `address`. Resolves when peers can connect. Only one `bind` or `unbind` can be in progress;
   * further calls fail with EBUSY. `close` takes effect when it is complete; you can make all other calls in the
   * meantime.
   * @param address `tcp://host:port`, `ipc://path`, `ws://host:port/path`, or `inproc://name`. Use `*` for any host,
   * port, or path.
   * @throws ZmqError (rejects) EINVAL, EADDRINUSE, EADDRNOTAVAIL, ENODEV, EACCES, EPROTONOSUPPORT, or another error of
   * the system
   * @example
   * await socket.bind("tcp://127.0.0.1:*")
   * console.log(socket.lastEndpoint) // tcp://127.0.0.1:54321
   */
  bind(address: string): Promise<void> {
    checkAddress(address)
    checkCount(arguments.length, 1)
    return this.#occupy("bind", () => this.#core.endpoints.bind(address))
  }

  /**
   * Stops listening on `address`, and closes the connections that it has accepted. Resolves when the address is
   * available again.
   * @param address As passed to `bind`, or `lastEndpoint` if that contained wildcards.
   * @throws ZmqError (rejects) ENOENT if it is not bound
   * @example
   * await socket.unbind("tcp://127.0.0.1:5555")
   */
  unbind(address: string): Promise<void> {
    checkAddress(address)
    checkCount(arguments.length, 1)
    return this.#occupy("bind", () => this.#core.endpoints.unbind(address))
  }

  /**
   * Connects to `address`, and reconnects automatically when the connection is lost. Returns immediately; messages are
   * queued until the connection is established.
   * @param address `tcp://host:port`, `ipc://path`, `ws://host:port/path`, or `inproc://name`.
   * @throws ZmqError EINVAL, EPROTONOSUPPORT, ENAMETOOLONG
   * @example
   * socket.connect("tcp://127.0.0.1:5555")
   */
  connect(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.check()
    this.#core.endpoints.connect(address)
  }

  /**
   * Uses `stream` as a connection: a Node `Duplex`, `{ readable, writable }` with Node or Web streams, or one end of a
   * message channel. The socket then owns the stream. The connection behaves like any other: mechanisms, heartbeats,
   * limits, high-water marks, events, `stats`, and `linger` apply to it. If you pass a function that opens a stream,
   * the socket calls it again after `reconnectInterval` whenever the connection is lost.
   * @returns Resolves when the handshake is complete. Its property `closed` resolves when the connection ends.
   * @throws ZmqError (rejects) EINVAL if it is not a stream, EBUSY if the socket does not accept another peer,
   * ECONNRESET if the peer closes the stream before the handshake is complete, `ProtocolError` or `RefusedError` if the
   * handshake fails, ENOTSUP on a platform without streams
   * @example
   * const child = spawn("worker", { stdio: ["pipe", "pipe", "inherit"] })
   * await socket.attach({ readable: child.stdout, writable: child.stdin })
   */
  attach(stream: AnyStream | StreamFactory, options?: AttachOptions): Promise<Attachment> {
    checkCount(arguments.length, 2)
    this.#operations.check()
    return this.#core.attachStream(stream, options)
  }

  /**
   * Stops connecting to `address`, and closes the connection. Queued messages are sent for up to `linger` ms.
   * @param address As passed to `connect`.
   * @throws ZmqError ENOENT if `address` is not connected
   * @example
   * socket.disconnect("tcp://127.0.0.1:5555")
   */
  disconnect(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.check()
    this.#core.endpoints.disconnect(address)
  }

  /** Like `bind`, for endpoints that can be bound synchronously. @throws ZmqError EINVAL for other endpoints */
  bindSync(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.checkIdle()
    this.#core.endpoints.bindSync(address)
  }

  /** Like `unbind`, but returns immediately. The address is available again when the event loop has turned. */
  unbindSync(address: string): void {
    checkAddress(address)
    checkCount(arguments.length, 1)
    this.#operations.checkIdle()
    void this.#core.endpoints.unbindSync(address)
  }

  /**
   * Waits until at least `count` peers are connected and their handshakes are complete, so that no message is lost
   * because a peer was not connected yet. Resolves immediately if they are already connected.
   *
   * A publisher sends nothing to a peer before its subscription has arrived: in this case, also pass `topic`. A
   * multicast network (`udp://`, `epgm://`) counts as one peer.
   * @param count Number of peers, an integer. Default: 1.
   * @throws ZmqError (rejects) EAGAIN after `timeout` or when the socket is closed, with a `cause` that contains the
   * number of connected peers; the reason of `signal`; EINVAL; ENOTSUP for `topic` on a socket without subscribers;
   * EBADF
   * @example
   * await publisher.peersReady(2, { topic: "weather.", timeout: 5000 })
   */
  peersReady(count = 1, options: PeersReadyOptions = {}): Promise<void> {
    return this.#operations.peersReady(count, options)
  }

  /**
   * Closes the socket. Its endpoints are released immediately; queued messages are sent in the background for up to
   * `linger` ms. Pending calls reject. Calling it again has no effect.
   * @example
   * socket.close()
   */
  close(): void {
    checkCount(arguments.length, 0)
    if (this.#core.closed) return
    if (this.#core.occupant !== undefined) {
      this.#closeWanted = true
      return
    }
    // Unregister, because the registration keeps the context alive, which should be collectable together with the
    // socket.
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

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such readable option. */
  protected getInt32Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  /** Sets an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such writable option. */
  protected setInt32Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such readable option. */
  protected getUint32Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  /** Sets an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such writable option. */
  protected setUint32Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such readable option. */
  protected getInt64Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  /** Sets an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such writable option. */
  protected setInt64Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such readable option. */
  protected getUint64Option(option: number): number {
    return Number(readByNumber(this.#core, option, arguments.length))
  }

  /** Sets an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such writable option. */
  protected setUint64Option(option: number, value: number): void {
    setNumber(this.#core, option, value, arguments.length)
  }

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such readable option. */
  protected getStringOption(option: number): string | null {
    return readByNumber(this.#core, option, arguments.length) as string | null
  }

  /** Sets an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such writable option. */
  protected setStringOption(option: number, value: string | Uint8Array | null): void {
    checkIdentifier(option)
    if (value !== null && typeof value !== "string" && !isBytes(value)) {
      throw new TypeError("Option value must be a string or buffer")
    }
    checkCount(arguments.length, 2)
    writeNumbered(this.#core, option, value)
  }

  /**
   * Closes the socket at the end of a block with `using`.
   * @example
   * using socket = new Push()
   */
  [Symbol.dispose](): void {
    this.close()
  }

  /**
   * Closes the socket at the end of a block with `await using`.
   * @example
   * await using socket = new Push()
   */
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

/** The options that every socket has. */
export interface Socket extends CommonOptions {}

/** Registers `type`, and defines the options of its class. Returns its number. */
export function registerType(type: SocketType): SocketTypeNumber {
  if (addType(type)) defineOptions(type.class().prototype, ownOptions(type.name))
  return SOCKET_TYPES[type.name].number
}

/** Defines a property on `prototype` for each option. */
function defineOptions(prototype: object, names: readonly OptionName[]): void {
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

readOnlyErrors(Socket, "Socket")
defineOptions(Socket.prototype, COMMON_OPTIONS)
defineInspect(Socket, coreOf)

/** @throws TypeError for too many arguments. Missing and invalid arguments are checked elsewhere. */
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
