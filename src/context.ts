import { zmqError } from "./errors.js"
import { Inproc } from "./transports/inproc.js"

export interface ContextOptions {
  maxSockets?: number
  ipv6?: boolean
  blocky?: boolean
}

/** The `inproc://` names of `context`. */
export let inprocOf: (context: Context) => Inproc

/** Counts a socket in. @throws ZmqError EMFILE when `maxSockets` are open. */
export let enter: (context: Context) => void

/** Counts a socket out. */
export let leave: (context: Context) => void

/** A world of its own for sockets: `inproc://` names are known within one context only. */
export class Context {
  readonly #inproc = new Inproc()
  #sockets = 0
  #maxSockets = 1023
  #ipv6 = false
  #blocky = true

  static {
    inprocOf = (context) => context.#inproc
    enter = (context) => {
      if (context.#sockets >= context.#maxSockets) throw zmqError("EMFILE")
      context.#sockets++
    }
    leave = (context) => {
      context.#sockets--
    }
  }

  constructor(options: ContextOptions = {}) {
    Object.assign(Object.seal(this), options)
  }

  /** Most sockets open at once. Default 1023 (ZMQ_MAX_SOCKETS). */
  get maxSockets(): number {
    return this.#maxSockets
  }

  set maxSockets(value: number) {
    if (typeof value !== "number") throw new TypeError("Option value must be a number")
    if (!(value >= 1)) throw zmqError("EINVAL")
    this.#maxSockets = Math.trunc(value)
  }

  /** Whether sockets made from now on may use IPv6. Default false (ZMQ_IPV6). */
  get ipv6(): boolean {
    return this.#ipv6
  }

  set ipv6(value: boolean) {
    if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
    this.#ipv6 = value
  }

  /** When false, sockets made from now on start with `linger` 0. Default true (ZMQ_BLOCKY). */
  get blocky(): boolean {
    return this.#blocky
  }

  set blocky(value: boolean) {
    if (typeof value !== "boolean") throw new TypeError("Option value must be a boolean")
    this.#blocky = value
  }
}

/** The context of sockets that are made without one. Shared by all copies of this library in the process. */
export const context: Context = ((globalThis as Record<symbol, unknown>)[Symbol.for("zmtp.context")] ??=
  new Context()) as Context
