import { expect } from "chai"
import { fileURLToPath } from "node:url"
import { RemoteProcess, type RemoteSocket } from "../../interop/support/remote.js"
import { curveKeyPair } from "../../src/index.js"
import { hasWorkerd, Worker } from "../support/workerd.js"
import { skip } from "../support/skip.js"

const [server, client] = [curveKeyPair(), curveKeyPair()]

describe("examples/cloudflare-worker", function () {
  this.timeout(30_000)
  let libzmq: RemoteProcess
  let publisher: RemoteSocket
  let reply: RemoteSocket
  let worker: Worker

  before(async function () {
    // `npm run runtimes -- --only workerd` installs workerd.
    if (!hasWorkerd) skip(this, "workerd is not installed")
    libzmq = await RemoteProcess.start("libzmq")
    publisher = await libzmq.socket("XPublisher")
    reply = await libzmq.socket("Reply", { curveServer: true, curveSecretKey: server.secretKey })
    worker = await Worker.start({
      entry: fileURLToPath(new URL("../../examples/cloudflare-worker/worker.js", import.meta.url)),
      bindings: {
        NEWS: await publisher.bind("tcp://127.0.0.1:*"),
        SERVICE: await reply.bind("tcp://127.0.0.1:*"),
        SERVICE_KEY: server.publicKey,
        PUBLIC_KEY: client.publicKey,
        SECRET_KEY: client.secretKey,
      },
    })
  })

  after(async () => {
    await (worker as Worker | undefined)?.close()
    await (libzmq as RemoteProcess | undefined)?.stop()
  })

  it("subscribes to a libzmq PUB", async () => {
    const response = fetch(`${worker.url}/news?topic=weather&count=2`)
    expect(await publisher.receive()).to.deep.equal(["\x01weather"])
    await publisher.send("sport", "2:1")
    await publisher.send("weather.berlin", "21")
    await publisher.send("weather.rome", "30")
    expect(await (await response).json()).to.deep.equal(["weather.berlin: 21", "weather.rome: 30"])
  })

  it("sends requests to a libzmq REP, with CURVE", async () => {
    for (const question of ["4 + 5", "x".repeat(100_000)]) {
      const response = fetch(`${worker.url}/ask`, { method: "POST", body: question })
      expect(await reply.receive()).to.deep.equal([question])
      await reply.send(`${question.length} characters`)
      expect(await (await response).text()).to.equal(`${question.length} characters`)
    }
  })
})
