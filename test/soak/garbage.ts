import { once } from "node:events"
import { createServer, type AddressInfo, type Server, type Socket } from "node:net"
import type { FaultProxy } from "../../src/testing.js"
import { hex } from "../support/cuts.js"
import { COMMAND, GREETING_3_1, SIGNATURE } from "../support/vectors.js"

/** A READY with an unknown socket type. */
const READY_OF_NOBODY = hex("041a0552454144590b536f636b65742d547970650000000457484154")

/** Data that a wrong server sends to its clients. Afterward, it closes the connection or stays silent. */
const ANSWERS: readonly ((random: () => number) => Uint8Array)[] = [
  () => new Uint8Array(),
  (random) => Uint8Array.from({ length: 200 }, () => random() * 256),
  () => Buffer.from("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
  () => Buffer.from("SSH-2.0-OpenSSH_9.9\r\n"),
  () => SIGNATURE,
  () => hex(`ff00000000000000017f 03 01 504c41494e ${"00".repeat(47)}`),
  () => GREETING_3_1,
  () => Buffer.concat([GREETING_3_1, READY_OF_NOBODY]),
  () => Buffer.concat([GREETING_3_1, COMMAND.error400]),
  () => Buffer.concat([GREETING_3_1, hex("06 ffffffffffffffff")]),
  () => Buffer.concat([GREETING_3_1, hex("0005 68656c6c6f")]),
]

/** Replaces the target of a proxy by a server that does not speak ZMTP, or violates it. */
export class GarbageServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(private readonly random: () => number) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => undefined)
      socket.resume()
      socket.write(this.#choose(ANSWERS)(random))
      if (random() < 0.7) socket.end()
    })
  }

  static async start(random: () => number): Promise<GarbageServer> {
    const server = new this(random)
    server.#server.listen(0, "127.0.0.1")
    await once(server.#server, "listening")
    return server
  }

  /** Answers all connections to `proxy` for `duration` ms. */
  async replace(proxy: FaultProxy, duration: number): Promise<void> {
    const { target } = proxy
    proxy.target = `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    proxy.cut()
    await new Promise((resolve) => setTimeout(resolve, duration))
    proxy.target = target
    proxy.cut()
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #choose<T>(things: readonly T[]): T {
    return things[Math.floor(this.random() * things.length)]!
  }
}
