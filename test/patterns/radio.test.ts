import { expect } from "chai"
import { RadioPattern } from "../../src/patterns/radio.js"
import { SLICE } from "../../src/patterns/strategies/interests.js"
import { limitOf } from "../support/events.js"
import { collectGarbage } from "../support/garbage.js"
import { codeOf } from "../support/messages.js"
import { DEFAULTS } from "../support/pattern-options.js"
import { host, Peer, send, type PeerOptions } from "../support/peer.js"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const create = (noDrop = false) => host((host) => new RadioPattern(host, { ...DEFAULTS, noDrop }))

function member(pattern: RadioPattern, groups: readonly string[], options: PeerOptions = {}): Peer {
  const peer = new Peer(pattern, options)
  for (const group of groups) peer.send(`\x01${group}`)
  return peer
}

describe("RADIO (RFC 48)", () => {
  it("receives new JOINs after it has removed the many groups of a departed peer", () => {
    const { pattern, host } = create()
    const many = Array.from({ length: 3 * SLICE }, (_, index) => String(index))
    const gone = member(pattern, many, { mark: 0 })
    gone.close()
    const late = member(pattern, ["0"])
    while (host.turn());
    send(pattern, "0", "news")
    expect([late.drain(), host.drops]).to.deep.equal([[["0", "news"]], 0])
  })

  it("does not read a peer again that it has read after the end of another, with `noDrop`", () => {
    const { pattern, host } = create(true)
    const many = Array.from({ length: 3 * SLICE }, (_, index) => String(index))
    const [first, second] = [member(pattern, many, { mark: 0 }), member(pattern, ["a"])]
    first.close()
    const late = member(pattern, ["a"])
    while (host.turn());
    send(pattern, "a", "news")
    expect(late.drain()).to.deep.equal([["a", "news"]])
    const { sendables } = host
    second.close()
    expect([host.turn(), host.sendables]).to.deep.equal([false, sendables + 1])
  })

  it("does not read a peer that was disconnected before it could be read, with `noDrop`", () => {
    const { pattern, host } = create(true)
    const many = Array.from({ length: 3 * SLICE }, (_, index) => String(index))
    member(pattern, many, { mark: 0 }).close()
    const late = member(pattern, ["a"])
    host.detach(late.near)
    const { sendables, subscriptions } = host
    while (host.turn());
    expect([host.sendables, host.subscriptions]).to.deep.equal([sendables, subscriptions])
  })

  it("takes no memory for groups that no peer is in", function () {
    if (RUNTIME === "Bun") skip(this, "JavaScriptCore does not report the memory that is in use")
    const { pattern } = create()
    const peer = new Peer(pattern)
    const visit = (count: number): number => {
      for (let group = 0; group < count; group++) for (const sign of ["\x01", "\x00"]) peer.send(`${sign}${group}`)
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const before = visit(100)
    expect(visit(20_000) - before).to.be.below(1_000_000)
    send(pattern, "0", "nobody")
    expect(peer.drain()).to.be.empty
  })

  it("sends only to peers that have joined the group, by its whole name", () => {
    const { pattern } = create()
    const peers = [member(pattern, ["a"]), member(pattern, ["a", "ab"]), member(pattern, [""]), member(pattern, [])]
    for (const group of ["a", "ab", "", "abc"]) expect(send(pattern, group, `to ${group}`)).to.equal(true)
    expect(peers.map((peer) => peer.drain())).to.deep.equal([
      [["a", "to a"]],
      [
        ["a", "to a"],
        ["ab", "to ab"],
      ],
      [["", "to "]],
      [],
    ])
  })

  it("sends a message once to a peer that has joined twice, and none after it has left", () => {
    const { pattern, host } = create()
    const peer = member(pattern, ["a", "a"])
    send(pattern, "a", "1")
    expect(host.subscriptions).to.equal(1)
    peer.send("\x00a")
    send(pattern, "a", "2")
    expect([peer.drain(), host.subscriptions]).to.deep.equal([[["a", "1"]], 1])
  })

  it("drops messages for a full peer, and never waits", () => {
    const { pattern, host } = create()
    const [small, large] = [member(pattern, ["a"], { mark: 1 }), member(pattern, ["a"], { mark: 100 })]
    for (let count = 0; count < 50; count++) expect(send(pattern, "a", String(count))).to.equal(true)
    expect([large.drain().length, small.drain().length, host.drops, host.sendables]).to.deep.equal([50, 1, 49, 0])
  })

  it("waits for a full peer with `noDrop`, and sends nothing to others in the meantime", () => {
    const { pattern, host } = create(true)
    const [small, large] = [member(pattern, ["a"], { mark: 1 }), member(pattern, ["a"], { mark: 100 })]
    let sent = 0
    while (send(pattern, "a", "x")) sent++
    expect(large.drain()).to.have.length(sent)
    small.drain()
    expect(host.sendables).to.be.greaterThan(0)
    expect(send(pattern, "a", "y")).to.equal(true)
  })

  it("removes the groups of a peer that has left or reconnected", () => {
    const { pattern, host } = create()
    const [gone, back] = [member(pattern, ["a", "b"]), member(pattern, ["a", "b"])]
    gone.close()
    back.leave()
    back.arrive()
    back.send("\x01b")
    send(pattern, "a", "1")
    send(pattern, "b", "2")
    expect([back.drain(), host.drops]).to.deep.equal([[["b", "2"]], 0])
  })

  it("accepts groups joined before the peer was announced, as over inproc", () => {
    const { pattern } = create()
    const peer = member(pattern, ["a"], { absent: true })
    peer.arrive()
    send(pattern, "a", "1")
    expect(peer.drain()).to.deep.equal([["a", "1"]])
  })

  it("drops messages other than joins and leaves, and names of over 255 bytes", () => {
    const { pattern, host } = create()
    const peer = member(pattern, ["g".repeat(255), "g".repeat(256)])
    for (const frames of [["\x01a", "x"], [""], ["\x02a"]]) peer.send(...frames)
    for (const group of ["a", "g".repeat(255), "g".repeat(256)]) send(pattern, group, "")
    expect([peer.drain(), host.drops]).to.deep.equal([[["g".repeat(255), ""]], 4])
  })

  describe("with a limit on groups", () => {
    /** Bytes that a group costs in addition to its name. */
    const OVERHEAD = 480
    const limited = (groups: number, bytes: number) =>
      host((host) => new RadioPattern(host, { ...DEFAULTS, maxPeerSubscriptionBytes: groups * OVERHEAD + bytes }))

    it("rejects a peer that joins too many groups, and names the limit", () => {
      const { pattern, host } = limited(3, 3)
      const [greedy, modest] = [member(pattern, ["a", "b", "c"]), member(pattern, ["a"])]
      // Joining a group again does not count twice, and leaving one makes room.
      for (const subscription of ["\x01b", "\x00b", "\x01d", "\x01d"]) greedy.send(subscription)
      expect([greedy.terminated, host.reasons]).to.deep.equal([false, []])
      send(pattern, "d", "1")
      expect(greedy.drain()).to.deep.equal([["d", "1"]])
      greedy.send("\x01e")
      expect([greedy.terminated, host.reasons.map((error) => limitOf({ error }))]).to.deep.equal([
        true,
        ["groups of a peer"],
      ])
      send(pattern, "a", "2")
      expect([modest.drain(), host.drops]).to.deep.equal([[["a", "2"]], 0])
    })

    it("rejects a peer whose group names have too many bytes, and names the limit", () => {
      const { pattern, host } = limited(3, 10)
      const greedy = member(pattern, ["12345", "67890"])
      // Joining a group again costs nothing, and leaving one frees its bytes.
      for (const subscription of ["\x0112345", "\x0012345", "\x0012345", "\x011234", "\x01!"]) greedy.send(subscription)
      expect([greedy.terminated, host.reasons]).to.deep.equal([false, []])
      greedy.send("\x01?")
      expect([greedy.terminated, host.reasons.map((error) => limitOf({ error }))]).to.deep.equal([
        true,
        ["groups of a peer"],
      ])
    })

    it("restarts counting for a peer that reconnects", () => {
      const { pattern, host } = limited(2, 10)
      const peer = member(pattern, ["a", "12345678"])
      for (const name of ["b", "c"]) {
        peer.leave()
        peer.arrive()
        peer.send(`\x01${name}`)
        peer.send("\x0112345678")
      }
      expect([peer.terminated, host.reasons]).to.deep.equal([false, []])
    })
  })

  it("does not send messages of several frames: EINVAL", () => {
    expect(codeOf(() => send(create().pattern, "a", "b", "c"))).to.equal("EINVAL")
  })

  for (const noDrop of [false, true]) {
    it(`${noDrop ? "wakes" : "does not wake"} senders when a full member has room, with noDrop ${String(noDrop)}`, () => {
      const { pattern, host } = create(noDrop)
      const peer = member(pattern, ["a"], { mark: 1 })
      expect([send(pattern, "a", "1"), send(pattern, "a", "2")]).to.deep.equal([true, !noDrop])
      const { sendables } = host
      peer.drain()
      expect(host.sendables - sendables).to.equal(noDrop ? 1 : 0)
      peer.close()
      expect(host.sendables - sendables).to.equal(noDrop ? 2 : 0)
    })
  }

  it("waits with `noDrop` for a full member that receives every group, and drops otherwise", () => {
    for (const [noDrop, expected] of [
      [true, [true, false]],
      [false, [true, true]],
    ] as const) {
      const { pattern, host } = create(noDrop)
      const peer = new Peer(pattern, { mark: 1, absent: true })
      peer.near.peer = { socketType: "DISH", routingId: Buffer.alloc(0), unfiltered: true }
      pattern.peerReady(peer.near)
      expect([send(pattern, "a", "1"), send(pattern, "b", "2")]).to.deep.equal(expected)
      expect([peer.drain(), host.drops]).to.deep.equal([[["a", "1"]], noDrop ? 0 : 1])
    }
  })

  it("stops sending a group to a peer that has left it, without affecting others", () => {
    const { pattern, host } = create()
    const [leaving, staying] = [member(pattern, ["a", "b"]), member(pattern, ["a"])]
    for (const subscription of ["\x00b", "\x00a", "\x00a", "\x00c", "\x01b", "\x02b"]) leaving.send(subscription)
    for (const group of ["a", "b", "c"]) send(pattern, group, "x")
    expect([leaving.drain(), staying.drain()]).to.deep.equal([[["b", "x"]], [["a", "x"]]])
    staying.send("\x00a")
    leaving.send("\x00b")
    for (const group of ["a", "b"]) send(pattern, group, "x")
    expect([leaving.drain(), staying.drain(), host.drops]).to.deep.equal([[], [], 1])
  })

  it("removes a peer that receives every group after it has left", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { absent: true })
    peer.near.peer = { socketType: "DISH", routingId: Buffer.alloc(0), unfiltered: true }
    pattern.peerReady(peer.near)
    send(pattern, "a", "1")
    expect(peer.drain()).to.deep.equal([["a", "1"]])
    peer.close()
    send(pattern, "a", "2")
    expect(host.drops).to.equal(0)
  })

  it("stops waiting for a full peer that has left the group", () => {
    const { pattern, host } = create(true)
    const peer = new Peer(pattern, { mark: 2 })
    peer.send("\x01A")
    expect(["A1", "A2", "A3"].map((text) => send(pattern, "A", text))).to.deep.equal([true, true, false])
    const { sendables } = host
    peer.send("\x00A")
    expect(host.sendables).to.be.above(sendables)
    expect([send(pattern, "A", "A3"), peer.drain().flat()]).to.deep.equal([true, ["A", "A1", "A", "A2"]])
  })
})
