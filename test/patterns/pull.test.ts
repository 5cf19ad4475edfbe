import { expect } from "chai"
import { PullPattern } from "../../src/patterns/pull.js"
import { host, Peer, receive, receiveAll, receiveRefusal, send, sendRefusal } from "../support/peer.js"

const create = () => host((host) => new PullPattern(host))

describe('PULL (RFC 30, "The PULL Socket Type")', () => {
  it("receives incoming messages from its peers using a fair-queuing strategy", () => {
    const { pattern } = create()
    const [busy, calm, late] = [new Peer(pattern), new Peer(pattern), new Peer(pattern)]
    for (const text of ["a1", "a2", "a3", "a4"]) busy.send(text)
    for (const text of ["b1", "b2"]) calm.send(text)
    late.send("c1")
    expect(receiveAll(pattern).flat()).to.deep.equal(["a1", "b1", "c1", "a2", "b2", "a3", "a4"])
  })

  it("takes turns while all peers keep sending", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern)] as const
    const received: unknown[] = []
    for (const peer of peers) peer.send("0")
    for (const text of "123") {
      received.push(receive(pattern)![0])
      for (const peer of peers) peer.send(text)
    }
    expect(received).to.deep.equal(["0", "0", "1"])
  })

  it("delivers each message whole", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    one.send("a", "b", "")
    two.send("c", "d")
    expect(receiveAll(pattern)).to.deep.equal([
      ["a", "b", ""],
      ["c", "d"],
    ])
  })

  it("makes its peers wait at the high-water mark, without losing messages", () => {
    const { pattern } = create()
    const peer = new Peer(pattern, { mark: 2 })
    const taken = Array.from("1234").filter((text) => peer.send(text))
    expect(taken).to.deep.equal(["1", "2"])
    expect(receive(pattern)).to.deep.equal(["1"])
    expect(peer.send("3")).to.equal(true)
    expect(receiveAll(pattern).flat()).to.deep.equal(["2", "3"])
  })

  it("returns all messages that a peer sent before it left", () => {
    const { pattern } = create()
    const [gone, other] = [new Peer(pattern), new Peer(pattern)]
    for (const text of "12") gone.send(text)
    gone.close()
    other.send("3")
    expect(receiveAll(pattern).flat()).to.deep.equal(["1", "3", "2"])
    other.send("4")
    expect(receive(pattern)).to.deep.equal(["4"])
  })

  it("keeps the turn of the others when a peer before them is removed", () => {
    const { pattern, host } = create()
    const peers = [new Peer(pattern), new Peer(pattern), new Peer(pattern)] as const
    for (const [name, peer] of Object.entries(peers)) for (const text of "12") peer.send(name + text)
    expect([receive(pattern), receive(pattern)]).to.deep.equal([["01"], ["11"]])
    host.detach(peers[0].near)
    expect(receiveAll(pattern).flat()).to.deep.equal(["21", "12", "22"])
  })

  it("notifies the socket when a message arrives after there was none", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    expect([pattern.readable, host.receivables]).to.deep.equal([false, 0])
    peer.send("1")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
    receiveAll(pattern)
    expect(pattern.readable).to.equal(false)
    peer.send("2")
    expect(host.receivables).to.equal(2)
    expect(receiveRefusal(pattern)).to.equal("EAGAIN")
  })

  it("does not send messages", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    expect([pattern.writable, send(pattern, "1"), sendRefusal(pattern)]).to.deep.equal([false, false, "ENOTSUP"])
    expect(peer.drain()).to.be.empty
  })

  it("continues with the next peer in turn if one before it has left or is empty", () => {
    const { pattern } = create()
    const [gone, done, other] = [new Peer(pattern), new Peer(pattern), new Peer(pattern)]
    gone.send("1")
    gone.close()
    done.send("2")
    for (const text of "3456") other.send(text)
    expect(receiveAll(pattern).flat()).to.deep.equal(Array.from("123456"))
  })
})
