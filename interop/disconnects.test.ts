import { expect } from "chai"
import { connect } from "node:net"
import { Push, Router, type EventOfType } from "../src/index.js"
import { GREETING, RawPeer, READY } from "../test/support/raw-peer.js"
import { RemoteProcess } from "./support/remote.js"
import { closeAll, closing } from "./support/sockets.js"

describe("the disconnect event", () => {
  afterEach(closeAll)

  /** Resolves with the next `disconnect` event of `socket`. */
  async function disconnected(socket: Router | Push): Promise<EventOfType<"disconnect">> {
    for await (const event of socket.events) if (event.type === "disconnect") return event
    throw new Error("The socket was closed")
  }

  it("contains the address, routing id, and socket type of a libzmq peer that is killed", async () => {
    const libzmq = await RemoteProcess.start("libzmq")
    const router = closing(new Router())
    await router.bind("tcp://127.0.0.1:*")
    const gone = disconnected(router)
    const dealer = await libzmq.socket("Dealer", { routingId: "worker-1" })
    await dealer.connect(router.lastEndpoint!)
    await router.peersReady()
    await libzmq.kill()
    const event = await gone
    expect(event.peer).to.include({ address: "127.0.0.1", socketType: "DEALER" })
    expect(String(event.peer!.routingId)).to.equal("worker-1")
    expect(Object.keys(event)).to.deep.equal(["type", "address"])
  })

  it("contains the socket type of an incompatible peer", async () => {
    const push = closing(new Push())
    await push.bind("tcp://127.0.0.1:*")
    const gone = disconnected(push)
    // The bytes that libzmq sends unless it is the first to notice the incompatible type.
    const peer = await RawPeer.connect(push.lastEndpoint!)
    peer.write(GREETING)
    peer.write(READY.PUB)
    expect((await gone).peer).to.include({ address: "127.0.0.1", socketType: "PUB" })
    peer.socket.destroy()
  })

  it("contains the address of a peer that has sent nothing", async () => {
    const push = closing(new Push())
    await push.bind("tcp://127.0.0.1:*")
    const peer = connect(Number(push.lastEndpoint!.split(":").pop()), "127.0.0.1")
    for await (const { type } of push.events) if (type === "accept") break
    peer.destroy()
    expect((await disconnected(push)).peer).to.include({ address: "127.0.0.1", socketType: "" })
  })
})
