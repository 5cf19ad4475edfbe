import { expect } from "chai"
import { Context, curveKeyPair, Dealer, Router, type Socket } from "../src/index.js"
import { RemoteProcess, type RemoteSocket } from "./support/remote.js"
import { closeAll, closing, receiveText } from "./support/sockets.js"

const server = curveKeyPair()
const client = curveKeyPair()
const HANDLER = "inproc://zeromq.zap.01"

/** Options of a server that sends ZAP requests, and of its client. */
const MECHANISMS = {
  NULL: { server: { zapDomain: "domain" }, client: {} },
  PLAIN: {
    server: { plainServer: true, zapDomain: "domain" },
    client: { plainUsername: "admin", plainPassword: "secret" },
  },
  CURVE: {
    server: { curveServer: true, curveSecretKey: server.secretKey, zapDomain: "domain" },
    client: { curveServerKey: server.publicKey, curvePublicKey: client.publicKey, curveSecretKey: client.secretKey },
  },
} as const
type Mechanism = keyof typeof MECHANISMS
const MECHANISM_NAMES = Object.keys(MECHANISMS) as Mechanism[]

/** A fault of a reply, the reply, and the error code of our server. A libzmq server does not report the fault to its client. */
const MALFORMED = [
  ["another version", ["2.0", "1", "200", "OK", "", ""], "ERR_ZAP_BAD_VERSION"],
  ["another request id", ["1.0", "2", "200", "OK", "", ""], "ERR_ZAP_BAD_REQUEST_ID"],
  ["an unknown status", ["1.0", "1", "201", "OK", "", ""], "ERR_ZAP_INVALID_STATUS_CODE"],
  ["a missing frame", ["1.0", "1", "200", "OK", ""], "ERR_ZAP_MALFORMED_REPLY"],
  ["an additional frame", ["1.0", "1", "200", "OK", "", "", ""], "ERR_ZAP_MALFORMED_REPLY"],
  ["malformed metadata", ["1.0", "1", "200", "OK", "", "junk"], "ERR_ZAP_INVALID_METADATA"],
] as const

/** The result of the first handshake of `socket`: `in`, `auth` with a status, or an error code. */
function outcome(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.events.on("handshake", () => {
      resolve("in")
    })
    socket.events.on("handshake:error:auth", ({ error }) => {
      resolve(`auth ${error.status}`)
    })
    socket.events.on("handshake:error:protocol", ({ error }) => {
      resolve(error.code)
    })
    socket.events.on("handshake:error:other", ({ error }) => {
      resolve(error.code)
    })
  })
}

describe("ZAP between this library and libzmq", function () {
  this.timeout(30_000)
  let libzmq: RemoteProcess

  beforeEach(async () => {
    libzmq = await RemoteProcess.start("libzmq")
  })
  afterEach(async () => {
    closeAll()
    await libzmq.stop()
  })

  /** A server and a handler of this library, and a libzmq client. */
  async function ours(mechanism: Mechanism): Promise<{ socket: Router; handler: Router; peer: RemoteSocket }> {
    const context = new Context()
    const handler = closing(new Router({ context }))
    await handler.bind(HANDLER)
    const socket = closing(new Router({ ...MECHANISMS[mechanism].server, routingId: "self", context }))
    await socket.bind("tcp://127.0.0.1:*")
    const peer = await libzmq.socket("Dealer", { ...MECHANISMS[mechanism].client, routingId: "peer" })
    return { socket, handler, peer }
  }

  /** A libzmq server and handler, and a client of this library. */
  async function theirs(
    mechanism: Mechanism,
  ): Promise<{ endpoint: string; socket: RemoteSocket; handler: RemoteSocket; peer: Dealer }> {
    const handler = await libzmq.socket("Router")
    await handler.bind(HANDLER)
    const socket = await libzmq.socket("Router", { ...MECHANISMS[mechanism].server, routingId: "self" })
    const endpoint = await socket.bind("tcp://127.0.0.1:*")
    const peer = closing(new Dealer({ ...MECHANISMS[mechanism].client, routingId: "peer", reconnectInterval: -1 }))
    return { endpoint, socket, handler, peer }
  }

  for (const mechanism of MECHANISM_NAMES) {
    it(`${mechanism}: both libraries send the same request, byte for byte`, async () => {
      const { socket, handler, peer } = await ours(mechanism)
      await peer.connect(socket.lastEndpoint!)
      const request = await receiveText(handler)
      const other = await theirs(mechanism)
      other.peer.connect(other.endpoint)
      const theirRequest = await other.handler.receive()
      // The first frame is the routing id that the handler has generated for the server.
      expect(request.slice(1)).to.deep.equal(theirRequest.slice(1))
      expect(request.slice(1, 8)).to.deep.equal(["", "1.0", "1", "domain", "127.0.0.1", "self", mechanism])
    })

    for (const status of ["200", "300", "400", "500"]) {
      const reply = ["1.0", "1", status, "text", "user", "\x04X-Id\0\0\0\x01a"]

      it(`${mechanism}: our handler answers ${status} for a libzmq client`, async () => {
        const { socket, handler, peer } = await ours(mechanism)
        const seen = outcome(socket)
        await peer.connect(socket.lastEndpoint!)
        const [id] = await handler.receive()
        await handler.send([id!, "", ...reply])
        expect(await seen).to.equal(status === "200" ? "in" : `auth ${status}`)
        if (status !== "200") return
        await peer.send("hello")
        expect(await receiveText(socket)).to.deep.equal(["peer", "hello"])
      })

      it(`${mechanism}: a libzmq handler answers ${status} for our client`, async () => {
        const { endpoint, socket, handler, peer } = await theirs(mechanism)
        const seen = outcome(peer)
        // After status 300, the server sends nothing more. The timeout of either side ends the handshake.
        if (status === "300") peer.handshakeInterval = 1000
        peer.connect(endpoint)
        await peer.send("hello")
        const [id] = await handler.receive()
        await handler.send(Buffer.from(id!, "latin1"), "", ...reply)
        if (status === "200") expect(await socket.receive()).to.deep.equal(["peer", "hello"])
        const expected = { 200: ["in"], 300: ["ETIMEDOUT", "EPIPE"], 400: ["auth 400"], 500: ["auth 500"] }[status]
        expect(await seen).to.be.oneOf(expected!)
      })
    }
  }

  for (const [what, reply, code] of MALFORMED) {
    it(`our server rejects a reply with ${what}, and so does libzmq`, async () => {
      const { socket, handler, peer } = await ours("CURVE")
      const seen = outcome(socket)
      await peer.connect(socket.lastEndpoint!)
      const [id] = await handler.receive()
      await handler.send([id!, "", ...reply])
      expect(await seen).to.equal(code)
      const other = await theirs("CURVE")
      const refused = outcome(other.peer)
      other.peer.connect(other.endpoint)
      const [theirId] = await other.handler.receive()
      await other.handler.send(Buffer.from(theirId!, "latin1"), "", ...reply)
      expect(await refused).to.be.oneOf(["EPIPE", "ECONNRESET", "ETIMEDOUT"])
    })
  }

  for (const [mechanism, expected] of [
    ["NULL", "in"],
    ["PLAIN", "refused"],
    ["CURVE", "in"],
  ] as const) {
    it(`${mechanism} without a handler: ${expected}, on either side`, async () => {
      const socket = closing(new Router({ ...MECHANISMS[mechanism].server, context: new Context() }))
      const seen = outcome(socket)
      await socket.bind("tcp://127.0.0.1:*")
      await (await libzmq.socket("Dealer", MECHANISMS[mechanism].client)).connect(socket.lastEndpoint!)
      expect(await seen).to.equal(expected === "in" ? "in" : "EFAULT")
      const other = await libzmq.socket("Router", MECHANISMS[mechanism].server)
      const peer = closing(new Dealer({ ...MECHANISMS[mechanism].client, reconnectInterval: -1 }))
      const met = outcome(peer)
      peer.connect(await other.bind("tcp://127.0.0.1:*"))
      expect(await met).to.be.oneOf(expected === "in" ? ["in"] : ["EPIPE", "ECONNRESET", "ETIMEDOUT"])
    })
  }
})
