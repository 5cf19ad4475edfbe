import { expect } from "chai"
import { RawEngine } from "../../src/zmtp/raw-engine.js"
import { message, text } from "../support/messages.js"

function started(): RawEngine {
  const engine = new RawEngine()
  engine.start()
  return engine
}

describe("RawEngine", () => {
  it("delivers bytes as messages as they arrive, without a handshake", () => {
    const engine = started()
    expect([engine.state, engine.handshake(), engine.version]).to.deep.equal(["traffic", true, undefined])
    expect(engine.read()).to.equal(undefined)
    engine.push(Buffer.from("GET /"))
    expect(engine.unread).to.equal(true)
    expect(text(engine.read())).to.deep.equal(["GET /"])
    expect([engine.unread, engine.read()]).to.deep.equal([false, undefined])
  })

  it("sends the bytes of all frames, and nothing else", () => {
    const engine = started()
    const large = "x".repeat(100_000)
    engine.write(message("a", "b"))
    engine.write(message(large, ""))
    expect(engine.unsent).to.equal(100_002)
    expect(Buffer.concat(engine.drain()).toString("latin1")).to.equal(`ab${large}`)
  })

  it("uses memory again when it was written", () => {
    const engine = started()
    const places = ["first", "second"].map((text) => {
      engine.write(message(text))
      const [{ buffer, byteOffset }] = engine.drain() as [Uint8Array]
      engine.releaseDrained()
      return { buffer, byteOffset }
    })
    expect(places[1]!.buffer).to.equal(places[0]!.buffer)
    expect(places[1]!.byteOffset).to.equal(places[0]!.byteOffset)
  })

  it("knows nothing about its peer", () => {
    const { peer } = started()
    expect([peer.socketType, peer.mechanism, peer.routingId.length]).to.deep.equal(["", "NULL", 0])
  })

  it("throws for calls out of order", () => {
    const engine = new RawEngine()
    expect(() => {
      engine.write(message("early"))
    }).to.throw('Cannot write while the engine is in the state "new"')
    expect(() => engine.read()).to.throw('Cannot read while the engine is in the state "new"')
    expect(() => engine.handshake()).to.throw('Cannot handshake while the engine is in the state "new"')
    engine.start()
    expect(() => {
      engine.start()
    }).to.throw('Cannot start while the engine is in the state "traffic"')
    engine.close()
    expect(() => {
      engine.write(message("late"))
    }).to.throw('Cannot write while the engine is in the state "closed"')
  })
})
