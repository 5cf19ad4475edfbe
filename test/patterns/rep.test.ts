import { expect } from "chai"
import { RepPattern } from "../../src/patterns/rep.js"
import { host, Peer, receive, receiveRefusal, send, sendRefusal } from "../support/peer.js"

const create = () => host((host) => new RepPattern(host))

describe('REP (RFC 28, "The REP Socket Type")', () => {
  it("returns only the body of a request, and prepends its envelope to the reply", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const envelope of [[""], ["id", ""], ["a", "b", "c", ""]]) {
      peer.send(...envelope, "question", "details")
      expect(receive(pattern)).to.deep.equal(["question", "details"])
      expect(send(pattern, "answer", "more")).to.equal(true)
      expect(peer.drain()).to.deep.equal([[...envelope, "answer", "more"]])
    }
  })

  it("uses the first empty frame as the delimiter: empty frames in the body belong to the body", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    peer.send("a", "b", "", "q", "", "z")
    expect(receive(pattern)).to.deep.equal(["q", "", "z"])
    send(pattern, "")
    expect(peer.drain()).to.deep.equal([["a", "b", "", ""]])
  })

  it("sends the reply to the peer that sent the request, and to no other", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    one.send("", "1")
    two.send("", "2")
    receive(pattern)
    send(pattern, "to one")
    receive(pattern)
    send(pattern, "to two")
    expect([one.drain(), two.drain()]).to.deep.equal([[["", "to one"]], [["", "to two"]]])
  })

  it("receives requests from its peers using a fair-queuing strategy", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    for (const text of ["a1", "a2", "a3"]) one.send("", text)
    two.send("", "b1")
    const served: unknown[] = []
    while (pattern.readable) {
      served.push(receive(pattern)![0])
      send(pattern, "ok")
    }
    expect(served).to.deep.equal(["a1", "b1", "a2", "a3"])
  })

  it("discards requests without a delimiter before the body", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    for (const malformed of [["q"], ["nodelim", "q"], [""], ["id", ""]]) peer.send(...malformed)
    peer.send("", "well formed")
    expect([receive(pattern), host.drops]).to.deep.equal([["well formed"], 4])
    send(pattern, "ok")
    peer.send("q")
    expect(receive(pattern)).to.equal(undefined)
    expect(pattern.writable).to.equal(false)
  })

  it("replies to every request: sending is rejected before a request was received", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    expect([pattern.writable, send(pattern, "1"), sendRefusal(pattern)]).to.deep.equal([false, false, "EFSM"])
    expect([receiveRefusal(pattern), host.receivables]).to.deep.equal(["EAGAIN", 0])
    peer.send("", "q")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
    receive(pattern)
    expect(pattern.writable).to.equal(true)
    expect(host.sendables).to.equal(1)
    send(pattern, "a")
    expect([pattern.writable, send(pattern, "b")]).to.deep.equal([false, false])
    expect(peer.drain()).to.deep.equal([["", "a"]])
  })

  it("keeps other requests waiting before it has replied", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    const other = new Peer(pattern)
    peer.send("", "1")
    peer.send("", "2")
    receive(pattern)
    const { receivables } = host
    other.send("", "3")
    expect(host.receivables).to.equal(receivables)
    expect([pattern.readable, receive(pattern), receiveRefusal(pattern)]).to.deep.equal([false, undefined, "EFSM"])
    send(pattern, "ok")
    expect(host.receivables).to.equal(receivables + 1)
    expect(receive(pattern)).to.deep.equal(["3"])
  })

  it("silently discards the reply to a peer that has left", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    peer.send("", "q")
    receive(pattern)
    peer.close()
    expect([pattern.writable, send(pattern, "a"), pattern.writable]).to.deep.equal([true, true, false])
    expect(host.drops).to.equal(1)
    const next = new Peer(pattern)
    next.send("", "q2")
    expect(receive(pattern)).to.deep.equal(["q2"])
    send(pattern, "a2")
    expect([next.drain(), host.drops]).to.deep.equal([[["", "a2"]], 1])
  })

  it("silently discards the reply to a peer that is full", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { mark: 1 })
    for (const text of "12") {
      peer.send("", text)
      receive(pattern)
      expect(send(pattern, text)).to.equal(true)
    }
    expect([peer.drain(), host.drops]).to.deep.equal([[["", "1"]], 1])
  })
})
