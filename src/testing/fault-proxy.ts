import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net"
import { Lane } from "./lane.js"

/** What goes wrong on the way, in both directions. What is left out does not. */
export interface Faults {
  /** How much later bytes arrive, in ms. */
  readonly delay?: number
  /** Up to how much more than that, at random, in ms. Bytes never overtake each other. */
  readonly jitter?: number
  /** How many bytes pass in a second. */
  readonly bytesPerSecond?: number
  /** One byte in so many, on average, has a wrong bit. */
  readonly corruptEvery?: number
  /** A connection is reset when it has carried so many bytes, both directions together. */
  readonly resetAfter?: number
  /** Nothing passes and nothing is lost, as if the other host had vanished; it passes once this is lifted. */
  readonly stalled?: boolean
  /** New connections are reset at once. */
  readonly refusing?: boolean
}

export interface FaultProxyOptions {
  /** Where to listen. Default `tcp://127.0.0.1:*`. */
  readonly listen?: string
  /** Of all that is random; default some number, to be read as `seed`. */
  readonly seed?: number
}

/** One connection through the proxy. */
interface Relay {
  readonly near: Socket
  readonly far: Socket
  readonly lanes: readonly Lane[]
}

/**
 * Stands between two sockets and does to their tcp connections what networks do: connect to `endpoint` instead of the
 * target, and set `faults` at any time. It keeps the process alive until it is closed.
 */
export class FaultProxy {
  /** What is random follows from it. */
  readonly seed: number
  /** Where new connections go: `tcp://host:port`. */
  target: string
  /** Bytes that have passed, both directions together. */
  bytes = 0
  #lanes = 0
  readonly #relays = new Set<Relay>()
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

  /** @param target `tcp://host:port` */
  static async start(target: string, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const { listen = "tcp://127.0.0.1:*", seed = Math.floor(Math.random() * 0x1_0000_0000) } = options
    parse(target)
    return new this(await listening(parse(listen)), target, seed)
  }

  /** Where to connect instead of the target. */
  get endpoint(): string {
    const { address, port } = this.#address
    return `tcp://${address.includes(":") ? `[${address}]` : address}:${port}`
  }

  /** Connections that are there. */
  get connections(): number {
    return this.#relays.size
  }

  get faults(): Faults {
    return this.#faults
  }

  /** Counts for what arrives from now on; what was held up by `stalled` passes. */
  set faults(faults: Faults) {
    this.#faults = faults
    for (const { lanes } of this.#relays) for (const lane of lanes) lane.pass()
  }

  /** Ends all connections: "end" in good order, "reset" without. New ones can be made. */
  cut(how: "end" | "reset" = "reset"): void {
    for (const relay of [...this.#relays]) this.#end(relay, how)
  }

  /** Closes one direction of all connections in good order; the other stays open. */
  halfClose(direction: "toTarget" | "fromTarget"): void {
    for (const { near, far } of this.#relays) (direction === "toTarget" ? far : near).end()
  }

  /** Stops listening and resets all connections: who connects now is refused by the system. */
  async down(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, "close")
    this.#server.close()
    this.cut()
    await closed
  }

  /** Listens again, at the same endpoint, after `down`. */
  async up(): Promise<void> {
    if (this.#server.listening) return
    const { address, port } = this.#address
    this.#server = await listening({ host: address, port })
    this.#server.on("connection", this.#accept)
  }

  /** Resets all connections and is gone. */
  close(): Promise<void> {
    return this.down()
  }

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
        // A host that has vanished does not say goodbye; ends in good order have passed through the lanes.
        if (socket.errored !== null && this.#faults.stalled !== true) this.#end(relay, "reset")
        else if (other.destroyed) this.#end(relay, "end")
      })
    }
  }

  #end(relay: Relay, how: "end" | "reset"): void {
    if (!this.#relays.delete(relay)) return
    for (const lane of relay.lanes) lane.stop()
    for (const socket of [relay.near, relay.far]) {
      if (how === "end") socket.end(() => socket.destroy())
      else reset(socket)
    }
  }
}

/**
 * Closes `socket` with a TCP reset. While a shutdown is in progress, which takes one turn of the event loop, Node (20 to
 * 24) reports EINVAL and never closes the descriptor, and the process spins when it exits. So the reset waits for it.
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

/** @throws TypeError for anything but `tcp://host:port` */
function parse(endpoint: string): { host: string; port: number } {
  const found = /^tcp:\/\/(?:\[([^\0]+)\]|([^[\]\0]+)):(\d+|\*)$/.exec(endpoint)
  if (found === null) throw new TypeError(`Invalid endpoint "${endpoint}": expected tcp://host:port`)
  return { host: found[1] ?? found[2]!, port: found[3] === "*" ? 0 : Number(found[3]) }
}

function ignore(): void {
  // The connection closes, which is told by "close".
}
