import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Socket } from "node:net"
import { hex } from "./cuts.js"

/** The greeting of libzmq: ZMTP 3.1 with NULL. */
export const GREETING = hex(`ff00000000000000017f 03 01 4e554c4c ${"00".repeat(48)}`)

/** READY of each socket type, as libzmq sends it without a routing id. */
export const READY = {
  PAIR: hex("041a0552454144590b536f636b65742d547970650000000450414952"),
  PUB: hex("04190552454144590b536f636b65742d5479706500000003505542"),
  SUB: hex("04190552454144590b536f636b65742d5479706500000003535542"),
  REQ: hex("04260552454144590b536f636b65742d5479706500000003524551084964656e7469747900000000"),
  REP: hex("04190552454144590b536f636b65742d5479706500000003524550"),
  DEALER: hex("04290552454144590b536f636b65742d54797065000000064445414c4552084964656e7469747900000000"),
  ROUTER: hex("04290552454144590b536f636b65742d5479706500000006524f55544552084964656e7469747900000000"),
  PULL: hex("041a0552454144590b536f636b65742d547970650000000450554c4c"),
  PUSH: hex("041a0552454144590b536f636b65742d547970650000000450555348"),
  XPUB: hex("041a0552454144590b536f636b65742d547970650000000458505542"),
  XSUB: hex("041a0552454144590b536f636b65742d547970650000000458535542"),
  RADIO: hex("041b0552454144590b536f636b65742d5479706500000005524144494f"),
  DISH: hex("041a0552454144590b536f636b65742d547970650000000444495348"),
} as const

export type PeerType = keyof typeof READY

/** A peer that sends and receives raw bytes over `node:net`. It reads only on request. */
export class RawPeer {
  #arrived: () => void = () => undefined

  constructor(readonly socket: Socket) {
    // A reset is not an error of the test. `closed` resolves in that case as well.
    socket.on("error", () => undefined)
    // A single listener, because each new one would be called immediately for data that has already arrived.
    for (const event of ["readable", "close"]) {
      socket.on(event, () => {
        this.#arrived()
      })
    }
  }

  /** @param endpoint `tcp://host:port` or `ipc://path` */
  static async connect(endpoint: string): Promise<RawPeer> {
    const { protocol, hostname, port } = new URL(endpoint.replace("tcp:", "http:"))
    const socket = protocol === "ipc:" ? connect(endpoint.slice(6)) : connect(Number(port), hostname)
    const peer = new RawPeer(socket)
    await once(socket, "connect")
    return peer
  }

  /** Connects, and completes the handshake as a socket of `type`. */
  static async handshake(endpoint: string, type: PeerType): Promise<RawPeer> {
    const peer = await RawPeer.connect(endpoint)
    await peer.shake(type)
    return peer
  }

  async shake(type: PeerType): Promise<void> {
    this.socket.write(Buffer.concat([GREETING, READY[type]]))
    await this.read(GREETING.length)
    await this.readFrame()
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(typeof bytes === "string" ? hex(bytes) : bytes)
  }

  /** Reads exactly `size` bytes. */
  async read(size: number): Promise<Buffer> {
    for (;;) {
      const bytes = this.socket.read(size) as Buffer | null
      if (bytes?.length === size) return bytes
      if (bytes !== null || this.socket.readableEnded || this.socket.closed) {
        throw new Error("The connection has ended")
      }
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    }
  }

  /** Reads one complete frame in the short form. */
  async readFrame(): Promise<Buffer> {
    const header = await this.read(2)
    return header[1] === 0 ? header : Buffer.concat([header, await this.read(header[1]!)])
  }

  /** Checks that the connection is alive: sends a PING, and returns the answer in hexadecimal. */
  async ping(): Promise<string> {
    this.write("0407 0450494e47 0000")
    return (await this.readFrame()).toString("hex")
  }

  /** Discards received data until the other side closes the connection. */
  async closed(): Promise<void> {
    this.socket.removeAllListeners("readable")
    this.socket.resume()
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once("close", resolve))
  }

  close(): void {
    this.socket.destroy()
  }
}

/** Accepts connections of sockets as raw peers. */
export class RawListener {
  readonly #server = createServer({ pauseOnConnect: true })
  readonly #accepted: RawPeer[] = []

  /** @param where A port or a path. */
  async listen(where: string | 0 = 0): Promise<this> {
    if (where === 0) this.#server.listen(0, "127.0.0.1")
    else this.#server.listen(where)
    await once(this.#server, "listening")
    return this
  }

  get endpoint(): string {
    const address = this.#server.address() as AddressInfo | string
    return typeof address === "string" ? `ipc://${address}` : `tcp://127.0.0.1:${address.port}`
  }

  async accept(): Promise<RawPeer> {
    const [socket] = (await once(this.#server, "connection")) as [Socket]
    const peer = new RawPeer(socket)
    this.#accepted.push(peer)
    return peer
  }

  async close(): Promise<void> {
    for (const peer of this.#accepted) peer.close()
    this.#server.close()
    await once(this.#server, "close")
  }
}
