import { zmqError } from "./errors.js"
import { Inproc } from "./transports/inproc.js"

export interface ContextOptions {
  maxSockets?: number
  ipv6?: boolean
  blocky?: boolean
}

/** What the sockets of one context share. */
export interface ContextState {
  readonly inproc: Inproc
  /** Open sockets. */
  sockets: number
  maxSockets: number
  ipv6: boolean
  blocky: boolean
}

/** The state of `context`. */
export let stateOf: (context: Context) => ContextState

let makeDefault: () => Context

/** A world of its own for sockets: `inproc://` names are known within one context only. */
export class Context {
  #state: ContextState = newState()

  static {
    stateOf = (context) => context.#state
    makeDefault = () => {
      const context = new Context()
      context.#state = sharedState()
      return context
    }
  }

  constructor(options: ContextOptions = {}) {
    if (typeof options !== "object" || (options as unknown) === null) throw new TypeError("Options must be an object")
    Object.assign(Object.seal(this), options)
  }

  /** Most sockets open at once. Default 1023 (ZMQ_MAX_SOCKETS). */
  get maxSockets(): number {
    return this.#state.maxSockets
  }

  set maxSockets(value: number) {
    if (typeof value !== "number") throw new TypeError("Option value must be a number")
    if (!(value >= 1)) throw zmqError("EINVAL")
    this.#state.maxSockets = Math.trunc(value)
  }

  /** Whether sockets made from now on may use IPv6. Default false (ZMQ_IPV6). */
  get ipv6(): boolean {
    return this.#state.ipv6
  }

  set ipv6(value: boolean) {
    if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
    this.#state.ipv6 = value
  }

  /** When false, sockets made from now on start with `linger` 0. Default true (ZMQ_BLOCKY). */
  get blocky(): boolean {
    return this.#state.blocky
  }

  set blocky(value: boolean) {
    if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
    this.#state.blocky = value
  }
}

const SHARED = Symbol.for("zmtp.context")

/** The context of sockets that are made without one. All copies of this library in the process share its state. */
export const context: Context = makeDefault()

function newState(): ContextState {
  return { inproc: new Inproc(), sockets: 0, maxSockets: 1023, ipv6: false, blocky: true }
}

/** One state even when the ES module and the CommonJS build are both loaded. */
function sharedState(): ContextState {
  const registry = globalThis as unknown as Record<symbol, ContextState | undefined>
  return (registry[SHARED] ??= newState())
}
