import { expect } from "chai"
import { Backoff } from "../../src/transports/backoff.js"

const take = (backoff: Backoff, count: number): (number | undefined)[] =>
  Array.from({ length: count }, () => backoff.next())

/** The result of `act` while `Math.random` returns `value`. */
function withRandom<T>(value: number, act: () => T): T {
  const { random } = Math
  Math.random = () => value
  try {
    return act()
  } finally {
    Math.random = random
  }
}

describe("Backoff", () => {
  it("waits the interval plus up to as much again (ZMQ_RECONNECT_IVL)", () => {
    for (const delay of take(new Backoff(100, 0), 1000)) expect(delay).to.be.within(100, 199)
    const delays = [0, 0.5, 0.999].map((part) => withRandom(part, () => new Backoff(100, 0).next()))
    expect(delays).to.deep.equal([100, 150, 199])
  })

  it("doubles the interval up to the maximum (ZMQ_RECONNECT_IVL_MAX)", () => {
    expect(take(new Backoff(100, 500), 5)).to.deep.equal([100, 200, 400, 500, 500])
  })

  it("restarts from the interval after a connection", () => {
    const backoff = new Backoff(100, 500)
    take(backoff, 4)
    backoff.reset()
    expect(take(backoff, 2)).to.deep.equal([100, 200])
  })

  it("never waits longer than the maximum", () => {
    expect(take(new Backoff(100, 50), 2)).to.deep.equal([50, 50])
    expect(take(new Backoff(100, 1), 2)).to.deep.equal([1, 1])
  })

  it("can wait 1 ms", () => {
    expect([...take(new Backoff(1, 0), 2), ...take(new Backoff(1, 3), 3)]).to.deep.equal([1, 1, 1, 2, 3])
  })

  it("returns no delay without an interval", () => {
    for (const interval of [0, -1]) expect(new Backoff(interval, 500).next()).to.equal(undefined)
  })

  it("doubles the interval without a maximum only after attempts that a peer accepted, up to 30 s", () => {
    const backoff = new Backoff(100, 0)
    for (let interval = 100; interval < 30_000; interval *= 2) {
      expect(backoff.next(true)).to.be.within(interval, Math.min(2 * interval, 30_000))
    }
    expect(backoff.next(true)).to.equal(30_000)
    expect(backoff.grown).to.equal(true)
    backoff.reset()
    expect(backoff.grown).to.equal(false)
    expect(backoff.next()).to.be.within(100, 199)
  })

  it("never waits longer than twice an interval of more than 15 s", () => {
    const backoff = new Backoff(20_000, 0)
    backoff.next(true)
    expect(withRandom(0.999, () => backoff.next(true))).to.equal(40_000)
  })

  it("never returns less than an interval of more than 30 s", () => {
    const backoff = new Backoff(60_000, 0)
    for (let count = 0; count < 100; count++) expect(backoff.next(true)).to.be.within(60_000, 120_000)
  })
})
