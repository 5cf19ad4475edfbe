import { expect } from "chai"
import { LIFE_SIGN_SIZE, LifeSign } from "../../../src/transports/threads/life-sign.js"

/** Time that the test sets. */
class Time {
  ms = 1_700_000_000_000
}

const THREAD = 7

describe("a sign of life", () => {
  let memory: SharedArrayBuffer
  let time: Time
  let sign: LifeSign

  beforeEach(() => {
    memory = new SharedArrayBuffer(LIFE_SIGN_SIZE)
    time = new Time()
    sign = new LifeSign(memory, 0, () => time.ms)
  })

  /** The same place as it would be found if this thread were gone: all that it has written is there, and nobody waits. */
  function withoutThread(): LifeSign {
    const copy = new SharedArrayBuffer(LIFE_SIGN_SIZE)
    new Uint8Array(copy).set(new Uint8Array(memory))
    return new LifeSign(copy, 0, () => time.ms)
  }

  it("SHALL say nothing of a thread that has not given it", () => {
    expect(sign.isGone(THREAD)).to.equal(false)
    sign.assign(THREAD)
    expect(sign.isGone(THREAD)).to.equal(false)
  })

  it("SHALL tell a thread that lives from one that is gone", () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    expect([sign.isGone(THREAD), withoutThread().isGone(THREAD)]).to.deep.equal([false, false])
    time.ms += 1000
    expect([withoutThread().isGone(THREAD), sign.isGone(THREAD)]).to.deep.equal([true, false])
  })

  it("SHALL say nothing of another thread, nor of the one that had the place before", () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    expect(withoutThread().isGone(THREAD + 1)).to.equal(false)
    sign.assign(THREAD + 1)
    expect([withoutThread().isGone(THREAD), withoutThread().isGone(THREAD + 1)]).to.deep.equal([false, false])
    sign.give(THREAD + 1)
    expect([withoutThread().isGone(THREAD), withoutThread().isGone(THREAD + 1)]).to.deep.equal([false, true])
  })

  it("SHALL never say that a thread is gone that is busy, however long and often it is asked", () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    // Nothing in this loop lets the event loop turn. It ends after two thousand years.
    for (let pause = 1; pause < 2 ** 46; pause *= 1.01) {
      time.ms += pause
      expect(sign.isGone(THREAD)).to.equal(false)
    }
  })

  it("SHALL find a thread gone that was busy before, after about as long again", () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    for (const busy of [1000, 10_000, 100_000, 10_000_000]) {
      const end = time.ms + busy
      for (; time.ms < end; time.ms += 250) sign.isGone(THREAD)
      const gone = withoutThread()
      const since = time.ms
      while (!gone.isGone(THREAD)) time.ms += 250
      expect(time.ms - since).to.be.at.most(busy + 1000)
      time.ms = since
    }
  })

  it("SHALL be looked for at any time once the thread has answered", async () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    for (let count = 0; count < 100; count++) {
      expect(sign.isGone(THREAD)).to.equal(false)
      expect(withoutThread().isGone(THREAD)).to.equal(false)
      while (!withoutThread().isGone(THREAD)) await new Promise((resolve) => setImmediate(resolve))
    }
  })

  it("SHALL be looked for although the clock was set back", () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    expect(sign.isGone(THREAD)).to.equal(false)
    time.ms -= 3_600_000
    expect(withoutThread().isGone(THREAD)).to.equal(true)
  })

  it("SHALL be given twice for no more than once: two realms of a thread each give it", () => {
    sign.assign(THREAD)
    for (let count = 0; count < 3; count++) sign.give(THREAD)
    expect([sign.isGone(THREAD), withoutThread().isGone(THREAD)]).to.deep.equal([false, false])
  })
})
