import { expect } from "chai"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { limitFragments, limitPayload, loadWebSockets } from "../../../src/transports/ws/web-sockets.js"
import { closing } from "../../support/closing.js"
import { WebSocketServer } from "../../support/ws.js"

type Peer = InstanceType<Awaited<ReturnType<typeof loadWebSockets>>["WebSocket"]>

describe("the bundled package ws", () => {
  const use = closing()

  /** A WebSocket of the bundled `ws`, and its other end from the npm package. */
  async function open() {
    const server = use(new WebSocketServer({ port: 0, host: "127.0.0.1" }))
    await once(server, "listening")
    const accepted = once(server, "connection")
    const { WebSocket } = await loadWebSockets()
    const near = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { maxPayload: 1000 })
    use({ close: () => near.terminate() })
    const failure = new Promise<Error & { code?: string }>((resolve) => near.on("error", resolve))
    await new Promise<void>((resolve) => near.on("open", resolve))
    const [peer] = (await accepted) as [{ send(data: Uint8Array, options?: { fin: boolean }): void }]
    return { near, peer, failure }
  }

  /** The size of the next message. */
  const nextSize = (near: Peer): Promise<number> =>
    new Promise((resolve) => {
      near.on("message", ({ length }) => {
        resolve(length)
      })
    })

  it("is loaded once", async () => {
    expect(await loadWebSockets()).to.equal(await loadWebSockets())
  })

  it("accepts the limit of a message later, which is set in its internal state", async () => {
    const raised = await open()
    limitPayload(raised.near, 5000)
    const size = nextSize(raised.near)
    raised.peer.send(Buffer.alloc(5000))
    expect(await size).to.equal(5000)
    const lowered = await open()
    limitPayload(lowered.near, 10)
    lowered.peer.send(Buffer.alloc(11))
    expect((await lowered.failure).code).to.equal("WS_ERR_UNSUPPORTED_MESSAGE_LENGTH")
  })

  it("accepts the limit of fragments later, which is set in its internal state", async () => {
    const { near, peer, failure } = await open()
    limitFragments(near, 3)
    for (let fragment = 0; fragment < 4; fragment++) peer.send(Buffer.alloc(1), { fin: false })
    expect((await failure).code).to.equal("WS_ERR_TOO_MANY_BUFFERED_PARTS")
  })

  it("joins the fragments of a message, however many and small they are", async () => {
    const { near, peer } = await open()
    limitPayload(near, 100_000)
    limitFragments(near, 10_000)
    const content = new Promise<string>((resolve) => {
      near.on("message", (message) => {
        resolve(Buffer.from(message).toString())
      })
    })
    for (let fragment = 0; fragment < 600; fragment++) peer.send(Buffer.from(`${fragment};`), { fin: false })
    peer.send(Buffer.from("end"), { fin: true })
    expect(await content).to.equal(`${Array.from({ length: 600 }, (_, fragment) => `${fragment};`).join("")}end`)
  })

  it("does not change a WebSocket without the internal state", () => {
    for (const _receiver of [undefined, null, {}]) {
      const other = { _receiver } as unknown as Peer
      limitPayload(other, 10)
      limitFragments(other, 10)
      expect(other).to.deep.equal({ _receiver })
    }
  })
})
