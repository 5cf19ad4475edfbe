import { expect } from "chai"
import { RawEngine } from "../../src/zmtp/raw-engine.js"
import { message, text } from "../support/messages.js"

describe("RawEngine", () => {
  it("takes bytes for messages as they come, without a handshake", () => {
    const engine = new RawEngine()
    expect([engine.handshake(), engine.ready, engine.handshakes, engine.credentials]).to.deep.equal([
      true,
      true,
      false,
      undefined,
    ])
    expect(engine.read()).to.equal(undefined)
    engine.push(Buffer.from("GET /"))
    expect(engine.pending).to.equal(true)
    expect(text(engine.read())).to.deep.equal(["GET /"])
    expect([engine.pending, engine.read()]).to.deep.equal([false, undefined])
  })

  it("sends the bytes of all frames, and nothing of its own", () => {
    const engine = new RawEngine()
    const large = "x".repeat(100_000)
    engine.ping()
    engine.answerPing()
    engine.authorize()
    engine.write(message("a", "b"))
    engine.write(message(large, ""))
    const sent = Buffer.concat(engine.outbox.drain()).toString("latin1")
    expect(sent).to.equal(`ab${large}`)
    engine.dispose()
  })

  it("knows nothing of its peer", () => {
    const { peer, peerHeartbeats, peerTimeToLive, pingReceived, room } = new RawEngine()
    expect([peer.socketType, peer.mechanism, peer.routingId.length]).to.deep.equal(["", "NULL", 0])
    expect([peerHeartbeats, peerTimeToLive, pingReceived, room]).to.deep.equal([false, 0, false, undefined])
  })
})
