import { expect } from "chai"
import { RateLimiter } from "../../src/pgm/rate-limiter.js"

/** Bytes of `size` each that pass from `from` on within `duration` ms, whenever there is room. */
function passed(limiter: RateLimiter, size: number, from: number, duration: number): number {
  let bytes = 0
  for (let now = from; now < from + duration; now++) while (limiter.take(size, now)) bytes += size
  return bytes
}

describe("The rate limit (RFC 3208, section 5.1.2)", () => {
  it("SHALL let a second's worth pass at once at low rates, as OpenPGM does, then the rate", () => {
    const limiter = new RateLimiter(100, 1500, 0)
    expect(passed(limiter, 125, 0, 1)).to.equal(12_500)
    expect(passed(limiter, 125, 1, 4000)).to.be.within(49_500, 50_125)
  })

  it("SHALL let 64 KiB pass at once at higher rates, and 4 ms' worth at the highest", () => {
    expect(passed(new RateLimiter(10_000, 1500, 0), 64, 0, 1)).to.equal(65_536)
    expect(passed(new RateLimiter(1_000_000, 1500, 0), 1000, 0, 1)).to.equal(500_000)
  })

  it("SHALL make up for late timers, but not for silence", () => {
    const limiter = new RateLimiter(1_000_000, 1500, 0)
    expect(passed(limiter, 1000, 0, 1)).to.equal(500_000)
    expect(passed(limiter, 1000, 3, 1)).to.equal(375_000)
    expect(passed(limiter, 1000, 1003, 1)).to.equal(500_000)
  })

  it("SHALL say when there is room", () => {
    const limiter = new RateLimiter(8, 1500, 100)
    expect(limiter.readyAt(1500)).to.equal(100)
    expect(limiter.take(1500, 100)).to.equal(true)
    expect([limiter.take(1, 100), limiter.readyAt(100), limiter.readyAt(1)]).to.deep.equal([false, 200, 101])
    expect([limiter.take(100, 199), limiter.take(100, 200)]).to.deep.equal([false, true])
  })

  it("SHALL let the largest packet pass at some time, at any rate", () => {
    const limiter = new RateLimiter(1, 65_535, 0)
    expect(limiter.take(65_535, 0)).to.equal(true)
    expect(limiter.take(65_535, limiter.readyAt(65_535))).to.equal(true)
  })

  it("SHALL count what goes out in any case", () => {
    const limiter = new RateLimiter(8, 1500, 0)
    limiter.force(2000, 0)
    expect(limiter.readyAt(100)).to.equal(600)
    limiter.force(0, 50)
    expect(limiter.readyAt(100)).to.equal(600)
  })

  it("SHALL NOT be confused by a clock that stands or goes back", () => {
    const limiter = new RateLimiter(8, 1500, 10)
    limiter.take(1500, 10)
    expect(limiter.take(1, 5)).to.equal(false)
    expect(limiter.readyAt(10)).to.equal(20)
  })
})
