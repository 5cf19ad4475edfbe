import { expect } from "chai"
import { connect, createServer, type AddressInfo, type Server } from "node:net"
import { once } from "node:events"
import { Pull, Push } from "../src/index.js"
import { RemoteProcess } from "./support/remote.js"
import { closeAll, closing, receiveText } from "./support/sockets.js"

const PONGS = 5
/** A PONG command on the wire. */
const PONG = Buffer.from("\x04\x05\x04PONG", "latin1")

/** Forwards connections to `port`, and counts the PONGs that `side` sends. */
class CountingProxy {
  readonly counted: Promise<void>
  #counted: () => void = () => undefined
  readonly #server: Server

  constructor(port: number, side: "client" | "server") {
    this.counted = new Promise((resolve) => (this.#counted = resolve))
    let pongs = 0
    const count = (chunk: Buffer): void => {
      if (chunk.includes(PONG) && ++pongs === PONGS) this.#counted()
    }
    this.#server = createServer((client) => {
      const server = connect(port, "127.0.0.1")
      client.pipe(server)
      server.pipe(client)
      for (const socket of [client, server]) socket.on("error", () => socket.destroy())
      ;(side === "client" ? client : server).on("data", count)
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1")
    await once(this.#server, "listening")
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
  }
}

function portOf(endpoint: string): number {
  return Number(endpoint.split(":").pop())
}

describe("heartbeats between this library and libzmq (RFC 37)", () => {
  let libzmq: RemoteProcess
  let proxy: CountingProxy

  beforeEach(async () => {
    libzmq = await RemoteProcess.start("libzmq")
  })
  afterEach(async () => {
    closeAll()
    proxy.close()
    await libzmq.stop()
  })

  it("are answered by this library, and keep the connection alive", async () => {
    const pull = closing(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    proxy = new CountingProxy(portOf(pull.lastEndpoint!), "server")
    const push = await libzmq.socket("Push", {
      heartbeatInterval: 20,
      heartbeatTimeToLive: 5000,
      heartbeatTimeout: 5000,
    })
    await push.connect(await proxy.listen())
    await proxy.counted
    await push.send("still here")
    expect(await receiveText(pull)).to.deep.equal(["still here"])
  })

  it("are answered by libzmq, and keep the connection alive", async () => {
    const pull = await libzmq.socket("Pull")
    proxy = new CountingProxy(portOf(await pull.bind("tcp://127.0.0.1:*")), "server")
    const push = closing(new Push({ heartbeatInterval: 20, heartbeatTimeToLive: 5000, heartbeatTimeout: 5000 }))
    push.connect(await proxy.listen())
    await proxy.counted
    await push.send("still here")
    expect(await pull.receive()).to.deep.equal(["still here"])
  })
})
