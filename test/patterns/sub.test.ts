import { expect } from "chai"
import { SubPattern } from "../../src/patterns/sub.js"
import { host, Peer, receive, receiveAll, receiveRefusal, send, sendRefusal } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

const create = () => host((host) => new SubPattern(host, DEFAULTS))

describe('SUB (RFC 29, "The SUB Socket Type")', () => {
  it("sends its subscriptions to all its peers, including those that connect or reconnect later", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    pattern.subscribe(Buffer.from("A"))
    pattern.subscribe(Buffer.from(""))
    expect(peer.drain()).to.deep.equal([["\x01A"], ["\x01"]])
    expect(new Peer(pattern).drain()).to.deep.equal([["\x01"], ["\x01A"]])
    peer.leave()
    peer.arrive()
    expect(peer.drain()).to.deep.equal([["\x01"], ["\x01A"]])
  })

  it("counts subscriptions, and cancels them with the last one", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    const topic = Buffer.from("A")
    pattern.subscribe(topic)
    pattern.subscribe(topic)
    pattern.unsubscribe(topic)
    peer.send("A1")
    expect(receive(pattern)).to.deep.equal(["A1"])
    pattern.unsubscribe(topic)
    pattern.unsubscribe(topic)
    expect(peer.drain()).to.deep.equal([["\x01A"], ["\x01A"], ["\x00A"]])
  })

  it("drops whole messages that it has not subscribed to", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    peer.send("A0")
    pattern.subscribe(Buffer.from("A"))
    for (const frames of [["B", "A"], ["A", "B"], [""], ["A"]]) peer.send(...frames)
    pattern.unsubscribe(Buffer.from("A"))
    expect(receiveAll(pattern)).to.be.empty
    pattern.subscribe(Buffer.from("A"))
    for (const frames of [["B", "A"], ["A", "B"], [""], ["A"]]) peer.send(...frames)
    expect(receiveAll(pattern)).to.deep.equal([["A", "B"], ["A"]])
  })

  it("receives incoming messages from its peers using a fair-queuing strategy", () => {
    const { pattern, host } = create()
    pattern.subscribe(Buffer.from(""))
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    for (const text of "abc") one.send(text)
    two.send("d")
    expect([pattern.readable, host.receivables, receiveRefusal(pattern)]).to.deep.equal([true, 2, "EAGAIN"])
    expect(receiveAll(pattern).flat()).to.deep.equal(["a", "d", "b", "c"])
  })

  it("removes a peer that has left", () => {
    const { pattern } = create()
    const peer = new Peer(pattern, { mark: 1 })
    for (const topic of "AB") pattern.subscribe(Buffer.from(topic))
    expect(peer.drain()).to.have.length(2)
    peer.close()
    pattern.subscribe(Buffer.from("C"))
    expect(peer.drain()).to.be.empty
  })

  it("reports whether it has no subscription, so that it cannot receive anything", () => {
    const topic = Buffer.from("A")
    for (const [invertMatching, expected] of [
      [false, [true, false, true]],
      [true, [false, false, false]],
    ] as const) {
      const { pattern } = host((host) => new SubPattern(host, { invertMatching }))
      const empty = [pattern.hasNoSubscriptions]
      pattern.subscribe(topic)
      empty.push(pattern.hasNoSubscriptions)
      pattern.unsubscribe(topic)
      empty.push(pattern.hasNoSubscriptions)
      expect(empty).to.deep.equal(expected)
    }
  })

  it("receives the messages that it has not subscribed to (ZMQ_INVERT_MATCHING)", () => {
    const { pattern } = host((host) => new SubPattern(host, { invertMatching: true }))
    const peer = new Peer(pattern)
    pattern.subscribe(Buffer.from("A"))
    for (const topic of ["A", "B", "AB", ""]) peer.send(topic, "body")
    expect(receiveAll(pattern).map(([topic]) => topic)).to.deep.equal(["B", ""])
  })

  it("does not send messages", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    expect([pattern.writable, send(pattern, "1"), sendRefusal(pattern)]).to.deep.equal([false, false, "ENOTSUP"])
    expect(peer.drain()).to.be.empty
  })
})
