import { expect } from "chai"
import { LocalPipe } from "../../src/core/pipe/local-pipe.js"
import { PubPattern, type PubOptions } from "../../src/patterns/pub.js"
import { SLICE } from "../../src/patterns/strategies/interests.js"
import { text } from "../support/messages.js"
import { host, ownerOf, Peer, receive, receiveRefusal, send, sendRefusal } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"
import { Recorder } from "../support/recorder.js"

const create = () => host((host) => new PubPattern(host, DEFAULTS))

const configured = (options: Partial<PubOptions>) => host((host) => new PubPattern(host, { ...DEFAULTS, ...options }))

describe('PUB (RFC 29, "The PUB Socket Type")', () => {
  it("sends each message once to all peers that have subscribed to a prefix of it", () => {
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

  it("sends whole messages, matched by their first frame only", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    peer.send("\x01A")
    send(pattern, "A", "B", "")
    send(pattern, "B", "A")
    expect(peer.drain()).to.deep.equal([["A", "B", ""]])
  })

  it("sends every message to a peer that cannot subscribe, such as a multicast group", () => {
    const { pattern } = create()
    const [near, far] = LocalPipe.pair(ownerOf(pattern), { sendMark: 10 }, new Recorder())
    pattern.attach(near)
    far.announcePeer({ socketType: "", routingId: Buffer.alloc(0), unfiltered: true })
    for (const topic of ["", "A"]) send(pattern, topic, "body")
    expect([text(far.receive()), text(far.receive())]).to.deep.equal([
      ["", "body"],
      ["A", "body"],
    ])
  })

  it("silently drops a message without subscribers", () => {
    const { pattern } = create()
    expect([pattern.writable, send(pattern, "1")]).to.deep.equal([true, true])
    const peer = new Peer(pattern)
    expect(send(pattern, "2")).to.equal(true)
    expect(peer.drain()).to.be.empty
  })

  it("silently drops a message for a peer that is full, and does not block", () => {
    const { pattern, host } = create()
    const [small, large] = [new Peer(pattern, { mark: 2 }), new Peer(pattern)]
    for (const peer of [small, large]) peer.send("\x01")
    for (const text of "1234") expect(send(pattern, text)).to.equal(true)
    expect([small.drain().flat(), large.drain().flat()]).to.deep.equal([["1", "2"], Array.from("1234")])
    send(pattern, "5")
    expect(small.drain().flat()).to.deep.equal(["5"])
    expect([sendRefusal(pattern), host.sendables]).to.deep.equal(["EAGAIN", 0])
  })

  it("sends no more messages to a peer that has canceled its subscription", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    for (const peer of [one, two]) for (const topic of ["\x01A", "\x01B"]) peer.send(topic)
    one.send("\x00A")
    for (const text of "AB") send(pattern, text)
    expect([one.drain().flat(), two.drain().flat()]).to.deep.equal([["B"], ["A", "B"]])
  })

  it("counts a peer once, however often it has subscribed, as in libzmq", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const topic of ["\x01A", "\x01A", "\x00A"]) peer.send(topic)
    send(pattern, "A")
    expect(peer.drain()).to.be.empty
  })

  it("removes the subscriptions of a peer that has left", () => {
    const { pattern } = create()
    const [gone, other] = [new Peer(pattern), new Peer(pattern)]
    for (const peer of [gone, other]) peer.send("\x01A")
    gone.close()
    send(pattern, "A")
    expect([gone.drain(), other.drain()]).to.deep.equal([[], [["A"]]])
  })

  it("ignores messages that are not subscriptions, and cancellations of unknown subscriptions", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    peer.send("\x01A")
    for (const frames of [["hello"], [""], ["\x02A"], ["", "\x00A"], ["\x00B"], ["x", "\x01B"]]) peer.send(...frames)
    for (const text of "AB") send(pattern, text)
    expect([peer.drain().flat(), host.drops]).to.deep.equal([["A"], 5])
  })

  it("notifies its socket of each subscription, and drops nothing of a message that is one", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    for (const subscription of ["\x01A", "\x00A", "\x01"]) peer.send(subscription)
    expect([host.drops, host.subscriptions]).to.deep.equal([0, 2])
  })

  it("extracts subscriptions from messages that begin with one, as in libzmq", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    for (const frames of [
      ["\x01A", "x"],
      ["\x01B", "\x01C"],
      ["\x00B", ""],
      ["\x00A", "\x01D"],
    ])
      peer.send(...frames)
    for (const text of "ABCD") send(pattern, text)
    expect([peer.drain().flat(), host.drops]).to.deep.equal([["C", "D"], 2])
  })

  it("does not receive messages", () => {
    const { pattern } = create()
    new Peer(pattern).send("hello")
    expect([pattern.readable, receive(pattern), receiveRefusal(pattern)]).to.deep.equal([false, undefined, "ENOTSUP"])
  })

  it("waits for a full peer that has subscribed to a message (ZMQ_XPUB_NODROP)", () => {
    const { pattern, host } = configured({ noDrop: true })
    const peer = new Peer(pattern, { mark: 1 })
    peer.send("\x01A")
    expect(["A1", "A2", "B"].map((text) => send(pattern, text))).to.deep.equal([true, false, true])
    const { sendables } = host
    expect(peer.drain()).to.deep.equal([["A1"]])
    expect([host.sendables, send(pattern, "A2")]).to.deep.equal([sendables + 1, true])
  })

  it("stops waiting for a full peer that has canceled its subscription", () => {
    const { pattern, host } = configured({ noDrop: true })
    const peer = new Peer(pattern, { mark: 2 })
    peer.send("\x01A")
    expect(["A1", "A2", "A3"].map((text) => send(pattern, text))).to.deep.equal([true, true, false])
    const { sendables } = host
    peer.send("\x00A")
    expect(host.sendables).to.be.above(sendables)
    expect([send(pattern, "A3"), peer.drain().flat()]).to.deep.equal([true, ["A1", "A2"]])
  })

  for (const noDrop of [false, true]) {
    it(`${noDrop ? "wakes" : "does not wake"} senders when a peer subscribes or leaves, with noDrop ${String(noDrop)}`, () => {
      const { pattern, host } = configured({ noDrop })
      const peer = new Peer(pattern)
      const wakeups = [
        () => peer.send("\x01A"),
        () => {
          peer.close()
        },
      ].map((act) => {
        const { sendables } = host
        act()
        return host.sendables - sendables
      })
      expect(wakeups).to.deep.equal(noDrop ? [1, 1] : [0, 0])
    })
  }

  it("does not read a peer again that it has read after the end of another, with noDrop", () => {
    const { pattern, host } = configured({ noDrop: true })
    const many = Array.from({ length: 3 * SLICE }, (_, index) => `\x01${index}`)
    const [first, second, late] = [new Peer(pattern, { mark: 0 }), new Peer(pattern), new Peer(pattern)]
    for (const subscription of many) first.send(subscription)
    second.send("\x01A")
    first.close()
    late.send("\x01A")
    while (host.turn());
    send(pattern, "A")
    expect(late.drain()).to.deep.equal([["A"]])
    const { sendables } = host
    second.close()
    expect([host.turn(), host.sendables]).to.deep.equal([false, sendables + 1])
  })

  it("does not read a peer that was disconnected before it could be read, with noDrop", () => {
    const { pattern, host } = configured({ noDrop: true })
    const [first, late] = [new Peer(pattern, { mark: 0 }), new Peer(pattern)]
    for (let index = 0; index < 3 * SLICE; index++) first.send(`\x01${index}`)
    first.close()
    late.send("\x01A")
    host.detach(late.near)
    const { sendables, subscriptions } = host
    while (host.turn());
    expect([host.sendables, host.subscriptions]).to.deep.equal([sendables, subscriptions])
  })

  it("sends to peers that have not subscribed (ZMQ_INVERT_MATCHING)", () => {
    const { pattern } = configured({ invertMatching: true })
    const [none, some] = [new Peer(pattern), new Peer(pattern)]
    some.send("\x01A")
    for (const text of ["AB", "B"]) send(pattern, text)
    expect([none.drain().flat(), some.drain().flat()]).to.deep.equal([["AB", "B"], ["B"]])
  })

  it("reports how many subscribed peers miss a message", () => {
    const { pattern, host } = create()
    const peers = [
      new Peer(pattern, { mark: 1 }),
      new Peer(pattern, { mark: 1 }),
      new Peer(pattern),
      new Peer(pattern, { mark: 1 }),
    ]
    for (const peer of peers.slice(0, 3)) peer.send("\x01A")
    peers[0]!.send("\x01AB")
    peers[3]!.send("\x01C")
    const drops = ["A1", "A2", "AB", "B", "C", "C"].map((text) => {
      const before = host.drops
      send(pattern, text)
      return host.drops - before
    })
    expect(drops).to.deep.equal([0, 2, 2, 0, 0, 1])
  })
})
