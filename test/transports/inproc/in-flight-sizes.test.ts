import { expect } from "chai"
import fc from "fast-check"
import { InFlightSizes } from "../../../src/transports/inproc/in-flight-sizes.js"
import { collectGarbage } from "../../support/garbage.js"
import { RUNTIME } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"

describe("InFlightSizes", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 40 })

  it("counts the bytes of the newest messages, however many are received at once", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(sizes, fc.nat(60)), { maxLength: 8 }), fc.nat(60), (rounds, limit) => {
        const unreceived = new InFlightSizes()
        let waiting: number[] = []
        for (const [sent, received] of rounds) {
          for (const size of sent) unreceived.push(size)
          waiting = [...waiting, ...sent].slice(received)
          unreceived.keep(waiting.length)
          expect(unreceived.bytes).to.equal(sum(waiting))
          let within = waiting.length
          while (sum(waiting.slice(waiting.length - within)) > limit) within--
          expect(unreceived.newestWithin(limit)).to.equal(within === waiting.length ? Infinity : within)
        }
      }),
    )
  })

  it("returns how many of two messages are within a size", () => {
    const unreceived = new InFlightSizes()
    for (const size of [5, 1]) unreceived.push(size)
    expect([0, 1, 5, 6].map((bytes) => unreceived.newestWithin(bytes))).to.deep.equal([0, 1, 1, Infinity])
  })

  it("works for any number of messages", () => {
    const unreceived = new InFlightSizes()
    for (let count = 0; count < 10_000; count++) {
      unreceived.push(3)
      unreceived.keep(2)
    }
    expect([unreceived.bytes, unreceived.newestWithin(3)]).to.deep.equal([6, 1])
  })

  it("takes no memory for received messages", function () {
    if (RUNTIME === "Bun") skip(this, "JavaScriptCore does not report the memory that is in use")
    const unreceived = new InFlightSizes()
    const used = (messages: number): number => {
      for (let count = 0; count < messages; count++) {
        unreceived.push(3)
        unreceived.keep(2)
      }
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const before = used(5000)
    expect(used(300_000) - before).to.be.below(1_000_000)
    expect(unreceived.bytes).to.equal(6)
  })
})

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0)
}
