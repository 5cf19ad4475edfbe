import { expect } from "chai"
import { XsubPattern } from "../../src/patterns/xsub.js"
import { host, Peer, receive, receiveAll, receiveRefusal, send, sendRefusal } from "../support/peer.js"

const create = () => host((host) => new XsubPattern(host))

describe('XSUB (RFC 29, "The XSUB Socket Type")', () => {
  it("sends subscriptions to all its peers", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern)]
    for (const frame of ["\x01A", "\x01", "\x00A"]) expect(send(pattern, frame)).to.equal(true)
    for (const peer of peers) expect(peer.drain()).to.deep.equal([["\x01A"], ["\x01"], ["\x00A"]])
  })

  it("counts subscriptions: sends each of them, and cancels with the last", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const frame of ["\x01A", "\x01A", "\x01A", "\x00A", "\x00A"]) send(pattern, frame)
    expect(peer.drain()).to.deep.equal([["\x01A"], ["\x01A"], ["\x01A"]])
    send(pattern, "\x00A")
    expect(peer.drain()).to.deep.equal([["\x00A"]])
  })

  it("does not cancel unknown subscriptions", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    send(pattern, "\x01AB")
    for (const frame of ["\x00A", "\x00", "\x00ABC"]) send(pattern, frame)
    expect(peer.drain()).to.deep.equal([["\x01AB"]])
  })

  it("announces each topic to a new peer once, in byte order", () => {
    const { pattern } = create()
    for (const topic of ["b", "", "ab", "a", "a", "\xff"]) send(pattern, `\x01${topic}`)
    expect(new Peer(pattern).drain()).to.deep.equal([["\x01"], ["\x01a"], ["\x01ab"], ["\x01b"], ["\x01\xff"]])
  })

  it("announces all topics to a peer that reconnects, including changes in the meantime", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const topic of "AB") send(pattern, `\x01${topic}`)
    peer.drain()
    peer.leave()
    send(pattern, "\x00A")
    send(pattern, "\x01C")
    peer.arrive()
    expect(peer.drain()).to.deep.equal([["\x01B"], ["\x01C"]])
  })

  it("does not announce a topic twice that is still queued", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    send(pattern, "\x01A")
    peer.leave()
    peer.arrive()
    expect(peer.drain()).to.deep.equal([["\x01A"]])
  })

  it("loses no subscription because of a high-water mark", () => {
    const { pattern } = create()
    const topics = Array.from("ABCDE").map((topic) => `\x01${topic}`)
    const peer = new Peer(pattern, { mark: 1 })
    for (const topic of topics) send(pattern, topic)
    expect(peer.drain().flat()).to.deep.equal(topics)
    expect(new Peer(pattern, { mark: 1 }).drain().flat()).to.deep.equal(topics)
  })

  it("sends messages that are not subscriptions to all its peers, and drops them for full peers", () => {
    const { pattern, host } = create()
    const [small, large] = [new Peer(pattern, { mark: 1 }), new Peer(pattern)]
    for (const frames of [["hello", "world"], [""], ["more", "\x01A"]]) expect(send(pattern, ...frames)).to.equal(true)
    expect([small.drain(), host.drops]).to.deep.equal([[["hello", "world"]], 2])
    expect(large.drain()).to.deep.equal([["hello", "world"], [""], ["more", "\x01A"]])
    expect([pattern.writable, sendRefusal(pattern)]).to.deep.equal([true, "EAGAIN"])
  })

  it("subscribes with every such frame of a message that begins with one, as in libzmq, and sends the rest", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const frames of [
      ["\x01A", "\x01B", "x", "y"],
      ["\x00A", "\x01C"],
    ])
      send(pattern, ...frames)
    expect(peer.drain()).to.deep.equal([["\x01A"], ["\x01B"], ["x", "y"], ["\x00A"], ["\x01C"]])
    expect(new Peer(pattern).drain()).to.deep.equal([["\x01B"], ["\x01C"]])
  })

  it("receives incoming messages from its peers using a fair-queuing strategy, regardless of their topics", () => {
    const { pattern, host } = create()
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    expect([pattern.readable, receive(pattern), receiveRefusal(pattern)]).to.deep.equal([false, undefined, "EAGAIN"])
    for (const text of "abc") one.send(text, "body")
    two.send("d")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 2])
    expect(receiveAll(pattern)).to.deep.equal([["a", "body"], ["d"], ["b", "body"], ["c", "body"]])
  })

  it("removes a peer that has left", () => {
    const { pattern } = create()
    const [gone, other] = [new Peer(pattern), new Peer(pattern)]
    gone.send("last")
    gone.close()
    expect(receiveAll(pattern)).to.deep.equal([["last"]])
    send(pattern, "\x01A")
    expect([gone.drain(), other.drain()]).to.deep.equal([[], [["\x01A"]]])
  })

  it("announces nothing to a disconnected peer", () => {
    const { pattern } = create()
    const [away, expected] = [new Peer(pattern), new Peer(pattern, { absent: true })]
    away.leave()
    for (const frame of ["\x01A", "\x00A", "\x01B"]) send(pattern, frame)
    expect([away.drain(), expected.drain()]).to.deep.equal([[], []])
  })
})
