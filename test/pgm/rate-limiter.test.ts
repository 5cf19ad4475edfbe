import { expect } from "chai"
import { RateLimiter } from "../../src/pgm/rate-limiter.js"

/**
 * Number of bytes that the limiter admits from `from` on within `duration` ms, in packets of `size` bytes sent as early
 * as possible.
 */
function passed(limiter: RateLimiter, size: number, from: number, duration: number): number {
  let bytes = 0
  for (let now = from; now < from + duration; now++) while (limiter.take(size, now)) bytes += size
  return bytes
}

describe("the rate limit (RFC 3208, section 5.1.2)", () => {
  it("allows a burst of one second at low rates, as OpenPGM does, then the rate", () => {
    const limiter = new RateLimiter(100, 1500, 0)
    expect(passed(limiter, 125, 0, 1)).to.equal(12_500)
    expect(passed(limiter, 125, 1, 4000)).to.be.within(49_500, 50_125)
  })

  it("allows a burst of 64 KiB at higher rates, and of 4 ms at the highest", () => {
    expect(passed(new RateLimiter(10_000, 1500, 0), 64, 0, 1)).to.equal(65_536)
    expect(passed(new RateLimiter(1_000_000, 1500, 0), 1000, 0, 1)).to.equal(500_000)
  })

  it("compensates for late timers, but not for idle time", () => {
    const limiter = new RateLimiter(1_000_000, 1500, 0)
    expect(passed(limiter, 1000, 0, 1)).to.equal(500_000)
    expect(passed(limiter, 1000, 3, 1)).to.equal(375_000)
    expect(passed(limiter, 1000, 1003, 1)).to.equal(500_000)
  })

  it("returns when there is room", () => {
    const limiter = new RateLimiter(8, 1500, 100)
    expect(limiter.readyAt(1500)).to.equal(100)
    expect(limiter.take(1500, 100)).to.equal(true)
    expect([limiter.take(1, 100), limiter.readyAt(100), limiter.readyAt(1)]).to.deep.equal([false, 200, 101])
    expect([limiter.take(100, 199), limiter.take(100, 200)]).to.deep.equal([false, true])
  })

  it("allows the largest packet eventually, at any rate", () => {
    const limiter = new RateLimiter(1, 65_535, 0)
    expect(limiter.take(65_535, 0)).to.equal(true)
    expect(limiter.take(65_535, limiter.readyAt(65_535))).to.equal(true)
  })

  it("counts packets that are sent regardless", () => {
    const limiter = new RateLimiter(8, 1500, 0)
    limiter.force(2000, 0)
    expect(limiter.readyAt(100)).to.equal(600)
    limiter.force(0, 50)
    expect(limiter.readyAt(100)).to.equal(600)
  })

  it("counts packets that are sent regardless after idle time, which is not saved up for them", () => {
    const limiter = new RateLimiter(8, 1500, 0)
    limiter.force(2000, 0)
    limiter.force(100, 2500)
    expect([limiter.readyAt(1400), limiter.take(1401, 2500), limiter.take(1400, 2500)]).to.deep.equal([
      2500,
      false,
      true,
    ])
  })

  it("takes back nothing when the clock goes backward", () => {
    const limiter = new RateLimiter(8, 1500, 1000)
    expect(limiter.take(1500, 10)).to.equal(true)
    expect([limiter.take(1, 1000), limiter.take(1, 1001)]).to.deep.equal([false, true])
  })

  it("tolerates a clock that stops or goes backward", () => {
    const limiter = new RateLimiter(8, 1500, 10)
    limiter.take(1500, 10)
    expect(limiter.take(1, 5)).to.equal(false)
    expect(limiter.readyAt(10)).to.equal(20)
  })
})
