import { expect } from "chai"
import type { Pipe } from "../../src/core/pipe/pipe.js"
import { PairPattern } from "../../src/patterns/pair.js"
import { host, Peer, receive, receiveAll, receiveRefusal, send, sendRefusal } from "../support/peer.js"

const create = () => host((host) => new PairPattern(host))

describe("PAIR (RFC 31)", () => {
  it("sends and receives whole messages, in any order", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    send(pattern, "a", "b")
    send(pattern, "c")
    peer.send("x", "")
    peer.send("y")
    expect(peer.drain()).to.deep.equal([["a", "b"], ["c"]])
    expect(receiveAll(pattern)).to.deep.equal([["x", ""], ["y"]])
  })

  it("has room while its peer has", () => {
    const { pattern } = create()
    expect(pattern.requestRoom()).to.equal(false)
    const peer = new Peer(pattern, { mark: 1 })
    expect([pattern.requestRoom(), send(pattern, "1"), pattern.requestRoom()]).to.deep.equal([true, true, false])
    peer.drain()
    expect(pattern.requestRoom()).to.equal(true)
  })

  it("does not have more than one peer: a second one is rejected", () => {
    const { pattern } = create()
    const [first, second] = [new Peer(pattern), new Peer(pattern)]
    expect([first.terminated, second.terminated]).to.deep.equal([false, true])
    expect(second.send("lost")).to.equal(false)
    send(pattern, "1")
    expect(first.drain()).to.deep.equal([["1"]])
    expect(receive(pattern)).to.equal(undefined)
  })

  it("accepts another peer after the first has left", () => {
    const { pattern } = create()
    new Peer(pattern).close()
    const next = new Peer(pattern)
    next.send("1")
    expect(next.terminated).to.equal(false)
    expect(receive(pattern)).to.deep.equal(["1"])
  })

  it("accepts no other peer before all messages of the first were received", () => {
    const { pattern } = create()
    const first = new Peer(pattern)
    first.send("last words")
    first.close()
    expect(new Peer(pattern).terminated).to.equal(true)
    expect(receiveAll(pattern)).to.deep.equal([["last words"]])
    expect(new Peer(pattern).terminated).to.equal(false)
  })

  it("ends the pipe to a peer that has left when another replaces it", () => {
    const { pattern, host } = create()
    const first = new Peer(pattern)
    const ended: Pipe[] = []
    host.detach = (pipe) => ended.push(pipe)
    first.send("last words")
    first.close()
    expect([receive(pattern), ended]).to.deep.equal([["last words"], []])
    const next = new Peer(pattern)
    expect([ended, next.terminated]).to.deep.equal([[first.near], false])
    next.close()
    new Peer(pattern)
    expect(ended).to.deep.equal([first.near])
  })

  it("blocks on sending when its peer's queue is full, and when there is no peer", () => {
    const { pattern, host } = create()
    expect([pattern.writable, send(pattern, "1")]).to.deep.equal([false, false])
    const peer = new Peer(pattern, { mark: 1 })
    expect([pattern.writable, send(pattern, "1")]).to.deep.equal([true, true])
    expect([pattern.writable, send(pattern, "2")]).to.deep.equal([false, false])
    const { sendables } = host
    peer.drain()
    expect(host.sendables).to.equal(sendables + 1)
    expect([pattern.writable, send(pattern, "2")]).to.deep.equal([true, true])
    expect(sendRefusal(pattern)).to.equal("EAGAIN")
  })

  it("blocks on receiving while there is no message, and notifies when one arrives", () => {
    const { pattern, host } = create()
    expect([pattern.readable, receive(pattern), receiveRefusal(pattern)]).to.deep.equal([false, undefined, "EAGAIN"])
    new Peer(pattern).send("1")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
  })

  it("keeps messages queued for a peer that reconnects", () => {
    const { pattern } = create()
    const peer = new Peer(pattern, { absent: true })
    send(pattern, "1")
    peer.arrive()
    peer.leave()
    send(pattern, "2")
    peer.arrive()
    expect(peer.drain().flat()).to.deep.equal(["1", "2"])
  })

  it("notifies the socket when there is a peer to send to", () => {
    const { pattern, host } = create()
    new Peer(pattern)
    expect(host.sendables).to.equal(1)
  })
})
