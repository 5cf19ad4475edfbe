import { expect } from "chai"
import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net"
import { Pull, Push } from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { texts } from "../../support/receiving.js"

const METHOD = Buffer.of(5, 0)

/** A SOCKS5 proxy (RFC 1928) that connects every client to `port` of this machine, and records the requests. */
class Proxy {
  readonly requests: string[] = []
  /** Answers to the first connections, which it then closes. */
  readonly refusals: Buffer[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(
    private readonly port: number,
    private readonly reply: Buffer,
    /** Whether answers are sent byte by byte. */
    private readonly slow = false,
  ) {
    this.#server = createServer((socket) => void this.#serve(socket).catch(() => socket.destroy()))
  }

  async listen(): Promise<this> {
    this.#server.listen(0, "127.0.0.1")
    await once(this.#server, "listening")
    return this
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  async #serve(socket: Socket): Promise<void> {
    this.#keep(socket)
    await once(socket, "data")
    const refusal = this.refusals.shift()
    if (refusal !== undefined) {
      socket.end(refusal)
      return
    }
    await this.#answer(socket, METHOD)
    const [request] = (await once(socket, "data")) as [Buffer]
    this.requests.push(request.toString("hex"))
    const target = connect(this.port, "127.0.0.1")
    this.#keep(target)
    await once(target, "connect")
    await this.#answer(socket, this.reply)
    socket.pipe(target).pipe(socket)
  }

  async #answer(socket: Socket, bytes: Buffer): Promise<void> {
    socket.setNoDelay()
    const pieces = this.slow ? Array.from(bytes, (byte) => Buffer.of(byte)) : [bytes]
    for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve))
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on("error", () => undefined)
  }
}

const REPLIES = {
  "an IPv4 address": Buffer.from("05000001 7f000001 1234".replaceAll(" ", ""), "hex"),
  "a name": Buffer.from("05000003 02 6162 1234".replaceAll(" ", ""), "hex"),
  "an IPv6 address": Buffer.from(`05000004${"00".repeat(15)}011234`, "hex"),
}

describe("socksProxy (ZMQ_SOCKS_PROXY)", () => {
  const use = closing()

  async function through(proxy: Proxy, endpoint: string, pull: Pull): Promise<void> {
    const push = use(new Push({ socksProxy: proxy.address, ipv6: true, reconnectInterval: 1 }))
    push.connect(endpoint)
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  }

  async function bound(): Promise<[pull: Pull, port: number]> {
    const pull = use(new Pull())
    await pull.bind("tcp://127.0.0.1:*")
    return [pull, Number(pull.lastEndpoint!.split(":").at(-1))]
  }

  for (const [what, reply] of Object.entries(REPLIES)) {
    for (const slow of [false, true]) {
      it(`connects through a proxy that answers with ${what}, ${slow ? "byte by byte" : "at once"}`, async () => {
        const [pull, port] = await bound()
        await through(await use(new Proxy(port, reply, slow)).listen(), `tcp://127.0.0.1:${port}`, pull)
      })
    }
  }

  for (const [host, request] of [
    ["127.0.0.1", "05010001 7f000001 04d2"],
    ["example.invalid", `05010003 0f ${Buffer.from("example.invalid").toString("hex")} 04d2`],
    ["[fe80::1:2]", `05010004 fe80${"00".repeat(10)}00010002 04d2`],
    ["[::1]", `05010004 ${"00".repeat(15)}01 04d2`],
    ["[::ffff:1.2.3.4]", `05010004 ${"00".repeat(10)}ffff01020304 04d2`],
    ["[1:2:3:4:5:6:127.0.0.1]", "05010004 000100020003000400050006 7f000001 04d2"],
    ["[1:2:3:4:5:6:a0b:c]", "05010004 000100020003000400050006 0a0b000c 04d2"],
    ["[::]", `05010004 ${"00".repeat(16)} 04d2`],
  ] as const) {
    it(`lets the proxy look up ${host}`, async () => {
      const [pull, port] = await bound()
      const proxy = await use(new Proxy(port, REPLIES["an IPv4 address"])).listen()
      await through(proxy, `tcp://${host}:1234`, pull)
      expect(proxy.requests).to.deep.equal([request.replaceAll(" ", "")])
    })
  }

  for (const [what, refusal] of [
    ["requires authentication", Buffer.of(5, 2)],
    ["accepts no authentication method", Buffer.of(5, 255)],
    ["is not a SOCKS proxy", Buffer.from("HT")],
    ["closes the connection", Buffer.alloc(0)],
    ["refuses", Buffer.concat([METHOD, Buffer.of(5, 1, 0, 1, 0)])],
  ] as const) {
    it(`retries when the proxy ${what}`, async () => {
      const [pull, port] = await bound()
      const proxy = use(new Proxy(port, REPLIES["an IPv4 address"]))
      proxy.refusals.push(refusal, refusal)
      await through(await proxy.listen(), `tcp://127.0.0.1:${port}`, pull)
      expect(proxy.refusals).to.be.empty
    })
  }
})
