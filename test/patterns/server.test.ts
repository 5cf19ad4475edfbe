import { expect } from "chai"
import { decodeRoutingNumber, encodeRoutingNumber } from "../../src/patterns/routing-number.js"
import { ServerPattern } from "../../src/patterns/server.js"
import { codeOf, text } from "../support/messages.js"
import { host, Peer, sendRefusal, type PeerOptions } from "../support/peer.js"

const create = () => host((host) => new ServerPattern(host))

/** A peer of the pattern, and its number. */
function known(pattern: ServerPattern, options: PeerOptions = {}): { peer: Peer; number: number } {
  const peer = new Peer(pattern, options)
  peer.send("hello")
  return { peer, number: decodeRoutingNumber(pattern.receive()![0]!) }
}

const sendTo = (pattern: ServerPattern, number: number, ...frames: string[]): boolean =>
  pattern.send([encodeRoutingNumber(number), ...frames.map((frame) => Buffer.from(frame))])

describe("SERVER (RFC 41)", () => {
  it("assigns a unique number other than 0 to each peer", () => {
    const { pattern } = create()
    const numbers = Array.from({ length: 100 }, () => known(pattern).number)
    expect(new Set(numbers).size).to.equal(100)
    expect(numbers).to.not.include(0)
  })

  it("prepends the number of its peer to each message, and sends to the peer with that number", () => {
    const { pattern } = create()
    const [one, other] = [known(pattern), known(pattern)]
    one.peer.send("question")
    expect(text(pattern.receive()!.slice(1))).to.deep.equal(["question"])
    expect(sendTo(pattern, one.number, "1")).to.equal(true)
    sendTo(pattern, one.number, "2")
    sendTo(pattern, other.number, "3")
    expect([one.peer.drain(), other.peer.drain()]).to.deep.equal([[["1"], ["2"]], [["3"]]])
  })

  it("numbers its peers from a random start, wraps around, and skips 0", () => {
    const { random } = Math
    Math.random = () => 1 - 2 / 0x1_0000_0000
    const { pattern } = create()
    Math.random = random
    const numbers = Array.from({ length: 3 }, () => {
      new Peer(pattern).send("hello")
      return Buffer.from(pattern.receive()![0]!)
    })
    expect(numbers.map((frame) => [frame.length, frame.readUInt32BE()])).to.deep.equal([
      [4, 0xffff_ffff],
      [4, 1],
      [4, 2],
    ])
    for (const number of numbers) expect(pattern.send([number, Buffer.from("answer")])).to.equal(true)
  })

  it("notifies the socket when a message arrives", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    expect([pattern.readable, host.receivables]).to.deep.equal([false, 0])
    peer.send("x")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
  })

  it("receives from its peers in turn", () => {
    const { pattern } = create()
    const [one, other] = [new Peer(pattern), new Peer(pattern)]
    for (const message of ["a1", "a2"]) one.send(message)
    for (const message of ["b1", "b2"]) other.send(message)
    const received = Array.from({ length: 4 }, () => text(pattern.receive()!.slice(1))![0])
    expect(received).to.deep.equal(["a1", "b1", "a2", "b2"])
  })

  it("fails to send to a number that no peer has: EHOSTUNREACH", () => {
    const { pattern } = create()
    const { peer, number } = known(pattern)
    expect(codeOf(() => sendTo(pattern, number + 1, "x"))).to.equal("EHOSTUNREACH")
    peer.close()
    expect(codeOf(() => sendTo(pattern, number, "x"))).to.equal("EHOSTUNREACH")
  })

  it("waits for a peer that is full, and notifies when it has room", () => {
    const { pattern, host } = create()
    const { peer, number } = known(pattern, { mark: 1 })
    while (sendTo(pattern, number, "x"));
    expect(sendRefusal(pattern, encodeRoutingNumber(number))).to.equal("EAGAIN")
    const before = host.sendables
    peer.drain()
    expect(host.sendables).to.be.greaterThan(before)
    expect(sendTo(pattern, number, "y")).to.equal(true)
  })

  it("wakes senders that wait for a full peer that has left", () => {
    const { pattern, host } = create()
    const { peer, number } = known(pattern, { mark: 1 })
    while (sendTo(pattern, number, "x"));
    const before = host.sendables
    peer.close()
    expect(host.sendables).to.be.greaterThan(before)
    expect(sendRefusal(pattern, encodeRoutingNumber(number))).to.equal("EHOSTUNREACH")
  })

  it("wakes them even if the peer's messages were not received yet", () => {
    const { pattern, host } = create()
    const { peer, number } = known(pattern, { mark: 1 })
    peer.send("last words")
    expect([sendTo(pattern, number, "1"), sendTo(pattern, number, "2")]).to.deep.equal([true, false])
    const { sendables } = host
    peer.close()
    expect(host.sendables).to.equal(sendables + 1)
    expect(codeOf(() => sendTo(pattern, number, "2"))).to.equal("EHOSTUNREACH")
    expect(text(pattern.receive())![1]).to.equal("last words")
  })

  it("does not send messages of several frames: EINVAL", () => {
    const { pattern } = create()
    const { number } = known(pattern)
    expect(codeOf(() => sendTo(pattern, number, "a", "b"))).to.equal("EINVAL")
  })

  it("drops messages of several frames that it receives", () => {
    const { pattern } = create()
    const { peer } = known(pattern)
    peer.send("a", "b")
    peer.send("c")
    expect(text(pattern.receive()!.slice(1))).to.deep.equal(["c"])
    expect(pattern.receive()).to.equal(undefined)
  })

  it("drops a message whose peer the application disconnects while it is received, and receives the next", () => {
    const { pattern, host } = create()
    const { peer: leaving } = known(pattern, { mark: 1 })
    const { peer: other, number } = known(pattern)
    expect([leaving.send("1"), leaving.send("2")]).to.deep.equal([true, false])
    leaving.writeActivated = () => {
      host.detach(leaving.near)
    }
    other.send("from another")
    const [sender, body] = pattern.receive()!
    expect([decodeRoutingNumber(sender!), text([body!])]).to.deep.equal([number, ["from another"]])
    expect([pattern.receive(), host.drops]).to.deep.equal([undefined, 1])
  })

  it("keeps the number of a peer that reconnects", () => {
    const { pattern } = create()
    const { peer, number } = known(pattern)
    peer.leave()
    peer.arrive()
    sendTo(pattern, number, "again")
    expect(peer.drain()).to.deep.equal([["again"]])
  })

  it("does not send to a peer that has closed, even if its messages were not received yet", () => {
    const { pattern } = create()
    const { peer, number } = known(pattern)
    peer.send("last")
    peer.close()
    expect(codeOf(() => sendTo(pattern, number, "late"))).to.equal("EHOSTUNREACH")
    expect(text(pattern.receive())![1]).to.equal("last")
  })
})
