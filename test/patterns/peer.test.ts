import { expect } from "chai"
import { PeerPattern } from "../../src/patterns/peer.js"
import { decodeRoutingNumber, encodeRoutingNumber } from "../../src/patterns/routing-number.js"
import { codeOf } from "../support/messages.js"
import { host, Peer } from "../support/peer.js"

const create = () => host((host) => new PeerPattern(host))

describe("PEER (RFC 51)", () => {
  it("returns the number of a peer that it connects to before the peer has sent anything", () => {
    const { pattern } = create()
    let peer: Peer | undefined
    const number = pattern.numberOf(() => (peer = new Peer(pattern, { absent: true })))
    expect(pattern.send([encodeRoutingNumber(number), Buffer.from("hi")])).to.equal(true)
    expect(peer!.drain()).to.deep.equal([["hi"]])
    peer!.send("ho")
    expect(decodeRoutingNumber(pattern.receive()![0]!)).to.equal(number)
  })

  it("returns 0 if connecting does not attach a peer immediately", () => {
    const { pattern } = create()
    new Peer(pattern)
    expect(pattern.numberOf(() => undefined)).to.equal(0)
  })

  it("disconnects the peer with a number, and fails for an unknown one: EHOSTUNREACH", () => {
    const { pattern } = create()
    let peer: Peer | undefined
    const number = pattern.numberOf(() => (peer = new Peer(pattern)))
    expect(codeOf(() => pattern.disconnect(number + 1))).to.equal("EHOSTUNREACH")
    pattern.disconnect(number)
    expect(peer!.terminated).to.equal(true)
    expect(codeOf(() => pattern.send([encodeRoutingNumber(number), Buffer.from("x")]))).to.equal("EHOSTUNREACH")
  })

  it("notifies the socket when a full peer has room again", () => {
    const { pattern, host } = create()
    let peer: Peer | undefined
    const number = encodeRoutingNumber(pattern.numberOf(() => (peer = new Peer(pattern, { mark: 1 }))))
    expect(["1", "2"].map((text) => pattern.send([number, Buffer.from(text)]))).to.deep.equal([true, false])
    const { sendables } = host
    peer!.drain()
    expect(host.sendables).to.equal(sendables + 1)
  })
})
