import { expect } from "chai"
import { fileURLToPath } from "node:url"
import { RemoteProcess, type RemoteSocket } from "../../interop/support/remote.js"
import { curveKeyPair } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { hasWorkerd, Worker } from "../support/workerd.js"
import { skip } from "../support/skip.js"
import type { Task } from "./inside/peer.js"

const [server, client] = [curveKeyPair(), curveKeyPair()]

/** Options of the peer, and of the Worker's socket. */
const MECHANISMS = {
  NULL: [{}, {}],
  CURVE: [
    { curveServer: true, curveSecretKey: server.secretKey },
    { curveServerKey: server.publicKey, curvePublicKey: client.publicKey, curveSecretKey: client.secretKey },
  ],
} as const

describe("a Worker in workerd", function () {
  this.timeout(30_000)
  const use = closing()
  let libzmq: RemoteProcess
  let worker: Worker

  before(async function () {
    // `npm run runtimes -- --only workerd` installs workerd.
    if (!hasWorkerd) skip(this, "workerd is not installed")
    libzmq = await RemoteProcess.start("libzmq")
    worker = await Worker.start({ entry: fileURLToPath(new URL("inside/peer.ts", import.meta.url)) })
  })

  after(async () => {
    await (worker as Worker | undefined)?.close()
    await (libzmq as RemoteProcess | undefined)?.stop()
  })

  const ask = async (task: Task): Promise<unknown> =>
    (await fetch(worker.url, { method: "POST", body: JSON.stringify(task) })).json()

  for (const [mechanism, [theirs, ours]] of Object.entries(MECHANISMS)) {
    const peer = async (type: Parameters<RemoteProcess["socket"]>[0]): Promise<[RemoteSocket, string]> => {
      const socket = use(await libzmq.socket(type, theirs))
      return [socket, await socket.bind("tcp://127.0.0.1:*")]
    }

    describe(`with libzmq peers, over tcp and ${mechanism}`, () => {
      it("sends a request to a REP", async () => {
        const [reply, endpoint] = await peer("Reply")
        const asking = ask({ type: "Request", endpoint, options: ours, send: ["4", "5"] })
        expect(await reply.receive()).to.deep.equal(["4", "5"])
        await reply.send("9")
        expect(await asking).to.deep.equal(["9"])
      })

      it("exchanges messages with a ROUTER as DEALER", async () => {
        const [router, endpoint] = await peer("Router")
        const asking = ask({ type: "Dealer", endpoint, options: { ...ours, routingId: "worker" }, send: ["hello"] })
        expect(await router.receive()).to.deep.equal(["worker", "hello"])
        await router.send("worker", "welcome")
        expect(await asking).to.deep.equal(["welcome"])
      })

      it("subscribes to a PUB", async () => {
        const [publisher, endpoint] = await peer("XPublisher")
        const asking = ask({ type: "Subscriber", endpoint, options: ours })
        expect(await publisher.receive()).to.deep.equal(["\x01news"])
        await publisher.send("other", "1")
        await publisher.send("news", "2")
        expect(await asking).to.deep.equal(["news", "2"])
      })

      it("pulls a large message from a PUSH", async () => {
        const [push, endpoint] = await peer("Push")
        const asking = ask({ type: "Pull", endpoint, options: ours })
        const body = "x".repeat(1_000_000)
        await push.send(body)
        expect(await asking).to.deep.equal([body])
      })

      it("connects to a PAIR", async () => {
        const [pair, endpoint] = await peer("Pair")
        const asking = ask({ type: "Pair", endpoint, options: ours, send: ["ping"] })
        expect(await pair.receive()).to.deep.equal(["ping"])
        await pair.send("pong")
        expect(await asking).to.deep.equal(["pong"])
      })
    })
  }

  it("retries until a socket listens", async () => {
    const pull = ask({ type: "Pull", endpoint: "tcp://127.0.0.1:1", options: { receiveTimeout: 300 } })
    expect(await pull).to.include({ code: "EAGAIN" })
  })

  it("explains what is not supported", async () => {
    expect(await ask({ type: "Pull", endpoint: "tcp://localhost", options: {} })).to.include({ code: "EINVAL" })
    expect(await ask({ type: "Pull", endpoint: "ipc:///tmp/x", options: {} })).to.include({ code: "EPROTONOSUPPORT" })
    expect(await ask({ type: "Pull", endpoint: "tcp://127.0.0.1:1", options: { tcpKeepalive: 1 } })).to.include({
      code: "ENOTSUP",
    })
  })
})
