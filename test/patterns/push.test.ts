import { expect } from "chai"
import { PushPattern } from "../../src/patterns/push.js"
import { host, Peer, receive, receiveRefusal, send, sendRefusal } from "../support/peer.js"

const create = () => host((host) => new PushPattern(host))

describe('PUSH (RFC 30, "The PUSH Socket Type")', () => {
  it("routes outgoing messages to available peers using a round-robin strategy", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern), new Peer(pattern)]
    for (const text of "1234567") send(pattern, text)
    expect(peers.map((peer) => peer.drain().flat())).to.deep.equal([
      ["1", "4", "7"],
      ["2", "5"],
      ["3", "6"],
    ])
  })

  it("considers a peer as available only when it has an outgoing queue that is not full", () => {
    const { pattern } = create()
    const [small, large] = [new Peer(pattern, { mark: 1 }), new Peer(pattern, { mark: 10 })]
    for (const text of "12345") expect(send(pattern, text)).to.equal(true)
    expect([small.drain().flat(), large.drain().flat()]).to.deep.equal([["1"], ["2", "3", "4", "5"]])
  })

  it("creates a queue when initiating a connection to a peer", () => {
    const { pattern } = create()
    const peer = new Peer(pattern, { absent: true })
    expect(send(pattern, "early")).to.equal(true)
    peer.arrive()
    expect(peer.drain()).to.deep.equal([["early"]])
  })

  it("maintains the queue whether or not the connection is established", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    peer.leave()
    send(pattern, "meanwhile")
    peer.arrive()
    expect(peer.drain()).to.deep.equal([["meanwhile"]])
  })

  it("blocks on sending when it has no available peers", () => {
    const { pattern } = create()
    expect([pattern.writable, send(pattern, "1")]).to.deep.equal([false, false])
    new Peer(pattern, { mark: 1 })
    expect([pattern.writable, send(pattern, "1")]).to.deep.equal([true, true])
    expect([pattern.writable, send(pattern, "2")]).to.deep.equal([false, false])
    expect(sendRefusal(pattern)).to.equal("EAGAIN")
  })

  it("continues when a full peer has room again", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { mark: 2 })
    for (const text of "12") send(pattern, text)
    expect(send(pattern, "3")).to.equal(false)
    const { sendables } = host
    peer.receive()
    expect(host.sendables).to.equal(sendables + 1)
    expect(send(pattern, "3")).to.equal(true)
    expect(peer.drain().flat()).to.deep.equal(["2", "3"])
  })

  it("prefers other peers after a failed handshake, until one succeeds", () => {
    const { pattern, host } = create()
    const [failing, working] = [new Peer(pattern), new Peer(pattern)]
    pattern.peerFailed(failing.near)
    for (const text of "123") send(pattern, text)
    expect([failing.drain(), working.drain().flat()]).to.deep.equal([[], ["1", "2", "3"]])
    const { sendables } = host
    failing.arrive()
    expect(host.sendables).to.equal(sendables + 1)
    for (const text of "45") send(pattern, text)
    expect([failing.drain().flat().length, working.drain().flat().length]).to.deep.equal([1, 1])
  })

  it("does not discard messages that it cannot queue", () => {
    const { pattern } = create()
    const peer = new Peer(pattern, { mark: 1 })
    const sent = Array.from("12345").filter((text) => send(pattern, text))
    expect(peer.drain().flat()).to.deep.equal(sent)
  })

  it("sends every frame of a message to the same peer", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern)]
    send(pattern, "a", "b", "c")
    send(pattern, "d", "e")
    expect(peers.map((peer) => peer.drain())).to.deep.equal([[["a", "b", "c"]], [["d", "e"]]])
  })

  it("skips a peer that has left, and keeps the turn of the others", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern), new Peer(pattern)] as const
    for (const text of "12") send(pattern, text)
    peers[0].drain()
    peers[0].close()
    for (const text of "3456") send(pattern, text)
    expect([peers[1].drain().flat(), peers[2].drain().flat()]).to.deep.equal([
      ["2", "4", "6"],
      ["3", "5"],
    ])
  })

  it("waits after its last peer has left", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    peer.close()
    expect([pattern.writable, send(pattern, "1")]).to.deep.equal([false, false])
  })

  it("does not receive messages", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { mark: 1 })
    for (const text of "123") expect(peer.send(text)).to.equal(true)
    expect([pattern.readable, receive(pattern), receiveRefusal(pattern)]).to.deep.equal([false, undefined, "ENOTSUP"])
    expect(host.drops).to.equal(3)
  })
})
