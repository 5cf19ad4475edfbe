import { expect } from "chai"
import { RouterPattern, type RouterOptions } from "../../src/patterns/router.js"
import { codeOf } from "../support/messages.js"
import { host, Peer, receive, receiveAll, receiveRefusal, send, sendRefusal } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

const create = (options: Partial<RouterOptions> = {}) =>
  host((host) => new RouterPattern(host, { ...DEFAULTS, ...options }))

describe('ROUTER (RFC 28, "The ROUTER Socket Type")', () => {
  it("prefixes each incoming message with the identity of its peer", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern, { routingId: "one" }), new Peer(pattern, { routingId: "two" })]
    one.send("a", "", "b")
    two.send("")
    expect(receiveAll(pattern)).to.deep.equal([
      ["one", "a", "", "b"],
      ["two", ""],
    ])
  })

  it("receives incoming messages from its peers using a fair-queuing strategy", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern, { routingId: "1" }), new Peer(pattern, { routingId: "2" })]
    for (const text of "abc") one.send(text)
    two.send("d")
    expect(receiveAll(pattern).map(([, body]) => body)).to.deep.equal(["a", "d", "b", "c"])
  })

  it("uses the first frame as the identity of the peer to which the rest is sent", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern, { routingId: "1" }), new Peer(pattern, { routingId: "2" })]
    send(pattern, "2", "a", "", "b")
    send(pattern, "1", "")
    send(pattern, "2", "2")
    expect([one.drain(), two.drain()]).to.deep.equal([[[""]], [["a", "", "b"], ["2"]]])
  })

  it("drops a message whose peer the application disconnects while it is received", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { routingId: "1", mark: 1 })
    expect([peer.send("1"), peer.send("2")]).to.deep.equal([true, false])
    peer.writeActivated = () => {
      host.detach(peer.near)
    }
    expect([receive(pattern), host.drops, peer.send("3")]).to.deep.equal([undefined, 1, false])
  })

  it("receives messages that arrived before its peer was known when it is known", () => {
    const { pattern, host } = create()
    const early = new Peer(pattern, { routingId: "early", absent: true })
    early.send("1")
    expect([receive(pattern), host.receivables]).to.deep.equal([undefined, 0])
    early.arrive()
    expect([host.receivables, receive(pattern)]).to.deep.equal([1, ["early", "1"]])
  })

  it("accepts identities of any bytes", () => {
    const { pattern } = create()
    for (const routingId of ["\xff\xfe", "\x00abc", "x".repeat(255)]) {
      const peer = new Peer(pattern, { routingId })
      peer.send("hello")
      expect(receive(pattern)).to.deep.equal([routingId, "hello"])
      send(pattern, routingId, "hello")
      expect(peer.drain()).to.deep.equal([["hello"]])
    }
  })

  for (const handover of [false, true]) {
    it(`does not let a peer choose an identity that has the form of a generated one, ${handover ? "with" : "without"} handover`, () => {
      const { pattern, host } = create({ handover })
      const anonymous = new Peer(pattern)
      anonymous.send("hello")
      const [generated] = receive(pattern)!
      const thieves = ["\x00free", generated!].map((routingId) => {
        const thief = new Peer(pattern, { routingId })
        thief.send("mine")
        return thief
      })
      expect(host.reasons.map((reason) => (reason as Error & { code?: string }).code)).to.deep.equal([
        "ERR_ZMTP_INVALID_METADATA",
        "ERR_ZMTP_INVALID_METADATA",
      ])
      expect(receive(pattern)).to.equal(undefined)
      send(pattern, generated!, "secret")
      expect([anonymous.drain(), ...thieves.map((thief) => thief.drain())]).to.deep.equal([[["secret"]], [], []])
    })
  }

  it("returns the identity in memory of the receiver's own", () => {
    const { pattern } = create()
    const peer = new Peer(pattern, { routingId: "id" })
    peer.send("1")
    pattern.receive()![0]!.fill(0)
    peer.send("2")
    expect(receive(pattern)).to.deep.equal(["id", "2"])
  })

  it("generates identities of a zero and four bytes for peers without one", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern), new Peer(pattern)]
    for (const peer of peers) peer.send("hello")
    const ids = receiveAll(pattern).map(([id]) => id!)
    expect(new Set(ids).size).to.equal(3)
    for (const [index, id] of ids.entries()) {
      expect([id.length, id.charCodeAt(0)]).to.deep.equal([5, 0])
      send(pattern, id, String(index))
    }
    expect(peers.map((peer) => peer.drain())).to.deep.equal([[["0"]], [["1"]], [["2"]]])
  })

  it("does not generate an identity that the application has assigned to a peer", () => {
    const { pattern } = create()
    new Peer(pattern).send("")
    const bytes = Buffer.from(receive(pattern)![0]!, "latin1")
    bytes.writeUInt32BE((bytes.readUInt32BE(1) + 1) >>> 0, 1)
    const chosen = new Peer(pattern, { alias: bytes.toString("latin1") })
    new Peer(pattern).send("")
    expect(receive(pattern)![0]).not.to.equal(bytes.toString("latin1"))
    send(pattern, bytes.toString("latin1"), "still mine")
    expect(chosen.drain()).to.deep.equal([["still mine"]])
  })

  it("numbers generated identities from a random start, most significant byte first, as in libzmq", () => {
    const { random } = Math
    Math.random = () => 0x0203_feff / 0x1_0000_0000
    const { pattern } = create()
    Math.random = () => 1 - 1 / 0x1_0000_0000
    const { pattern: last } = create()
    Math.random = random
    const generated = [pattern, pattern, last, last, last].map((pattern) => {
      new Peer(pattern).send("")
      return receive(pattern)![0]
    })
    const expected = ["\0\x02\x03\xfe\xff", "\0\x02\x03\xff\0", "\0\xff\xff\xff\xff", "\0\0\0\0\0", "\0\0\0\0\x01"]
    expect(generated).to.deep.equal(expected)
  })

  it("keeps the route to a peer that took over the identity of one that has left and was not removed yet", () => {
    const { pattern } = create()
    const gone = new Peer(pattern, { routingId: "id" })
    gone.send("last")
    gone.close()
    expect(receive(pattern)).to.deep.equal(["id", "last"])
    const next = new Peer(pattern, { routingId: "id" })
    expect(receive(pattern)).to.equal(undefined)
    send(pattern, "id", "1")
    expect([next.terminated, next.drain()]).to.deep.equal([false, [["1"]]])
  })

  it("keeps the identity of a peer that reconnects", () => {
    const { pattern } = create()
    const [named, anonymous] = [new Peer(pattern, { routingId: "id" }), new Peer(pattern)]
    anonymous.send("1")
    const generated = receive(pattern)![0]!
    for (const peer of [named, anonymous]) peer.leave()
    for (const id of ["id", generated]) send(pattern, id, "meanwhile")
    for (const peer of [named, anonymous]) {
      peer.arrive()
      peer.send("2")
      expect(peer.drain()).to.deep.equal([["meanwhile"]])
    }
    expect(receiveAll(pattern)).to.deep.equal([
      ["id", "2"],
      [generated, "2"],
    ])
  })

  it("learns the new identity of a peer that reconnects with another one, and sends it no messages for the old one", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { routingId: "first" })
    for (const text of "12") peer.send(text)
    for (const id of ["second", "third", ""]) {
      peer.leave()
      send(pattern, "first", "lost")
      peer.arrive(id)
      for (const text of "34") peer.send(text)
    }
    send(pattern, "first", "lost")
    send(pattern, "second", "lost")
    expect([peer.drain(), host.drops]).to.deep.equal([[], 5])
    const received = receiveAll(pattern)
    const [generated] = received.at(-1)!
    expect(received).to.deep.equal(
      ["first", "second", "third", generated].flatMap((id, index) => [
        [id, index === 0 ? "1" : "3"],
        [id, index === 0 ? "2" : "4"],
      ]),
    )
    send(pattern, generated!, "hello")
    expect(peer.drain()).to.deep.equal([["hello"]])
    const next = new Peer(pattern, { routingId: "first" })
    expect(next.terminated).to.equal(false)
  })

  for (const unread of [[], ["1"]]) {
    it(`prefixes messages with the identity that their peer had: ${unread.length} unread when it reconnects with another`, () => {
      const { pattern } = create()
      const [changed, other] = [new Peer(pattern, { routingId: "first" }), new Peer(pattern, { routingId: "other" })]
      other.send("hello")
      for (const text of unread) changed.send(text)
      changed.leave()
      changed.arrive("second")
      for (const text of "23") changed.send(text)
      const expected = [...unread.map((text) => ["first", text]), ["second", "2"], ["second", "3"]]
      const received = receiveAll(pattern)
      expect(received.filter(([id]) => id !== "other")).to.deep.equal(expected)
      expect(received.filter(([id]) => id === "other")).to.deep.equal([["other", "hello"]])
    })
  }

  it("always has room, unless it is mandatory and no peer has", () => {
    const { pattern } = create()
    expect(pattern.requestRoom()).to.equal(true)
    const mandatory = create({ mandatory: true }).pattern
    expect(mandatory.requestRoom()).to.equal(false)
    const peer = new Peer(mandatory, { routingId: "one", mark: 1 })
    expect(mandatory.requestRoom()).to.equal(true)
    while (send(mandatory, "one", "full"));
    expect(mandatory.requestRoom()).to.equal(false)
    peer.drain()
    expect(mandatory.requestRoom()).to.equal(true)
  })

  it("ends a pipe whose peer would get an identity that is in use, and reports the reason: EINVAL", () => {
    const { pattern, host } = create()
    const holder = new Peer(pattern, { alias: "id" })
    expect(codeOf(() => new Peer(pattern, { alias: "id" }))).to.equal("EINVAL")
    expect(host.reasons.map(({ message }) => message)).to.deep.equal(['Routing id "id" is in use by another peer'])
    send(pattern, "id", "hello")
    expect([holder.terminated, holder.drain()]).to.deep.equal([false, [["hello"]]])
  })

  it("sends only to the generated identity, not to one that differs in a bit", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    peer.send("")
    const [generated] = receive(pattern)!
    for (let bit = 8; bit < 40; bit++) {
      const other = Buffer.from(generated!, "latin1")
      other[bit >> 3]! ^= 1 << (bit & 7)
      pattern.send([other, Buffer.from("secret")])
    }
    expect([peer.drain(), host.drops]).to.deep.equal([[], 32])
    send(pattern, generated!, "hello")
    expect(peer.drain()).to.deep.equal([["hello"]])
  })

  it("reports why a peer may not have an identity, without handover", () => {
    const { pattern } = create()
    const holder = new Peer(pattern, { routingId: "id" })
    const reason = (id: string): string | undefined => pattern.rejectionOf(Buffer.from(id, "latin1"))?.message
    expect(reason("id")).to.equal('Routing id "id" is in use by another peer')
    expect([reason("other"), reason(""), reason("\0abcd")?.slice(0, 18)]).to.deep.equal([
      undefined,
      undefined,
      "Invalid routing id",
    ])
    const binary = new Peer(pattern, { routingId: "\x01\xff" })
    expect(reason("\x01\xff")).to.equal("Routing id 0x01ff is in use by another peer")
    holder.send("unread")
    for (const peer of [holder, binary]) peer.close()
    expect([reason("id"), reason("\x01\xff")]).to.deep.equal([undefined, undefined])
    const other = create({ handover: true }).pattern
    new Peer(other, { routingId: "id" })
    expect(other.rejectionOf(Buffer.from("id"))).to.equal(undefined)
  })

  it("rejects a peer whose identity is in use, and keeps the other", () => {
    const { pattern } = create()
    const first = new Peer(pattern, { routingId: "id" })
    const second = new Peer(pattern, { routingId: "id" })
    expect([first.terminated, second.terminated]).to.deep.equal([false, true])
    send(pattern, "id", "1")
    expect(first.drain()).to.deep.equal([["1"]])
    expect(second.send("lost")).to.equal(false)
    expect(receive(pattern)).to.equal(undefined)
  })

  it("assigns the identity of another peer to a new one with handover (ZMQ_ROUTER_HANDOVER)", () => {
    const { pattern } = create({ handover: true })
    const first = new Peer(pattern, { routingId: "id" })
    first.send("lost")
    const second = new Peer(pattern, { routingId: "id" })
    expect([first.terminated, second.terminated]).to.deep.equal([true, false])
    send(pattern, "id", "1")
    second.send("hello")
    expect(second.drain()).to.deep.equal([["1"]])
    expect(receiveAll(pattern)).to.deep.equal([["id", "hello"]])
  })

  it("counts unread messages of the former owner as dropped with handover", () => {
    const { pattern, host } = create({ handover: true })
    const first = new Peer(pattern, { routingId: "id" })
    for (const text of "123") first.send(text)
    expect(receive(pattern)).to.deep.equal(["id", "1"])
    const second = new Peer(pattern, { routingId: "id" })
    second.send("hello")
    expect([host.drops, receiveAll(pattern)]).to.deep.equal([2, [["id", "hello"]]])
    send(pattern, "id", "1")
    expect(second.drain()).to.deep.equal([["1"]])
  })

  it("receives the messages of the former owner that has left, with handover, and sends only to the new one", () => {
    const { pattern, host } = create({ handover: true })
    const first = new Peer(pattern, { routingId: "id" })
    for (const text of "12") first.send(text)
    first.close()
    const second = new Peer(pattern, { routingId: "id" })
    second.send("hello")
    send(pattern, "id", "1")
    expect(receiveAll(pattern).sort()).to.deep.equal([
      ["id", "1"],
      ["id", "2"],
      ["id", "hello"],
    ])
    send(pattern, "id", "2")
    expect([host.drops, second.drain()]).to.deep.equal([0, [["1"], ["2"]]])
  })

  it("assigns an identity again after its peer has left", () => {
    const { pattern } = create()
    new Peer(pattern, { routingId: "id" }).close()
    const next = new Peer(pattern, { routingId: "id" })
    send(pattern, "id", "1")
    expect(next.drain()).to.deep.equal([["1"]])
  })

  it("uses the identity that the application has assigned to a peer, before it is connected", () => {
    const { pattern } = create({ mandatory: true })
    const peer = new Peer(pattern, { alias: "ours", routingId: "theirs", absent: true })
    expect(send(pattern, "ours", "early")).to.equal(true)
    peer.arrive()
    peer.send("hello")
    expect(peer.drain()).to.deep.equal([["early"]])
    expect(receive(pattern)).to.deep.equal(["ours", "hello"])
  })

  it("refuses to assign one identity to two peers", () => {
    const { pattern } = create()
    new Peer(pattern, { alias: "id" })
    expect(codeOf(() => new Peer(pattern, { alias: "id" }))).to.equal("EINVAL")
  })

  it("silently drops a message for an unknown or full peer", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { routingId: "id", mark: 1 })
    expect(pattern.writable).to.equal(true)
    expect(send(pattern, "unknown", "1")).to.equal(true)
    expect(send(pattern, "id")).to.equal(true)
    expect(send(pattern, "id", "2")).to.equal(true)
    expect(send(pattern, "id", "3")).to.equal(true)
    const { sendables } = host
    expect(peer.drain()).to.deep.equal([["2"]])
    expect(host.sendables).to.equal(sendables + 1)
    peer.close()
    expect([send(pattern, "id", "4"), host.drops]).to.deep.equal([true, 4])
  })

  it("blocks on receiving while there is no message, and notifies when one arrives", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { routingId: "id" })
    expect([pattern.readable, receive(pattern), receiveRefusal(pattern)]).to.deep.equal([false, undefined, "EAGAIN"])
    peer.send("1")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
  })

  describe("mandatory (ZMQ_ROUTER_MANDATORY)", () => {
    it("rejects a message to a peer that is unknown or has left", () => {
      const { pattern } = create({ mandatory: true })
      new Peer(pattern, { routingId: "here" })
      const gone = new Peer(pattern, { routingId: "gone" })
      gone.close()
      for (const id of ["unknown", "gone"]) expect(codeOf(() => send(pattern, id, "1"))).to.equal("EHOSTUNREACH")
    })

    it("waits for a full peer", () => {
      const { pattern, host } = create({ mandatory: true })
      const peer = new Peer(pattern, { routingId: "id", mark: 1 })
      expect(send(pattern, "id", "1")).to.equal(true)
      expect([send(pattern, "id", "2"), pattern.writable]).to.deep.equal([false, false])
      expect(sendRefusal(pattern, Buffer.from("id"), Buffer.from("2"))).to.equal("EAGAIN")
      const { sendables } = host
      peer.drain()
      expect(host.sendables).to.equal(sendables + 1)
      expect([pattern.writable, send(pattern, "id", "2")]).to.deep.equal([true, true])
    })

    it("stops waiting for a full peer that has left, even if its messages were not received yet", () => {
      const { pattern, host } = create({ mandatory: true })
      const [full, other] = [
        new Peer(pattern, { mark: 1, routingId: "full" }),
        new Peer(pattern, { routingId: "other" }),
      ]
      full.send("last words")
      expect(["1", "2"].map((text) => send(pattern, "full", text))).to.deep.equal([true, false])
      const { sendables } = host
      full.close()
      expect(host.sendables).to.equal(sendables + 1)
      expect(codeOf(() => send(pattern, "full", "2"))).to.equal("EHOSTUNREACH")
      expect([receiveAll(pattern), send(pattern, "other", "1")]).to.deep.equal([[["full", "last words"]], true])
      expect(other.drain()).to.deep.equal([["1"]])
    })

    it("wakes senders that wait when a peer is removed", () => {
      const { pattern, host } = create({ mandatory: true })
      const peer = new Peer(pattern, { routingId: "id" })
      const { sendables } = host
      peer.close()
      expect(host.sendables).to.equal(sendables + 1)
      const relaxed = create()
      const other = new Peer(relaxed.pattern, { routingId: "id" })
      const before = relaxed.host.sendables
      other.close()
      expect(relaxed.host.sendables).to.equal(before)
    })

    it("waits for any peer while all are full, then reports that the wanted one is unknown", () => {
      const { pattern, host } = create({ mandatory: true })
      expect([send(pattern, "id", "1"), pattern.writable]).to.deep.equal([false, false])
      expect(sendRefusal(pattern, Buffer.from("id"), Buffer.from("1"))).to.equal("EHOSTUNREACH")
      new Peer(pattern, { routingId: "other" })
      expect([pattern.writable, host.sendables]).to.deep.equal([true, 1])
      expect(codeOf(() => send(pattern, "id", "1"))).to.equal("EHOSTUNREACH")
    })

    it("ignores an identity without a message", () => {
      expect(send(create({ mandatory: true }).pattern, "unknown")).to.equal(true)
    })
  })

  it("gives a peer that has reconnected one turn, like others", () => {
    const { pattern } = create()
    const [back, other] = [new Peer(pattern, { routingId: "back" }), new Peer(pattern, { routingId: "other" })]
    for (const text of "123") for (const peer of [back, other]) peer.send(text)
    back.leave()
    back.arrive()
    const turns = receiveAll(pattern).map(([id]) => id)
    expect(turns).to.deep.equal(["back", "other", "back", "other", "back", "other"])
  })
})
