import { expect } from "chai"
import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Socket } from "node:net"
import { progressOf } from "../../../src/transports/net/progress.js"
import { closing } from "../../support/closing.js"

describe("progressOf", () => {
  const use = closing()

  it("reports how much of a large buffer the system has accepted, and what waits, until it has all", async () => {
    const server = use(createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1"))
    await once(server, "listening")
    const accepted = once(server, "connection") as Promise<[Socket]>
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1")
    const [peer] = await accepted
    use({ close: () => [socket, peer].map((each) => each.destroy()) })
    const size = 64 * 1024 * 1024
    const written = new Promise((resolve) => socket.write(Buffer.alloc(size), resolve))
    await new Promise((resolve) => setImmediate(resolve))
    const before = progressOf(socket)
    expect(before.taken + before.waiting).to.equal(size)
    expect(before.waiting).to.be.greaterThan(0)
    peer.resume()
    await written
    expect(progressOf(socket)).to.deep.equal({ taken: size, waiting: 0 })
  })
})
