import { expect } from "chai"
import { StreamPattern } from "../../src/patterns/stream.js"
import { codeOf } from "../support/messages.js"
import { host, Peer, receive, receiveRefusal, send, sendRefusal } from "../support/peer.js"

const create = () => host((host) => new StreamPattern(host))

describe("STREAM", () => {
  it("identifies each connection by a zero and four bytes, before its data", () => {
    const { pattern, host } = create()
    const peers = [new Peer(pattern), new Peer(pattern)]
    expect([pattern.readable, receive(pattern), receiveRefusal(pattern)]).to.deep.equal([false, undefined, "EAGAIN"])
    for (const [index, peer] of peers.entries()) peer.send(String(index))
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 2])
    const received = [receive(pattern)!, receive(pattern)!]
    expect(received.map(([, bytes]) => bytes)).to.deep.equal(["0", "1"])
    for (const [id] of received) expect(id).to.match(/^\0[^]{4}$/)
    expect(received[0]![0]).not.to.equal(received[1]![0])
  })

  it("sends to the identified connection", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern, { alias: "one" }), new Peer(pattern, { alias: "two" })]
    expect([send(pattern, "two", "2"), send(pattern, "one", "1")]).to.deep.equal([true, true])
    expect(peers.map((peer) => peer.drain())).to.deep.equal([[["1"]], [["2"]]])
  })

  it("closes a connection on an empty message to it", () => {
    const { pattern } = create()
    const peer = new Peer(pattern, { alias: "id" })
    expect(send(pattern, "id", "")).to.equal(true)
    expect(peer.terminated).to.equal(true)
  })

  it("does not send to an unknown connection: EHOSTUNREACH", () => {
    const { pattern } = create()
    new Peer(pattern)
    for (const body of ["bytes", ""]) expect(codeOf(() => send(pattern, "unknown", body))).to.equal("EHOSTUNREACH")
    expect(sendRefusal(pattern, "unknown", "")).to.equal("EHOSTUNREACH")
  })

  it("ignores an id without bytes", () => {
    const { pattern } = create()
    const peer = new Peer(pattern, { alias: "id" })
    expect([send(pattern, "id"), peer.drain()]).to.deep.equal([true, []])
  })

  it("waits for a connection that is full", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern, { alias: "id", mark: 1 })
    expect([send(pattern, "id", "1"), send(pattern, "id", "2")]).to.deep.equal([true, false])
    expect([pattern.writable, sendRefusal(pattern, "id", "2")]).to.deep.equal([true, "EAGAIN"])
    const { sendables } = host
    expect(peer.drain()).to.deep.equal([["1"]])
    expect(host.sendables).to.equal(sendables + 1)
  })
})
