import { expect } from "chai"
import { scatterPattern } from "../../src/patterns/scatter.js"
import { codeOf } from "../support/messages.js"
import { host, Peer, receiveRefusal, send, sendRefusal } from "../support/peer.js"

const create = () => host((host) => scatterPattern(host))

describe("SCATTER (RFC 49)", () => {
  it("sends messages to its peers in turn", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern)]
    for (const message of ["1", "2", "3", "4"]) send(pattern, message)
    expect(peers.map((peer) => peer.drain())).to.deep.equal([
      [["1"], ["3"]],
      [["2"], ["4"]],
    ])
  })

  it("skips a peer that is full, and waits when all are", () => {
    const { pattern, host } = create()
    const [small, large] = [new Peer(pattern, { mark: 1 }), new Peer(pattern, { mark: 3 })]
    let sent = 0
    while (send(pattern, "x")) sent++
    expect(sendRefusal(pattern)).to.equal("EAGAIN")
    const before = host.sendables
    expect(small.drain().length + large.drain().length).to.equal(sent)
    expect(host.sendables).to.be.greaterThan(before)
  })

  it("does not send messages of several frames: EINVAL", () => {
    const { pattern } = create()
    new Peer(pattern)
    expect(codeOf(() => send(pattern, "a", "b"))).to.equal("EINVAL")
  })

  it("does not receive: ENOTSUP", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    for (let count = 0; count < 3000; count++) expect(peer.send("x")).to.equal(true)
    expect([pattern.receive, pattern.readable, receiveRefusal(pattern)]).to.deep.equal([undefined, false, "ENOTSUP"])
    expect(host.drops).to.equal(3000)
  })
})
