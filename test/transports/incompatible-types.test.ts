import { expect } from "chai"
import { Reply, Subscriber, type EventOfType } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { GREETING, RawPeer, READY } from "../support/raw-peer.js"

describe("sockets of incompatible types", () => {
  const use = closing()

  for (const [transport, endpoint] of [
    ["tcp", () => "tcp://127.0.0.1:*"],
    ["ipc", () => "ipc://*"],
  ] as const) {
    it(`send the peer their own type before they end the connection, over ${transport}`, async () => {
      const reply = use(new Reply())
      await reply.bind(endpoint())
      const peer = await RawPeer.connect(reply.lastEndpoint!)
      peer.socket.write(Buffer.concat([GREETING, READY.SUB]))
      await peer.read(GREETING.length)
      expect(await peer.read(READY.REP.length)).to.deep.equal(READY.REP)
      await peer.closed()
    })
  }

  it("both report the reason", async () => {
    const reply = use(new Reply())
    const subscriber = use(new Subscriber({ reconnectInterval: -1 }))
    const reasons = Promise.all(
      [reply, subscriber].map(
        (socket) =>
          new Promise<string>((resolve) => {
            socket.events.on("handshake:error:protocol", ({ error }: EventOfType<"handshake:error:protocol">) => {
              resolve((error.cause as Error).message)
            })
          }),
      ),
    )
    await reply.bind("tcp://127.0.0.1:*")
    subscriber.subscribe()
    subscriber.connect(reply.lastEndpoint!)
    expect(await reasons).to.deep.equal(['REP cannot talk to "SUB"', 'SUB cannot talk to "REP"'])
  })
})
