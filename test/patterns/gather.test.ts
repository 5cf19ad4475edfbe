import { expect } from "chai"
import { gatherPattern } from "../../src/patterns/gather.js"
import { host, Peer, receiveAll, send, sendRefusal } from "../support/peer.js"

const create = () => host((host) => gatherPattern(host))

describe("GATHER (RFC 49)", () => {
  it("receives from its peers in turn", () => {
    const { pattern, host } = create()
    const [one, other] = [new Peer(pattern), new Peer(pattern)]
    for (const message of ["a1", "a2"]) one.send(message)
    for (const message of ["b1", "b2"]) other.send(message)
    expect([pattern.readable, host.receivables > 0]).to.deep.equal([true, true])
    expect(receiveAll(pattern)).to.deep.equal([["a1"], ["b1"], ["a2"], ["b2"]])
  })

  it("drops messages of several frames", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    peer.send("a", "b")
    peer.send("c")
    peer.send("d", "e", "f")
    expect([receiveAll(pattern), host.drops]).to.deep.equal([[["c"]], 2])
  })

  it("does not send: ENOTSUP", () => {
    const { pattern } = create()
    new Peer(pattern)
    expect([send(pattern, "x"), pattern.writable, sendRefusal(pattern)]).to.deep.equal([false, false, "ENOTSUP"])
  })
})
