import { expect } from "chai"
import { ChannelPattern } from "../../src/patterns/channel.js"
import { codeOf } from "../support/messages.js"
import { host, Peer, receiveAll, send } from "../support/peer.js"

const create = () => host((host) => new ChannelPattern(host))

describe("CHANNEL (RFC 52)", () => {
  it("SHALL send and receive single frames, in any order", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    send(pattern, "a")
    send(pattern, "b")
    peer.send("x")
    peer.send("y")
    expect(peer.drain()).to.deep.equal([["a"], ["b"]])
    expect(receiveAll(pattern)).to.deep.equal([["x"], ["y"]])
  })

  it("SHALL NOT have more than one peer: a second one is turned away", () => {
    const { pattern } = create()
    const [first, second] = [new Peer(pattern), new Peer(pattern)]
    expect([first.terminated, second.terminated]).to.deep.equal([false, true])
  })

  it("SHALL wait without a peer", () => {
    const { pattern } = create()
    expect([send(pattern, "x"), pattern.writable, pattern.sendRefusal()]).to.deep.equal([false, false, "EAGAIN"])
  })

  it("SHALL NOT send messages of several frames: EINVAL", () => {
    const { pattern } = create()
    new Peer(pattern)
    expect(codeOf(() => send(pattern, "a", "b"))).to.equal("EINVAL")
  })

  it("SHALL drop messages of several frames that it receives", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    peer.send("a", "b")
    peer.send("c")
    expect(receiveAll(pattern)).to.deep.equal([["c"]])
  })
})
