import { expect } from "chai"
import { peerOf, tracePeer } from "../../../src/core/connection/peer-trace.js"
import type { NetworkPeer } from "../../../src/zmtp/peer.js"
import { hex } from "../../support/cuts.js"
import { message } from "../../support/messages.js"
import { sessionBenches } from "../../support/session-bench.js"

describe("peerOf", () => {
  const create = sessionBenches()

  it("returns the sender of the same array, but not of an equal one", () => {
    const peer = { address: "127.0.0.1" } as NetworkPeer
    const traced = message("a")
    tracePeer(traced, peer)
    expect([peerOf(traced), peerOf([...traced])]).to.deep.equal([peer, undefined])
  })

  for (const tracePeers of [true, false]) {
    it(`${tracePeers ? "returns" : "does not return"} the senders with tracePeers: ${tracePeers}`, () => {
      const bench = create({ tracePeers }).greet()
      bench.stream.say(hex("000161"))
      const expected = tracePeers ? ["127.0.0.1", "DEALER"] : [undefined, undefined]
      const peer = peerOf(bench.pipe.receive()!)
      expect([peer?.address, peer?.socketType]).to.deep.equal(expected)
    })
  }
})
