import { expect } from "chai"
import { Counters } from "../../src/core/counters.js"

describe("Counters", () => {
  it("begins with nothing", () => {
    expect(Object.fromEntries(Object.entries(new Counters()))).to.deep.equal({
      sent: 0,
      received: 0,
      dropped: 0,
      repaired: 0,
      bytesIn: 0,
      bytesOut: 0,
      reconnects: 0,
      handshakeFailures: 0,
      sources: [],
    })
  })

  it("adds what other threads have counted", () => {
    const counters = new Counters()
    counters.bytesIn = 1
    for (const bytesIn of [10, 100]) counters.sources.push({ bytesIn } as (typeof counters.sources)[number])
    expect(counters.total("bytesIn")).to.equal(111)
    expect(counters.bytesIn).to.equal(1)
  })
})
