import { expect } from "chai"
import { DishPattern } from "../../src/patterns/dish.js"
import { codeOf } from "../support/messages.js"
import { host, Peer, receiveAll, send, sendRefusal } from "../support/peer.js"

const create = () => host((host) => new DishPattern(host))
const group = (name: string): Buffer => Buffer.from(name, "latin1")

describe("DISH (RFC 48)", () => {
  it("announces every group to each peer once, and later joins and leaves", () => {
    const { pattern } = create()
    pattern.join(group("a"))
    pattern.join(group("b"))
    pattern.leave(group("b"))
    const peer = new Peer(pattern)
    pattern.join(group("c"))
    pattern.leave(group("a"))
    expect(peer.drain()).to.deep.equal([["\x01a"], ["\x01c"], ["\x00a"]])
  })

  it("announces all groups again to a peer that reconnects, and nothing while it is disconnected", () => {
    const { pattern } = create()
    pattern.join(group("a"))
    const peer = new Peer(pattern)
    peer.leave()
    pattern.join(group("b"))
    pattern.leave(group("a"))
    peer.arrive()
    expect(peer.drain()).to.deep.equal([["\x01b"]])
  })

  it("receives messages of joined groups, and drops others", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    pattern.join(group("a"))
    for (const name of ["a", "ab", "", "a"]) peer.send(name, `of ${name}`)
    peer.send("a")
    peer.send("a", "b", "c")
    expect(receiveAll(pattern)).to.deep.equal([
      ["a", "of a"],
      ["a", "of a"],
    ])
  })

  it("receives from its peers in turn", () => {
    const { pattern } = create()
    const [one, two] = [new Peer(pattern), new Peer(pattern)]
    pattern.join(group("a"))
    for (const text of "abc") one.send("a", text)
    two.send("a", "d")
    expect(receiveAll(pattern).map(([, body]) => body)).to.deep.equal(["a", "d", "b", "c"])
  })

  it("drops messages that arrived before it left the group", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    pattern.join(group("a"))
    peer.send("a", "late")
    pattern.leave(group("a"))
    expect(receiveAll(pattern)).to.be.empty
  })

  it("does not join a group twice, leave a group that is not joined, or accept a name of over 255 bytes: EINVAL", () => {
    const { pattern } = create()
    pattern.join(group("a"))
    pattern.join(group("g".repeat(255)))
    expect(codeOf(() => pattern.join(group("a")))).to.equal("EINVAL")
    expect(codeOf(() => pattern.leave(group("b")))).to.equal("EINVAL")
    expect(codeOf(() => pattern.join(group("g".repeat(256))))).to.equal("EINVAL")
  })

  it("keeps the name of a group whose bytes are modified later", () => {
    const { pattern } = create()
    const name = group("a")
    pattern.join(name)
    name[0] = 0x62
    const peer = new Peer(pattern)
    expect(peer.drain()).to.deep.equal([["\x01a"]])
  })

  it("reports whether it has joined no group, so that it cannot receive anything", () => {
    const { pattern } = create()
    const empty = [pattern.hasNoSubscriptions]
    pattern.join(group("a"))
    empty.push(pattern.hasNoSubscriptions)
    pattern.leave(group("a"))
    empty.push(pattern.hasNoSubscriptions)
    expect(empty).to.deep.equal([true, false, true])
  })

  it("does not send: ENOTSUP", () => {
    const { pattern } = create()
    expect([send(pattern, "x"), pattern.writable, sendRefusal(pattern)]).to.deep.equal([false, false, "ENOTSUP"])
  })

  it("announces nothing to a disconnected peer", () => {
    const { pattern } = create()
    const [away, expected] = [new Peer(pattern), new Peer(pattern, { absent: true })]
    away.leave()
    pattern.join(group("a"))
    pattern.leave(group("a"))
    expect([away.drain(), expected.drain()]).to.deep.equal([[], []])
  })

  it("notifies the socket when a message arrives", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    pattern.join(group("a"))
    expect([pattern.readable, host.receivables]).to.deep.equal([false, 0])
    peer.send("a", "x")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
  })
})
