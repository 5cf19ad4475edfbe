import { expect } from "chai"
import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { bindToServer, Pull, Push } from "../../src/index.js"
import { CERTIFICATE, KEY } from "../support/certificate.js"
import { closing } from "../support/closing.js"
import { hex } from "../support/cuts.js"
import { nextEvent } from "../support/events.js"
import { GREETING, READY } from "../support/raw-peer.js"
import { NODE } from "../support/runtime.js"
import { listen } from "../support/http-servers.js"
import { skip } from "../support/skip.js"

const MESSAGE = hex("0006 737079696e67")

/** All bytes that a PUSH sends over tcp. */
const OVER_TCP = Buffer.concat([GREETING, READY.PUSH, MESSAGE])

/** Over ws, only the opening request matters. */
const OVER_WS = Buffer.from(
  "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ZWS2.0/NULL\r\n\r\n",
)

/** Another process connects, sends `bytes`, and resets the connection, while this process is blocked. */
function connectAndReset(port: number, bytes: Uint8Array): void {
  const program = `
    const socket = require("net").connect(${port}, "127.0.0.1", () => {
      socket.write(Buffer.from("${Buffer.from(bytes).toString("hex")}", "hex"), () => socket.resetAndDestroy())
    })`
  const { status, stderr } = spawnSync(NODE, ["-e", program], { timeout: 10_000 })
  expect([status, String(stderr)]).to.deep.equal([0, ""])
}

describe("a peer that connects while the process is busy, and resets the connection", function () {
  this.timeout(30_000)
  const use = closing()

  before(function () {
    // Other systems do not return connections that are already closed from `accept`.
    if (process.platform !== "linux") skip(this, "Linux only")
  })

  /** A PULL, and the addresses of the peers for which it requested a verdict. */
  function judging(options: object = {}): [Pull, string[]] {
    const pull = use(new Pull({ tracePeers: true, ...options }))
    pull.events
    const judged: string[] = []
    pull.authenticate = ({ address }) => judged.push(address) > 0
    return [pull, judged]
  }

  /** Checks that a peer that stays connected is served, and that its address is known. */
  async function serves(pull: Pull): Promise<void> {
    const push = use(new Push({ wssTrustPem: CERTIFICATE, wssHostname: "localhost" }))
    push.connect(pull.lastEndpoint!)
    await push.send("hello")
    const message = await pull.receive()
    expect([String(message), pull.peerOf(message)?.address]).to.deep.equal(["hello", "127.0.0.1"])
  }

  for (const [endpoint, bytes, options] of [
    ["tcp://127.0.0.1:*", OVER_TCP, {}],
    ["tcp://127.0.0.1:*", OVER_TCP, { tcpAcceptFilter: "127.0.0.1" }],
    ["ws://127.0.0.1:*", OVER_WS, {}],
    ["ws://127.0.0.1:*", OVER_WS, { tcpAcceptFilter: "127.0.0.1" }],
    ["wss://127.0.0.1:*", OVER_WS, { wssKeyPem: KEY, wssCertPem: CERTIFICATE }],
  ] as const) {
    it(`is rejected, because it has no address: ${endpoint}${"tcpAcceptFilter" in options ? " with a filter" : ""}`, async () => {
      const [pull, judged] = judging(options)
      await pull.bind(endpoint)
      connectAndReset(Number(pull.lastEndpoint!.split(":").pop()), bytes)
      const { error } = await nextEvent(pull, "accept:error")
      expect(error).to.include({ code: "ECONNABORTED", errno: 103 })
      await serves(pull)
      expect(judged).to.deep.equal(["127.0.0.1"])
      expect(pull.stats().received).to.equal(1)
    })
  }

  it("is rejected, because it has no address: on a server of the application", async () => {
    const server = createServer()
    await listen(use, server)
    const [pull, judged] = judging()
    await bindToServer(pull, server)
    connectAndReset((server.address() as AddressInfo).port, OVER_WS)
    expect((await nextEvent(pull, "accept:error")).error).to.include({ code: "ECONNABORTED" })
    await serves(pull)
    expect(judged).to.deep.equal(["127.0.0.1"])
  })
})

describe("a server of the application on a local socket", () => {
  const use = closing()

  it("reports that peers are on this machine, as ipc does", async function () {
    // Windows does not have local sockets with paths.
    if (process.platform === "win32") skip(this, "not on Windows")
    const { SocketFolder } = await import("../support/endpoints.js")
    const { WebSocket } = await import("../support/ws.js")
    const path = use(new SocketFolder()).next()
    const server = use(createServer())
    server.listen(path)
    await once(server, "listening")
    const pull = use(new Pull())
    const judged = new Promise((resolve) => {
      pull.authenticate = ({ address }) => {
        resolve(address)
        return true
      }
    })
    await bindToServer(pull, server)
    const peer = new WebSocket(`ws+unix:${path}:/`, { headers: { "Sec-WebSocket-Protocol": "ZWS2.0/NULL" } })
    use({ close: () => peer.terminate() })
    peer.on("upgrade", (response) => delete response.headers["sec-websocket-protocol"])
    await once(peer, "open")
    peer.send(Buffer.from("\x02\x05READY\x0bSocket-Type\0\0\0\x04PUSH"))
    expect(await judged).to.equal("localhost")
  })
})
