import { expect } from "chai"
import type { RequestTracker } from "../../src/core/pipe/request-tracker.js"
import { DealerPattern } from "../../src/patterns/dealer.js"
import { message } from "../support/messages.js"
import { host, Peer, receive, receiveAll, receiveRefusal, send, sendRefusal } from "../support/peer.js"
import { DEFAULTS } from "../support/pattern-options.js"

const create = () => host((host) => new DealerPattern(host, DEFAULTS))

describe('DEALER (RFC 28, "The DEALER Socket Type")', () => {
  it("routes outgoing messages to available peers using a round-robin strategy", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern, { mark: 1 }), new Peer(pattern)]
    for (const text of "123456") send(pattern, text)
    expect(peers.map((peer) => peer.drain().flat())).to.deep.equal([["1", "4", "6"], ["2"], ["3", "5"]])
  })

  it("receives incoming messages from its peers using a fair-queuing strategy", () => {
    const { pattern } = create()
    const peers = [new Peer(pattern), new Peer(pattern)] as const
    for (const text of "123") peers[0].send(`a${text}`)
    peers[1].send("b1")
    expect(receiveAll(pattern).flat()).to.deep.equal(["a1", "b1", "a2", "a3"])
  })

  it("does not modify outgoing messages, nor incoming ones", () => {
    const { pattern } = create()
    const peer = new Peer(pattern)
    send(pattern, "", "body")
    peer.send("id", "", "body")
    expect(peer.drain()).to.deep.equal([["", "body"]])
    expect(receiveAll(pattern)).to.deep.equal([["id", "", "body"]])
  })

  it("reports whether it has sent a request, and to which peer", () => {
    const { pattern } = create()
    const tracker: RequestTracker = { sentTo: undefined }
    expect(pattern.sendRequest(message("early"), tracker)).to.equal(false)
    const peers = [new Peer(pattern, { mark: 1 }), new Peer(pattern, { mark: 1 })]
    for (const peer of peers) {
      expect(pattern.sendRequest(message("question"), tracker)).to.equal(true)
      expect([tracker.sentTo, peer.drain()]).to.deep.equal([peer.near, [["question"]]])
    }
  })

  it("creates a queue when initiating a connection to a peer", () => {
    const { pattern } = create()
    const peer = new Peer(pattern, { absent: true })
    send(pattern, "early")
    peer.arrive()
    expect(peer.drain()).to.deep.equal([["early"]])
  })

  it("blocks on sending when it has no available peers", () => {
    const { pattern, host } = create()
    expect([pattern.writable, send(pattern, "1"), sendRefusal(pattern)]).to.deep.equal([false, false, "EAGAIN"])
    const peer = new Peer(pattern, { mark: 1 })
    expect([send(pattern, "1"), send(pattern, "2"), pattern.writable]).to.deep.equal([true, false, false])
    const { sendables } = host
    peer.drain()
    expect(host.sendables).to.equal(sendables + 1)
    expect(send(pattern, "2")).to.equal(true)
  })

  it("blocks on receiving while there is no message, and notifies when one arrives", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    expect([pattern.readable, receive(pattern), receiveRefusal(pattern)]).to.deep.equal([false, undefined, "EAGAIN"])
    peer.send("1")
    expect([pattern.readable, host.receivables]).to.deep.equal([true, 1])
  })

  it("sends to other peers after a full peer has left whose messages were not received yet", () => {
    const { pattern, host } = create()
    const gone = new Peer(pattern, { mark: 1 })
    gone.send("last words")
    expect(["1", "2"].map((text) => send(pattern, text))).to.deep.equal([true, false])
    gone.close()
    expect([pattern.writable, send(pattern, "2")]).to.deep.equal([false, false])
    const { sendables } = host
    const other = new Peer(pattern)
    expect([host.sendables > sendables, send(pattern, "2"), send(pattern, "3")]).to.deep.equal([true, true, true])
    expect([other.drain().flat(), receiveAll(pattern).flat()]).to.deep.equal([["2", "3"], ["last words"]])
  })

  it("wakes a waiting sender when a peer that has failed is ready again", () => {
    const { pattern, host } = create()
    const peer = new Peer(pattern)
    pattern.peerFailed(peer.near)
    expect(send(pattern, "1")).to.equal(false)
    const { sendables } = host
    peer.arrive()
    expect([host.sendables, send(pattern, "1"), peer.drain()]).to.deep.equal([sendables + 1, true, [["1"]]])
  })

  it("skips a peer that has left", () => {
    const { pattern } = create()
    const [gone, other] = [new Peer(pattern), new Peer(pattern)]
    gone.close()
    for (const text of "12") expect(send(pattern, text)).to.equal(true)
    expect(other.drain().flat()).to.deep.equal(["1", "2"])
  })
})
