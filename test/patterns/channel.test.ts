import { expect } from "chai"
import { channelPattern } from "../../src/patterns/channel.js"
import { codeOf } from "../support/messages.js"
import { host, Peer, receiveAll, send, sendRefusal } from "../support/peer.js"

const create = () => host((host) => channelPattern(host))

describe("CHANNEL (RFC 52)", () => {
  it("sends and receives single frames, in any order", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    send(pattern, "a")
    send(pattern, "b")
    peer.send("x")
    peer.send("y")
    expect(peer.drain()).to.deep.equal([["a"], ["b"]])
    expect(receiveAll(pattern)).to.deep.equal([["x"], ["y"]])
  })

  it("does not have more than one peer: a second one is rejected", () => {
    const { pattern } = create()
    const [first, second] = [new Peer(pattern), new Peer(pattern)]
    expect([first.terminated, second.terminated]).to.deep.equal([false, true])
  })

  it("waits without a peer", () => {
    const { pattern } = create()
    expect([send(pattern, "x"), pattern.writable, sendRefusal(pattern)]).to.deep.equal([false, false, "EAGAIN"])
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

  it("notifies the socket when a message arrives, and when a full peer has room again", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { mark: 1 })
    expect([pattern.readable, host.receivables]).to.deep.equal([false, 0])
    peer.send("x")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
    expect([send(pattern, "1"), send(pattern, "2"), pattern.writable]).to.deep.equal([true, false, false])
    const { sendables } = host
    peer.drain()
    expect([host.sendables, pattern.writable]).to.deep.equal([sendables + 1, true])
  })

  it("accepts another peer after the first has left", () => {
    const { pattern } = create()
    new Peer(pattern).close()
    const next = new Peer(pattern)
    send(pattern, "1")
    expect(next.drain()).to.deep.equal([["1"]])
  })
})
