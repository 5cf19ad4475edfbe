import { expect } from "chai"
import { peerOf } from "../../../src/core/connection/peer-trace.js"
import { SenderTrace } from "../../../src/transports/io/sender-trace.js"
import type { NetworkPeer } from "../../../src/zmtp/peer.js"
import { message } from "../../support/messages.js"

const peer = (address: string): NetworkPeer => ({ address }) as NetworkPeer

/** The addresses of the senders of the next `count` messages. */
function senders(trace: SenderTrace, count: number): (string | undefined)[] {
  return Array.from({ length: count }, () => {
    const received = message("x")
    trace.received(received)
    return peerOf(received)?.address
  })
}

describe("SenderTrace", () => {
  it("records no sender before a peer was announced", () => {
    expect(senders(new SenderTrace(), 2)).to.deep.equal([undefined, undefined])
  })

  it("records the announced peer", () => {
    const trace = new SenderTrace()
    trace.announced(peer("a"), 0)
    expect(senders(trace, 2)).to.deep.equal(["a", "a"])
  })

  it("records the former peer for the messages that were queued when another was announced", () => {
    const trace = new SenderTrace()
    trace.announced(peer("a"), 0)
    expect(senders(trace, 1)).to.deep.equal(["a"])
    trace.announced(peer("b"), 2)
    expect(senders(trace, 4)).to.deep.equal(["a", "a", "b", "b"])
  })

  it("keeps several former peers apart", () => {
    const trace = new SenderTrace()
    trace.announced(peer("a"), 0)
    trace.announced(peer("b"), 1) // a
    trace.announced(peer("c"), 3) // a, b, b
    trace.announced(peer("d"), 3) // c has sent nothing
    expect(senders(trace, 5)).to.deep.equal(["a", "b", "b", "d", "d"])
  })
})
