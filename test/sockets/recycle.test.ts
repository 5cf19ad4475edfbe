import { expect } from "chai"
import { curveKeyPair, Pull, Push, Subscriber } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { SocketFolder } from "../support/endpoints.js"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const SIZE = 200_000
const COUNT = 20

describe("recycle", () => {
  const keep = closing()
  const server = curveKeyPair()
  const client = curveKeyPair()

  const connections: Record<string, () => [pull: Pull, push: Push, endpoint: string]> = {
    tcp: () => [new Pull(), new Push(), "tcp://127.0.0.1:*"],
    ipc: () => [new Pull(), new Push(), `ipc://${keep(new SocketFolder()).next()}`],
    CURVE: () => [
      new Pull({ curveServer: true, curveSecretKey: server.secretKey }),
      new Push({
        curveServerKey: server.publicKey,
        curvePublicKey: client.publicKey,
        curveSecretKey: client.secretKey,
      }),
      "tcp://127.0.0.1:*",
    ],
  }
  for (const [name, make] of Object.entries(connections)) {
    it(`receives later frames in the memory of earlier ones: ${name}`, async function () {
      if (RUNTIME === "Bun") skip(this, "Bun's sockets do not read into given memory")
      const [pull, push, endpoint] = make()
      keep(pull)
      keep(push)
      await pull.bind(endpoint)
      push.connect(pull.lastEndpoint!)
      let recycled = 0
      for (let index = 0; index < COUNT; index++) {
        await push.send(Buffer.alloc(SIZE, index))
        const [frame] = await pull.receive()
        expect(Buffer.alloc(SIZE, index).equals(frame!)).to.equal(true)
        pull.recycle(frame!)
        if (frame!.length === 0) recycled++
      }
      // The first frame was received before recycling was turned on.
      expect(recycled).to.be.at.least(COUNT - 2)
    })
  }

  it("does not affect frames that are not recycled", async () => {
    const pull = keep(new Pull())
    const push = keep(new Push())
    await pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.lastEndpoint!)
    const kept: Buffer[] = []
    for (let index = 0; index < COUNT; index++) {
      await push.send(Buffer.alloc(SIZE, index))
      const [frame] = await pull.receive()
      if (index % 2 === 0) pull.recycle(frame!)
      else kept.push(frame!)
    }
    for (const [index, frame] of kept.entries()) {
      expect(Buffer.alloc(SIZE, 2 * index + 1).equals(frame), `message ${2 * index + 1}`).to.equal(true)
    }
  })

  it("rejects values that are not bytes, and sockets that cannot receive", () => {
    const subscriber = keep(new Subscriber())
    expect(() => {
      subscriber.recycle("text" as never)
    }).to.throw(TypeError, "Invalid frame: expected a Buffer or Uint8Array, got string")
    expect(() => {
      ;(keep(new Push()) as unknown as Pull).recycle(Buffer.alloc(SIZE))
    })
      .to.throw()
      .with.property("code", "ENOTSUP")
  })

  it("does nothing on a closed socket", () => {
    const pull = new Pull()
    pull.close()
    pull.recycle(Buffer.alloc(SIZE))
  })
})
