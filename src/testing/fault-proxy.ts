// Testing: tools for the tests of applications and of custom transports.

import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net"
import type { Faults } from "./faults.js"
import { Lane } from "./lane.js"

/** Options of `FaultProxy.start`. */
export interface FaultProxyOptions {
  /** Where to listen. Default: `tcp://127.0.0.1:*`. */
  readonly listen?: string
  /** Seed of all random numbers. Default: a random one, which you can read as `seed`. */
  readonly seed?: number
}

/** One connection through the proxy. */
interface Relay {
  readonly near: Socket
  readonly far: Socket
  readonly lanes: readonly Lane[]
}

/**
 * A proxy that simulates network failures between two sockets over tcp: connect to `endpoint` instead of the target,
 * and set `faults` at any time. It keeps the process alive until it is closed.
 *
 * ```ts
 * const proxy = await FaultProxy.start("tcp://127.0.0.1:5555")
 * subscriber.connect(proxy.endpoint)
 * proxy.faults = { delay: 100, resetAfter: 10_000 }
 * proxy.cut()
 * await proxy.close()
 * ```
 */
export class FaultProxy {
  /** Seed of all random numbers. */
  readonly seed: number
  /** Where new connections are forwarded: `tcp://host:port`. */
  target: string
  /** Number of bytes transferred in both directions. */
  bytes = 0
  #lanes = 0
  readonly #relays = new Set<Relay>()
  /** Sockets that are closing normally, after the data that was written before. */
  readonly #ending = new Set<Socket>()
  #faults: Faults = {}
  #server: Server
  #address: AddressInfo

  private constructor(server: Server, target: string, seed: number) {
    this.#server = server
    this.#address = server.address() as AddressInfo
    this.target = target
    this.seed = seed
    server.on("connection", this.#accept)
  }

  /** Starts a proxy. @param target `tcp://host:port` */
  static async start(target: string, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const { listen = "tcp://127.0.0.1:*", seed = Math.floor(Math.random() * 0x1_0000_0000) } = options
    parse(target)
    return new this(await listening(parse(listen)), target, seed)
  }

  /** The endpoint to connect to instead of the target. */
  get endpoint(): string {
    const { address, port } = this.#address
    return `tcp://${address.includes(":") ? `[${address}]` : address}:${port}`
  }

  /** Number of open connections. */
  get connections(): number {
    return this.#relays.size
  }

  /** The current faults. */
  get faults(): Faults {
    return this.#faults
  }

  /**
   * Sets the faults for data that arrives from now on. Data that was held back by `stalled` is transferred, and resets are
   * passed on.
   */
  set faults(faults: Faults) {
    this.#faults = faults
    for (const relay of [...this.#relays]) {
      for (const lane of relay.lanes) lane.pass()
      this.#passReset(relay)
    }
  }

  /** Closes all connections: normally (`"end"`) or with a TCP reset (`"reset"`). New ones are accepted. */
  cut(how: "end" | "reset" = "reset"): void {
    for (const relay of [...this.#relays]) this.#end(relay, how)
    // A peer that does not read delays a normal close.
    if (how === "reset") for (const socket of this.#ending) reset(socket)
  }

  /** Closes one direction of all connections normally. The other direction stays open. */
  halfClose(direction: "toTarget" | "fromTarget"): void {
    for (const { near, far } of this.#relays) (direction === "toTarget" ? far : near).end()
  }

  /** Stops listening and resets all connections, so that the system refuses new ones. */
  async down(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, "close")
    this.#server.close()
    this.cut()
    await closed
  }

  /** Listens again on the same endpoint, after `down`. */
  async up(): Promise<void> {
    if (this.#server.listening) return
    const { address, port } = this.#address
    this.#server = await listening({ host: address, port })
    this.#server.on("connection", this.#accept)
  }

  /** Resets all connections and stops listening. */
  close(): Promise<void> {
    return this.down()
  }

  /** Closes the proxy at the end of a block with `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  readonly #accept = (near: Socket): void => {
    near.on("error", ignore)
    if (this.#faults.refusing === true) {
      reset(near)
      return
    }
    const far = connect({ ...parse(this.target), noDelay: true, allowHalfOpen: true })
    far.on("error", ignore)
    near.setNoDelay(true)
    let carried = 0
    const passing = (size: number): boolean => {
      carried += size
      if (carried > (this.#faults.resetAfter ?? Infinity)) {
        this.#end(relay, "reset")
        return false
      }
      this.bytes += size
      return true
    }
    const lane = (from: Socket, to: Socket): Lane =>
      new Lane(from, to, () => this.#faults, this.seed + 2 * this.#lanes++, passing)
    const relay: Relay = { near, far, lanes: [lane(near, far), lane(far, near)] }
    this.#relays.add(relay)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on("close", () => {
        this.#passReset(relay)
        // A normal close was forwarded by the lanes.
        if (socket.destroyed && other.destroyed) this.#end(relay, "end")
      })
    }
  }

  /** Resets both sides if one was reset, but not while stalled: a host that has vanished sends nothing. */
  #passReset(relay: Relay): void {
    if (this.#faults.stalled === true) return
    if (relay.near.errored !== null || relay.far.errored !== null) this.#end(relay, "reset")
  }

  #end(relay: Relay, how: "end" | "reset"): void {
    if (!this.#relays.delete(relay)) return
    for (const lane of relay.lanes) lane.stop()
    for (const socket of [relay.near, relay.far]) {
      if (how === "end") this.#endSocket(socket)
      else reset(socket)
    }
  }

  #endSocket(socket: Socket): void {
    if (socket.destroyed) return
    this.#ending.add(socket)
    socket.once("close", () => this.#ending.delete(socket))
    socket.end(() => socket.destroy())
  }
}

/**
 * Closes `socket` with a TCP reset. While a shutdown is in progress, which takes one turn of the event loop, Node (20
 * to 24) reports EINVAL and never closes the descriptor, and the process spins when it exits. Therefore, the reset is
 * delayed until the shutdown has ended.
 */
function reset(socket: Socket): void {
  const shuttingDown = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0
  if (shuttingDown) socket.once("finish", () => socket.resetAndDestroy())
  else socket.resetAndDestroy()
}

function listening({ host, port }: { host: string; port: number }): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true })
    server.once("error", reject)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off("error", reject)
      resolve(server)
    })
  })
}

/** @throws TypeError unless `endpoint` is `tcp://host:port` */
function parse(endpoint: string): { host: string; port: number } {
  const found = /^tcp:\/\/(?:\[([^\0]+)\]|([^[\]\0]+)):(\d+|\*)$/.exec(endpoint)
  if (found === null) throw new TypeError(`Invalid endpoint "${endpoint}": expected tcp://host:port`)
  return { host: found[1] ?? found[2]!, port: found[3] === "*" ? 0 : Number(found[3]) }
}

function ignore(): void {
  // The connection is closing, which the event "close" reports.
}
