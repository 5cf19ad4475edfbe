import { expect } from "chai"
import { PubPattern } from "../../src/patterns/pub.js"
import { host, Peer, receive, send } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

const create = () => host((host) => new PubPattern(host, DEFAULTS))

describe('PUB (RFC 29, "The PUB Socket Type")', () => {
  it("SHALL send each message to all peers that have subscribed to a prefix of it, once", () => {
    const { pattern } = create()
    const peers = [["\x01"], ["\x01A"], ["\x01A", "\x01AB", "\x01ABC"], ["\x01B"], []].map((subscriptions) => {
      const peer = new Peer(pattern)
      for (const subscription of subscriptions) peer.send(subscription)
      return peer
    })
    for (const text of ["ABX", "A", "B", ""]) send(pattern, text, "body")
    expect(peers.map((peer) => peer.drain().map(([topic]) => topic))).to.deep.equal([
      ["ABX", "A", "B", ""],
      ["ABX", "A"],
      ["ABX", "A"],
      ["B"],
      [],
    ])
  })

  it("SHALL send whole messages, matched by their first frame alone", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    peer.send("\x01A")
    send(pattern, "A", "B", "")
    send(pattern, "B", "A")
    expect(peer.drain()).to.deep.equal([["A", "B", ""]])
  })

  it("SHALL silently drop a message that nobody has subscribed to", () => {
    const { pattern } = create()
    expect([pattern.writable, send(pattern, "1")]).to.deep.equal([true, true])
    const peer = new Peer(pattern)
    expect(send(pattern, "2")).to.equal(true)
    expect(peer.drain()).to.be.empty
  })

  it("SHALL silently drop a message for a peer that is full, and SHALL NOT block", () => {
    const { pattern } = create()
    const [small, large] = [new Peer(pattern, { mark: 2 }), new Peer(pattern)]
    for (const peer of [small, large]) peer.send("\x01")
    for (const text of "1234") expect(send(pattern, text)).to.equal(true)
    expect([small.drain().flat(), large.drain().flat()]).to.deep.equal([["1", "2"], Array.from("1234")])
    send(pattern, "5")
    expect(small.drain().flat()).to.deep.equal(["5"])
    expect(pattern.sendRefusal()).to.equal("EAGAIN")
  })

  it("SHALL send no more to a peer that has cancelled its subscription", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    for (const peer of [one, two]) for (const topic of ["\x01A", "\x01B"]) peer.send(topic)
    one.send("\x00A")
    for (const text of "AB") send(pattern, text)
    expect([one.drain().flat(), two.drain().flat()]).to.deep.equal([["B"], ["A", "B"]])
  })

  it("counts a peer once, however often it has subscribed, as libzmq does", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const topic of ["\x01A", "\x01A", "\x00A"]) peer.send(topic)
    send(pattern, "A")
    expect(peer.drain()).to.be.empty
  })

  it("forgets what a peer has subscribed to when it is gone", () => {
    const { pattern } = create()
    const [gone, other] = [new Peer(pattern), new Peer(pattern)]
    for (const peer of [gone, other]) peer.send("\x01A")
    gone.close()
    send(pattern, "A")
    expect([gone.drain(), other.drain()]).to.deep.equal([[], [["A"]]])
  })

  it("ignores what is no subscription, and cancellations of what was none", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    peer.send("\x01A")
    for (const frames of [["hello"], [""], ["\x02A"], ["\x00A", ""], ["\x00B"], ["\x01B", ""]]) peer.send(...frames)
    for (const text of "AB") send(pattern, text)
    expect(peer.drain().flat()).to.deep.equal(["A"])
  })

  it("SHALL NOT receive messages", () => {
    const { pattern } = create()
    new Peer(pattern).send("hello")
    expect([pattern.readable, receive(pattern), pattern.receiveRefusal()]).to.deep.equal([false, undefined, "ENOTSUP"])
  })
})
