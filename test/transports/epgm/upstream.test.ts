import { expect } from "chai"
import type { Link, LinkOptions, Network } from "../../../src/transports/epgm/network.js"
import { listenUpstream } from "../../../src/transports/epgm/upstream.js"
import type { Origin } from "../../../src/pgm/source.js"
import { caught } from "../../support/receiving.js"

const ORIGIN: Origin = { address: "127.0.0.1", port: 1 }

const options = (port: number): LinkOptions => ({
  local: "127.0.0.1",
  port,
  shared: true,
  via: "127.0.0.1",
  hops: 1,
  loop: true,
})

/** Records which sockets are open, and delivers packets to them. */
class FakeNetwork implements Network {
  readonly opened: number[] = []
  readonly open_: Map<number, (packet: Buffer, origin: Origin) => void> = new Map()
  error: Error | undefined

  open({ port }: LinkOptions, receive: (packet: Buffer, origin: Origin) => void): Promise<Link> {
    this.opened.push(port)
    if (this.error !== undefined) return Promise.reject(this.error)
    this.open_.set(port, receive)
    return Promise.resolve({ port, send: () => undefined, close: () => this.open_.delete(port) })
  }

  deliver(port: number, text: string): void {
    this.open_.get(port)?.(Buffer.from(text), ORIGIN)
  }
}

describe("listenUpstream", () => {
  it("shares one socket for each address and port, and passes each packet to all senders", async () => {
    const network = new FakeNetwork()
    const heard: string[] = []
    const listen = (name: string, port: number) =>
      listenUpstream(network, options(port), (packet) => heard.push(`${name}: ${packet.toString()}`))
    const [leaveA] = await Promise.all([listen("a", 1), listen("b", 1), listen("c", 2)])
    expect(network.opened).to.deep.equal([1, 2])
    network.deliver(1, "NAK")
    network.deliver(2, "NAK")
    expect(heard.splice(0)).to.deep.equal(["a: NAK", "b: NAK", "c: NAK"])
    leaveA()
    network.deliver(1, "NAK")
    expect(heard).to.deep.equal(["b: NAK"])
  })

  it("closes a socket when its last sender leaves, and opens another for the next", async () => {
    const network = new FakeNetwork()
    const leave = await Promise.all([1, 1].map((port) => listenUpstream(network, options(port), () => undefined)))
    leave[0]!()
    expect([...network.open_.keys()]).to.deep.equal([1])
    leave[1]!()
    await Promise.resolve()
    expect([...network.open_.keys()]).to.deep.equal([])
    await listenUpstream(network, options(1), () => undefined)
    expect(network.opened).to.deep.equal([1, 1])
  })

  it("rejects with the error of the system, and tries again for the next sender", async () => {
    const network = new FakeNetwork()
    network.error = new Error("EADDRINUSE")
    const attempts = [1, 1].map((port) => caught(listenUpstream(network, options(port), () => undefined)))
    expect(await Promise.all(attempts)).to.deep.equal([network.error, network.error])
    network.error = undefined
    await listenUpstream(network, options(1), () => undefined)
    expect(network.opened).to.deep.equal([1, 1])
  })
})
