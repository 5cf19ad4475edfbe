import { zmqError } from "../core/errors.js"
import { defaultPlatform } from "../platform/default.js"
import type { ContextSettings, Platform } from "../platform/platform.js"
import type { CustomTransport } from "../transports/attached/custom-transport.js"
import type { IoThreads } from "../transports/io/io-threads.js"
import type { Transport } from "../transports/transport.js"
import { Inproc } from "../transports/inproc/inproc.js"
import { packageVersion } from "../core/version.js"
import { readOnlyErrors } from "./read-only.js"

/** Initial values of the properties of a `Context`. */
export interface ContextOptions {
  /** See `Context#ioThreads`. */
  ioThreads?: number
  /** See `Context#maxSockets`. */
  maxSockets?: number
  /** See `Context#maxMessageSize`. */
  maxMessageSize?: number
  /** See `Context#threadPriority`. */
  threadPriority?: number
  /** See `Context#threadSchedulingPolicy`. */
  threadSchedulingPolicy?: number
  /** See `Context#ipv6`. */
  ipv6?: boolean
  /** See `Context#blocky`. */
  blocky?: boolean
  /** See `Context#warnings`. */
  warnings?: boolean
  /** See `Context#transports`. */
  transports?: Readonly<Record<string, CustomTransport>>
  /** See `Context#dedicatedIoThreads`. */
  dedicatedIoThreads?: number
}

/** State that the sockets of one context share. */
export interface ContextState {
  readonly platform: Platform
  readonly inproc: Inproc
  /** Number of open sockets. */
  sockets: number
  /** Value of `maxSockets` when the first socket was created. */
  socketLimit: number | undefined
  settings: ContextSettings
  /** Whether the process is warned of sockets that have a problem. */
  warns: boolean
  /** Transports of the application, as given, by endpoint scheme. */
  custom: Readonly<Record<string, CustomTransport>>
  transports: ReadonlyMap<string, Transport>
  /** The I/O threads; created when their number is set. */
  dedicated: IoThreads | undefined
}

/** Returns the state of `context`. */
export let stateOf: (context: Context) => ContextState

/** Creates a context for `platform`, which may differ from that of the entry point. */
export let createContext: (platform: Platform, options?: ContextOptions) => Context

let createDefault: () => Context

/** Error message on platforms that do not support streams of the application. */
export const NO_STREAMS = "Streams are not enabled on this platform: call useStreams() first"

/**
 * An isolated group of sockets: `inproc://` names are visible only within one context.
 *
 * ```ts
 * const context = new Context({ ioThreads: 1 })
 * const socket = new Pair({ context })
 * ```
 */
export class Context {
  /** Created on first use, which is after an entry point has selected the platform. */
  #current: ContextState | undefined
  #create: () => ContextState = newState

  static {
    stateOf = (context) => context.#state
    createContext = (platform, options) => {
      const context = new this()
      context.#create = () => newState(platform)
      if (options !== undefined) Object.assign(context, options)
      return context
    }
    createDefault = () => {
      const context = new this()
      context.#create = sharedState
      return context
    }
  }

  constructor(options: ContextOptions = {}) {
    if (typeof options !== "object" || (options as unknown) === null) throw new TypeError("Options must be an object")
    if (arguments.length > 1) throw new TypeError(`Expected 1 argument but received ${arguments.length}`)
    Object.assign(Object.seal(this), options)
  }

  get #state(): ContextState {
    return (this.#current ??= this.#create())
  }

  /**
   * Number of I/O threads of libzmq. Stored only: `dedicatedIoThreads` starts threads. With 0, only inproc can be used
   * (EMTHREAD). Default: 1 (ZMQ_IO_THREADS).
   */
  get ioThreads(): number {
    return this.#state.settings.ioThreads
  }

  set ioThreads(value: number) {
    this.#state.settings.ioThreads = checkedInteger("ioThreads", value, 0)
  }

  /** Maximum number of open sockets. Creating the first socket fixes the limit. Default: 1023 (ZMQ_MAX_SOCKETS). */
  get maxSockets(): number {
    return this.#state.settings.maxSockets
  }

  set maxSockets(value: number) {
    this.#state.settings.maxSockets = checkedInteger("maxSockets", value, 1)
  }

  /** Maximum value of `maxSockets` (ZMQ_SOCKET_LIMIT). */
  get maxSocketsLimit(): number {
    return MAX_SOCKETS_LIMIT
  }

  /** Has no effect, because Node cannot set the priority of a thread. Cannot be read (ZMQ_THREAD_PRIORITY). */
  set threadPriority(value: number) {
    checkedInteger("threadPriority", value, 0)
  }

  /** Has no effect, because Node cannot set how a thread is scheduled. Cannot be read (ZMQ_THREAD_SCHED_POLICY). */
  set threadSchedulingPolicy(value: number) {
    checkedInteger("threadSchedulingPolicy", value, 0)
  }

  /** Maximum size of a message, in bytes. Stored only, as in libzmq. Default: 2147483647 (ZMQ_MAX_MSGSZ). */
  get maxMessageSize(): number {
    return this.#state.settings.maxMessageSize
  }

  set maxMessageSize(value: number) {
    this.#state.settings.maxMessageSize = checkedInteger("maxMessageSize", value, 0)
  }

  /** Whether new sockets may use IPv6. Default: false (ZMQ_IPV6). */
  get ipv6(): boolean {
    return this.#state.settings.ipv6
  }

  set ipv6(value: boolean) {
    this.#state.settings.ipv6 = checkedBoolean(value)
  }

  /** Whether new sockets keep their default `linger`; false sets it to 0. Default: true (ZMQ_BLOCKY). */
  get blocky(): boolean {
    return this.#state.settings.blocky
  }

  set blocky(value: boolean) {
    this.#state.settings.blocky = checkedBoolean(value)
  }

  /**
   * Whether to emit a process warning, once per socket and cause, when a socket has had a problem for several seconds:
   * handshakes fail because of the mechanism, the keys, or the socket types; a Subscriber or Dish has no subscription;
   * or messages are queued, and no peer has ever connected. Applies to this thread. After you set it to true, sockets
   * are monitored from their next endpoint or failed handshake on. Default: true. Not in zeromq.js.
   * @example
   * import { context } from "zmtp"
   * context.warnings = false
   */
  get warnings(): boolean {
    return this.#state.warns
  }

  set warnings(value: boolean) {
    this.#state.warns = checkedBoolean(value)
  }

  /**
   * Custom transports by the scheme of their endpoints: with `{ ssh }`, the sockets of this context can bind and
   * connect `ssh://…`. They take precedence over the transports of the platform, except for `inproc`. Sockets look them
   * up each time they bind or connect. Other threads do not share them. Default: none.
   * @throws ZmqError EINVAL for `inproc`, `udp`, `epgm`, and invalid schemes; ENOTSUP on a platform without streams.
   */
  get transports(): Readonly<Record<string, CustomTransport>> {
    return this.#state.custom
  }

  set transports(custom: Readonly<Record<string, CustomTransport>>) {
    const state = this.#state
    const { streams } = state.platform
    if (streams === undefined) throw zmqError("ENOTSUP", { message: NO_STREAMS })
    state.transports = streams.transports(custom, state.platform)
    state.custom = Object.freeze({ ...custom })
  }

  /**
   * Number of worker threads that run the connections of this context, 0 to 64. Endpoints that are bound or connected
   * afterward over tcp, ipc, ws, and wss use them; with 0, connections run in the thread of their socket. Threads that
   * share the default context set this separately. Default: 0. Not in libzmq: see docs/guide/io-threads.md.
   * @throws ZmqError EINVAL for other numbers; ENOTSUP on a platform without such threads.
   */
  get dedicatedIoThreads(): number {
    return this.#state.dedicated?.count ?? 0
  }

  set dedicatedIoThreads(value: number) {
    const state = this.#state
    const count = checkedInteger("dedicatedIoThreads", value, 0)
    if (count > MAX_IO_THREADS) {
      throw zmqError("EINVAL", { message: `Invalid dedicatedIoThreads ${count}: expected 0 to ${MAX_IO_THREADS}` })
    }
    const { createIoThreads } = state.platform
    if (createIoThreads === undefined && count > 0) throw zmqError("ENOTSUP", { message: NO_IO_THREADS })
    if (count > 0) state.dedicated ??= createIoThreads!(state)
    if (state.dedicated !== undefined) state.dedicated.count = count
  }

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such option. */
  protected getInt32Option(option: number): number {
    return Number(this.#read(option))
  }

  /** Sets an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such option. */
  protected setInt32Option(option: number, value: number): void {
    checkIdentifier(option)
    this.#write(option, checkedInteger("value", value, -Infinity))
  }

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such option. */
  protected getBoolOption(option: number): boolean {
    return Boolean(this.#read(option))
  }

  /** Sets an option by its `ZMQ_…` number. @throws ZmqError EINVAL if there is no such option. */
  protected setBoolOption(option: number, value: boolean): void {
    checkIdentifier(option)
    this.#write(option, checkedBoolean(value))
  }

  #read(option: number): unknown {
    return this[nameOf(option, "get") as "ioThreads"]
  }

  #write(option: number, value: number | boolean): void {
    const name = nameOf(option, "set")
    const boolean = name === "ipv6" || name === "blocky"
    Object.assign(this, { [name]: boolean ? Boolean(value) : Number(value) })
  }
}

readOnlyErrors(Context, "Context")

function nameOf(option: number, access: "get" | "set"): string {
  checkIdentifier(option)
  const name = NAMES[access][option]
  if (name === undefined) throw zmqError("EINVAL")
  return name
}

function checkIdentifier(option: unknown): void {
  if (typeof option !== "number") throw new TypeError("Identifier must be a number")
}

function checkedInteger(name: string, value: number, smallest: number): number {
  if (typeof value !== "number") throw new TypeError("Option value must be a number")
  const integer = value | 0
  if (integer < smallest) {
    throw zmqError("EINVAL", { cause: new Error(`Invalid ${name} ${value}: expected at least ${smallest}`) })
  }
  return integer
}

function checkedBoolean(value: boolean): boolean {
  if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
  return value
}

const MAX_SOCKETS_LIMIT = 65_535

/** Maximum number of I/O threads of one context. */
const MAX_IO_THREADS = 64

const NO_IO_THREADS = "This platform has no threads for connections: leave dedicatedIoThreads at 0"

/** Option names by number. Number 3 means one option when it is read and another when it is set. */
const NAMES: Readonly<Record<"get" | "set", Readonly<Record<number, string | undefined>>>> = {
  get: { 1: "ioThreads", 2: "maxSockets", 3: "maxSocketsLimit", 5: "maxMessageSize", 42: "ipv6", 70: "blocky" },
  set: {
    1: "ioThreads",
    2: "maxSockets",
    3: "threadPriority",
    4: "threadSchedulingPolicy",
    5: "maxMessageSize",
    42: "ipv6",
    70: "blocky",
  },
}

/** Key under which copies of the same version find each other's state. Copies of other versions are ignored. */
const SHARED = Symbol.for(`zmtp.context ${packageVersion}`)

/**
 * The default context, which sockets use unless you pass another one. All copies of this version in the process share
 * its state.
 */
export const context: Context = createDefault()

function newState(platform = defaultPlatform()): ContextState {
  return {
    platform: platform.forContext?.() ?? platform,
    inproc: new Inproc(),
    sockets: 0,
    socketLimit: undefined,
    settings: { ioThreads: 1, maxSockets: 1023, maxMessageSize: 0x7fff_ffff, ipv6: false, blocky: true },
    warns: true,
    custom: {},
    transports: new Map(),
    dedicated: undefined,
  }
}

/** Returns a state that all copies of this library share, such as an ES module and a CommonJS build. */
function sharedState(): ContextState {
  const registry = globalThis as unknown as Record<symbol, unknown>
  const found = registry[SHARED]
  if (isState(found)) return found
  const state = newState()
  state.platform.shareContext?.(state)
  // A copy that was modified without changing the version has its own state.
  if (found === undefined) registry[SHARED] = state
  return state
}

/** Whether `value` has all members of a context's state that are used here. */
function isState(value: unknown): value is ContextState {
  if (!hasAll(value, newState())) return false
  const { inproc, settings } = value
  return hasAll(settings, newState().settings) && hasAll(inproc, Inproc.prototype)
}

/** Whether `value` has every property of `model`, with the same type. */
function hasAll<T extends object>(value: unknown, model: T): value is T {
  if (typeof value !== "object" || value === null) return false
  return Object.getOwnPropertyNames(model).every((name) => {
    if (!(name in value)) return false
    const expected: unknown = Object.getOwnPropertyDescriptor(model, name)?.value
    return expected === undefined || typeof (value as Record<string, unknown>)[name] === typeof expected
  })
}
