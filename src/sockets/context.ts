import { zmqError } from "../core/errors.js"
import { defaultPlatform } from "../platform/default.js"
import type { ContextSettings, Platform } from "../platform/platform.js"
import { readOnlyErrors } from "./read-only.js"
import type { CustomTransport } from "../transports/attached/custom-transport.js"
import type { Transport } from "../transports/transport.js"
import { Inproc } from "../transports/inproc/inproc.js"
import { packageVersion } from "../core/version.js"

export interface ContextOptions {
  ioThreads?: number
  maxSockets?: number
  maxMessageSize?: number
  threadPriority?: number
  threadSchedulingPolicy?: number
  ipv6?: boolean
  blocky?: boolean
  warnings?: boolean
  transports?: Readonly<Record<string, CustomTransport>>
}

/** What the sockets of one context share. */
export interface ContextState {
  readonly platform: Platform
  readonly inproc: Inproc
  /** Open sockets. */
  sockets: number
  /** `maxSockets` as it was when the first socket was made. */
  socketLimit: number | undefined
  settings: ContextSettings
  /** Whether the process is warned of sockets in trouble. */
  warns: boolean
  /** Transports of the application's as they were given, and by the scheme of their endpoints. */
  custom: Readonly<Record<string, CustomTransport>>
  transports: ReadonlyMap<string, Transport>
}

/** The state of `context`. */
export let stateOf: (context: Context) => ContextState

/** A context on `platform`, which need not be that of the entry point. */
export let createContext: (platform: Platform, options?: ContextOptions) => Context

let createDefault: () => Context

/** Why there are no streams of the application's. */
export const NO_STREAMS = "This platform has no streams: call useStreams() first"

/** A world of its own for sockets: `inproc://` names are known within one context only. */
export class Context {
  /** Created when first asked for, which is after an entry point has chosen the platform. */
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

  /** Kept; with 0 only inproc can be used (EMTHREAD). Default 1 (ZMQ_IO_THREADS). */
  get ioThreads(): number {
    return this.#state.settings.ioThreads
  }

  set ioThreads(value: number) {
    this.#state.settings.ioThreads = checkedInteger(value, 0)
  }

  /** Most sockets open at once; fixed by the first socket. Default 1023 (ZMQ_MAX_SOCKETS). */
  get maxSockets(): number {
    return this.#state.settings.maxSockets
  }

  set maxSockets(value: number) {
    this.#state.settings.maxSockets = checkedInteger(value, 1)
  }

  /** The largest sensible `maxSockets` (ZMQ_SOCKET_LIMIT). */
  get maxSocketsLimit(): number {
    return MAX_SOCKETS_LIMIT
  }

  /** Kept only, and not for reading: there are no threads (ZMQ_THREAD_PRIORITY). */
  set threadPriority(value: number) {
    checkedInteger(value, 0)
  }

  /** Kept only, and not for reading: there are no threads (ZMQ_THREAD_SCHED_POLICY). */
  set threadSchedulingPolicy(value: number) {
    checkedInteger(value, 0)
  }

  /** Largest message that can be made, in bytes; kept only, as in libzmq. Default 2147483647 (ZMQ_MAX_MSGSZ). */
  get maxMessageSize(): number {
    return this.#state.settings.maxMessageSize
  }

  set maxMessageSize(value: number) {
    this.#state.settings.maxMessageSize = checkedInteger(value, 0)
  }

  /** Whether sockets made from now on may use IPv6. Default false (ZMQ_IPV6). */
  get ipv6(): boolean {
    return this.#state.settings.ipv6
  }

  set ipv6(value: boolean) {
    this.#state.settings.ipv6 = checkedBoolean(value)
  }

  /** When false, sockets made from now on start with `linger` 0. Default true (ZMQ_BLOCKY). */
  get blocky(): boolean {
    return this.#state.settings.blocky
  }

  set blocky(value: boolean) {
    this.#state.settings.blocky = checkedBoolean(value)
  }

  /**
   * Whether the process is warned, once per socket and cause, when a socket has been in trouble for several seconds: handshakes
   * fail because of the mechanism, the keys, or the socket types; a Subscriber or Dish has not subscribed to anything;
   * messages wait for a peer, and none has ever appeared. Applies to this thread. When you turn it on, sockets are watched from
   * their next endpoint or failed handshake on. Default true. Not in zeromq.js.
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
   * Transports of the application's, by the scheme of their endpoints: with `{ ssh }`, the sockets of this context can bind and
   * connect `ssh://…`. They come before the transports of the platform, `inproc` excepted; sockets look them up whenever
   * they bind or connect. Threads do not share them. Default: none.
   * @throws ZmqError EINVAL for a scheme that an endpoint cannot have, and `inproc`, `udp`, and `epgm`; ENOTSUP on a platform
   * without streams.
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

  /** Reads an option by its `ZMQ_…` number. @throws ZmqError EINVAL when there is none. */
  protected getInt32Option(option: number): number {
    return Number(this.#read(option))
  }

  protected setInt32Option(option: number, value: number): void {
    checkIdentifier(option)
    this.#write(option, checkedInteger(value, -Infinity))
  }

  protected getBoolOption(option: number): boolean {
    return Boolean(this.#read(option))
  }

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

function checkedInteger(value: number, smallest: number): number {
  if (typeof value !== "number") throw new TypeError("Option value must be a number")
  const integer = value | 0
  if (integer < smallest) throw zmqError("EINVAL")
  return integer
}

function checkedBoolean(value: boolean): boolean {
  if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
  return value
}

const MAX_SOCKETS_LIMIT = 65_535

/** Number 3 is one option to read and another to write. */
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

/** Copies of one version find each other's state by this. What another version has made is not looked at. */
const SHARED = Symbol.for(`zmtp.context ${packageVersion}`)

/** The context of sockets that are made without one. All copies of this version in the process share its state. */
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
  }
}

/** One state even when several copies of the library are loaded, such as an ES module and a CommonJS build. */
function sharedState(): ContextState {
  const registry = globalThis as unknown as Record<symbol, unknown>
  const found = registry[SHARED]
  if (isState(found)) return found
  const state = newState()
  state.platform.shareContext?.(state)
  // A copy that was changed without a new version keeps its own.
  if (found === undefined) registry[SHARED] = state
  return state
}

/** Whether `value` has all that is used of the state of a context. */
function isState(value: unknown): value is ContextState {
  if (!hasAll(value, newState())) return false
  const { inproc, settings } = value
  return hasAll(settings, newState().settings) && hasAll(inproc, Inproc.prototype)
}

/** Whether `value` has every property of `model`, of the same type. */
function hasAll<T extends object>(value: unknown, model: T): value is T {
  if (typeof value !== "object" || value === null) return false
  return Object.getOwnPropertyNames(model).every((name) => {
    if (!(name in value)) return false
    const expected: unknown = Object.getOwnPropertyDescriptor(model, name)?.value
    return expected === undefined || typeof (value as Record<string, unknown>)[name] === typeof expected
  })
}
