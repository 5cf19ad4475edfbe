import { expect } from "chai"
import { PairPattern } from "../../src/patterns/pair.js"
import { PullPattern } from "../../src/patterns/pull.js"
import { PushPattern } from "../../src/patterns/push.js"
import { SingleFrame } from "../../src/patterns/single-frame.js"
import { host, Peer, receiveAll, send } from "../support/peer.js"

describe("SingleFrame", () => {
  it("sends messages of one frame, and rejects others with EINVAL", () => {
    const { pattern } = host((host) => new SingleFrame(new PushPattern(host), host))
    const peer = new Peer(pattern)
    expect(send(pattern, "one")).to.equal(true)
    expect(() => send(pattern, "one", "two"))
      .to.throw()
      .with.property("code", "EINVAL")
    expect(peer.drain()).to.deep.equal([["one"]])
  })

  it("receives messages of one frame, and drops others", () => {
    const { pattern, host: owner } = host((host) => new SingleFrame(new PullPattern(host), host))
    const peer = new Peer(pattern)
    peer.send("one")
    peer.send("a", "b")
    peer.send("two")
    expect(receiveAll(pattern)).to.deep.equal([["one"], ["two"]])
    expect(owner.drops).to.equal(1)
  })

  it("prefers other peers after a failed handshake, until one succeeds, like the pattern that it wraps", () => {
    const { pattern } = host((host) => new SingleFrame(new PushPattern(host), host))
    const peer = new Peer(pattern)
    pattern.peerFailed(peer.near)
    expect(send(pattern, "early")).to.equal(false)
    peer.arrive()
    expect(send(pattern, "late")).to.equal(true)
    expect(peer.drain()).to.deep.equal([["late"]])
  })

  it("has only the members of the pattern that it wraps", () => {
    const create = (of: typeof PushPattern | typeof PullPattern | typeof PairPattern) =>
      host((host) => new SingleFrame(new of(host), host)).pattern
    expect([create(PushPattern).receive, create(PullPattern).send]).to.deep.equal([undefined, undefined])
    const pair = create(PairPattern)
    expect([typeof pair.send, typeof pair.receive]).to.deep.equal(["function", "function"])
  })
})
