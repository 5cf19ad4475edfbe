import { expect } from "chai"
import { clientPattern } from "../../src/patterns/client.js"
import { codeOf } from "../support/messages.js"
import { host, Peer, receiveAll, send } from "../support/peer.js"

const create = () => host((host) => clientPattern(host))

describe("CLIENT (RFC 41)", () => {
  it("sends messages to its servers in turn", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern)]
    for (const message of ["1", "2", "3", "4"]) send(pattern, message)
    expect(peers.map((peer) => peer.drain())).to.deep.equal([
      [["1"], ["3"]],
      [["2"], ["4"]],
    ])
  })

  it("receives from its servers in turn", () => {
    const { pattern } = create()
    const [one, other] = [new Peer(pattern), new Peer(pattern)]
    for (const message of ["a1", "a2"]) one.send(message)
    for (const message of ["b1", "b2"]) other.send(message)
    expect(receiveAll(pattern)).to.deep.equal([["a1"], ["b1"], ["a2"], ["b2"]])
  })

  it("waits without a server, and while all are full", () => {
    const { pattern, host } = create()
    expect([send(pattern, "x"), pattern.writable]).to.deep.equal([false, false])
    const peer = new Peer(pattern, { mark: 1 })
    while (send(pattern, "x"));
    const before = host.sendables
    peer.drain()
    expect(host.sendables).to.be.greaterThan(before)
    expect(pattern.writable).to.equal(true)
  })

  it("does not send messages of several frames: EINVAL", () => {
    const { pattern } = create()
    new Peer(pattern)
    expect(codeOf(() => send(pattern, "a", "b"))).to.equal("EINVAL")
  })

  it("drops messages of several frames that it receives", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    peer.send("a", "b")
    peer.send("c")
    expect(receiveAll(pattern)).to.deep.equal([["c"]])
  })

  it("notifies the socket when a message arrives, and when it has a server", () => {
    const { pattern, host } = create()
    expect([pattern.readable, host.receivables, host.sendables]).to.deep.equal([false, 0, 0])
    const peer = new Peer(pattern)
    expect(host.sendables).to.equal(1)
    peer.send("x")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
  })
})
