import { expect } from "chai"
import { LocalPipe } from "../../src/core/pipe/local-pipe.js"
import { DgramPattern } from "../../src/patterns/dgram.js"
import { codeOf } from "../support/messages.js"
import { host, ownerOf, Peer, receiveAll, send, sendRefusal } from "../support/peer.js"
import { Recorder } from "../support/recorder.js"

const create = () => host((host) => new DgramPattern(host))

describe("DGRAM", () => {
  it("passes addresses together with datagrams, in both directions", () => {
    const { pattern } = create()
    const network = new Peer(pattern)
    send(pattern, "127.0.0.1:5", "a")
    send(pattern, "[::1]:5", "")
    send(pattern, "name:65535\0", "b")
    network.send("1.2.3.4:5", "c")
    expect(network.drain()).to.deep.equal([
      ["127.0.0.1:5", "a"],
      ["[::1]:5", ""],
      ["name:65535\0", "b"],
    ])
    expect(receiveAll(pattern)).to.deep.equal([["1.2.3.4:5", "c"]])
  })

  it("does not send a message that is not an address and bytes: EINVAL", () => {
    const { pattern } = create()
    new Peer(pattern)
    for (const frames of [["127.0.0.1:5"], ["127.0.0.1:5", "a", "b"]]) {
      expect(codeOf(() => send(pattern, ...frames))).to.equal("EINVAL")
    }
    for (const address of ["", "x", ":5", "x:", "x:0", "x:65536", "::1:5", "a b:5"]) {
      expect(
        codeOf(() => send(pattern, address, "a")),
        address,
      ).to.equal("EINVAL")
    }
  })

  it("reports how many frames a message has", () => {
    const { pattern } = create()
    new Peer(pattern)
    for (const [frames, count] of [
      [["127.0.0.1:5"], "1 frame"],
      [["127.0.0.1:5", "a", "b"], "3 frames"],
    ] as const) {
      expect(() => send(pattern, ...frames))
        .to.throw()
        .with.nested.property("cause.message", `Invalid datagram with ${count}: expected an address and the bytes`)
    }
  })

  it("reports what is wrong with an address", () => {
    const { pattern } = create()
    new Peer(pattern)
    expect(() => send(pattern, "nowhere", "a"))
      .to.throw()
      .with.nested.property(
        "cause.message",
        'Invalid address "nowhere": expected a host and a port, such as 127.0.0.1:5555',
      )
  })

  it("does not send more than 8192 bytes: EMSGSIZE", () => {
    const { pattern } = create()
    new Peer(pattern)
    expect(send(pattern, "127.0.0.1:5", "x".repeat(8192))).to.equal(true)
    expect(codeOf(() => send(pattern, "127.0.0.1:5", "x".repeat(8193)))).to.equal("EMSGSIZE")
  })

  it("has one endpoint at a time: EINVAL, and waits without one", () => {
    const { pattern } = create()
    expect([send(pattern, "127.0.0.1:5", "x"), sendRefusal(pattern)]).to.deep.equal([false, "EAGAIN"])
    const network = new Peer(pattern)
    expect(codeOf(() => new Peer(pattern))).to.equal("EINVAL")
    network.close()
    new Peer(pattern)
    expect(pattern.writable).to.equal(true)
  })

  it("notifies the socket when a full network has room again", () => {
    const { pattern, host } = create()
    const network = new Peer(pattern, { mark: 1 })
    expect(["1", "2"].map((text) => send(pattern, "127.0.0.1:5", text))).to.deep.equal([true, false])
    const { sendables } = host
    network.drain()
    expect([host.sendables, pattern.writable]).to.deep.equal([sendables + 1, true])
  })

  it("notifies the socket when it has an endpoint, and when a datagram arrives", () => {
    const { pattern, host } = create()
    expect([pattern.readable, host.sendables, host.receivables]).to.deep.equal([false, 0, 0])
    const network = new Peer(pattern)
    expect([pattern.readable, host.sendables, host.receivables]).to.deep.equal([false, 1, 0])
    network.send("1.2.3.4:5", "x")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
  })

  it("keeps its endpoint if another is rejected and removed", () => {
    const { pattern, host } = create()
    const network = new Peer(pattern)
    const [refused] = LocalPipe.pair(ownerOf(pattern), { sendMark: 1 }, new Recorder())
    expect(codeOf(() => pattern.attach(refused))).to.equal("EINVAL")
    host.detach(refused)
    expect([send(pattern, "127.0.0.1:5", "x"), network.drain()]).to.deep.equal([true, [["127.0.0.1:5", "x"]]])
  })
})
