import { expect } from "chai"
import { XpubPattern, type XpubOptions } from "../../src/patterns/xpub.js"
import { host, Peer, receive, receiveAll, send } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

const create = (verbosity: XpubOptions["verbosity"] = null) =>
  host((host) => new XpubPattern(host, { ...DEFAULTS, verbosity }))

describe('XPUB (RFC 29, "The XPUB Socket Type")', () => {
  it("SHALL send each message to all peers that have subscribed to a prefix of it", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    one.send("\x01A")
    two.send("\x01")
    for (const text of ["AB", "B"]) send(pattern, text, "body")
    expect(one.drain()).to.deep.equal([["AB", "body"]])
    expect(two.drain()).to.deep.equal([
      ["AB", "body"],
      ["B", "body"],
    ])
  })

  it("SHALL silently drop a message for a peer that is full, and SHALL NOT block", () => {
    const { pattern } = create()
    const peer = new Peer(pattern, { mark: 1 })
    peer.send("\x01")
    for (const text of "12") expect([pattern.writable, send(pattern, text)]).to.deep.equal([true, true])
    expect(peer.drain()).to.deep.equal([["1"]])
    send(pattern, "3")
    expect(peer.drain()).to.deep.equal([["3"]])
    expect(pattern.sendRefusal()).to.equal("EAGAIN")
  })

  // What the application is told when one peer subscribes twice, another once, and both cancel twice.
  const matrix: [verbosity: XpubOptions["verbosity"], one: string[], two: string[]][] = [
    [null, ["+", "-", "-"], ["+", "-"]],
    ["allSubs", ["+", "+", "-", "-"], ["+", "+", "-"]],
    ["allSubsUnsubs", ["+", "+", "-", "-"], ["+", "+", "-", "-"]],
  ]
  const signs = (told: string[][]): string[] => told.map(([frame]) => (frame === "\x01A" ? "+" : "-"))

  for (const [verbosity, one, two] of matrix) {
    it(`tells of the subscriptions of one peer with verbosity ${verbosity ?? "null"}`, () => {
      const { pattern } = create(verbosity)
      const peer = new Peer(pattern)
      for (const frame of ["\x01A", "\x01A", "\x00A", "\x00A"]) peer.send(frame)
      expect(signs(receiveAll(pattern))).to.deep.equal(one)
    })

    it(`tells of those of two peers with verbosity ${verbosity ?? "null"}`, () => {
      const { pattern } = create(verbosity)
      const peers = [new Peer(pattern), new Peer(pattern)]
      for (const frame of ["\x01A", "\x00A"]) for (const peer of peers) peer.send(frame)
      expect(signs(receiveAll(pattern))).to.deep.equal(two)
    })

    it(`tells of those that end with their peers with verbosity ${verbosity ?? "null"}`, () => {
      const { pattern } = create(verbosity)
      const peers = [new Peer(pattern), new Peer(pattern)]
      for (const peer of peers) peer.send("\x01A")
      for (const peer of peers) peer.close()
      expect(signs(receiveAll(pattern))).to.deep.equal(two)
    })
  }

  it("follows its verbosity as it is changed", () => {
    const options: { -readonly [K in keyof XpubOptions]: XpubOptions[K] } = { ...DEFAULTS }
    const { pattern } = host((host) => new XpubPattern(host, options))
    const peer = new Peer(pattern)
    peer.send("\x01A")
    peer.send("\x01A")
    options.verbosity = "allSubs"
    peer.send("\x01A")
    expect(receiveAll(pattern)).to.deep.equal([["\x01A"], ["\x01A"]])
  })

  it("tells of each topic that a peer leaves behind, in memory of its own", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const topic of ["\x01", "\x01A", "\x01BB"]) peer.send(topic)
    for (const [frame] of [pattern.receive()!, pattern.receive()!, pattern.receive()!]) frame!.fill(0xff)
    peer.close()
    expect(receiveAll(pattern)).to.deep.equal([["\x00"], ["\x00A"], ["\x00BB"]])
  })

  it("passes on what is no subscription", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    for (const frames of [["hello", "world"], [""], ["\x02"]]) peer.send(...frames)
    expect(receiveAll(pattern)).to.deep.equal([["hello", "world"], [""], ["\x02"]])
  })

  it("tells when there is something to receive", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    expect([pattern.readable, receive(pattern), pattern.receiveRefusal()]).to.deep.equal([false, undefined, "EAGAIN"])
    peer.send("\x01A")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
  })
})
