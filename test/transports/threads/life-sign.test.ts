import { expect } from "chai"
import { LIFE_SIGN_SIZE, LifeSign } from "../../../src/transports/threads/life-sign.js"

/** A clock that the test sets. */
class Time {
  ms = 1_700_000_000_000
}

const THREAD = 7

describe("LifeSign", () => {
  let memory: SharedArrayBuffer
  let time: Time
  let sign: LifeSign

  beforeEach(() => {
    memory = new SharedArrayBuffer(LIFE_SIGN_SIZE)
    time = new Time()
    sign = new LifeSign(memory, 0, () => time.ms)
  })

  /** The state that another thread would find if this thread had ended: its data remains, but no waiter. */
  function withoutThread(): LifeSign {
    const copy = new SharedArrayBuffer(LIFE_SIGN_SIZE)
    new Uint8Array(copy).set(new Uint8Array(memory))
    return new LifeSign(copy, 0, () => time.ms)
  }

  it("returns no result for a thread that has not signaled yet", () => {
    expect(sign.isGone(THREAD)).to.equal(false)
    sign.assign(THREAD)
    expect(sign.isGone(THREAD)).to.equal(false)
  })

  it("distinguishes a live thread from one that has ended", () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    expect([sign.isGone(THREAD), withoutThread().isGone(THREAD)]).to.deep.equal([false, false])
    time.ms += 1000
    expect([withoutThread().isGone(THREAD), sign.isGone(THREAD)]).to.deep.equal([true, false])
  })

  it("returns no result for another thread, or for the previous owner of the slot", () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    expect(withoutThread().isGone(THREAD + 1)).to.equal(false)
    sign.assign(THREAD + 1)
    expect([withoutThread().isGone(THREAD), withoutThread().isGone(THREAD + 1)]).to.deep.equal([false, false])
    sign.give(THREAD + 1)
    expect([withoutThread().isGone(THREAD), withoutThread().isGone(THREAD + 1)]).to.deep.equal([false, true])
  })

  it("never reports a busy thread as ended, however long and often it is checked", () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    // The event loop does not turn during this loop, which covers about two thousand years.
    for (let pause = 1; pause < 2 ** 46; pause *= 1.01) {
      time.ms += pause
      expect(sign.isGone(THREAD)).to.equal(false)
    }
  })

  it("detects the end of a thread that was busy, after about as long again", () => {
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

  it("allows a check at any time after the thread has answered", async () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    for (let count = 0; count < 100; count++) {
      expect(sign.isGone(THREAD)).to.equal(false)
      expect(withoutThread().isGone(THREAD)).to.equal(false)
      while (!withoutThread().isGone(THREAD)) await new Promise((resolve) => setImmediate(resolve))
    }
  })

  it("allows a check even if the clock was set back", () => {
    sign.assign(THREAD)
    sign.give(THREAD)
    expect(sign.isGone(THREAD)).to.equal(false)
    time.ms -= 3_600_000
    expect(withoutThread().isGone(THREAD)).to.equal(true)
  })

  it("is signaled twice without effect: two realms of a thread each signal", () => {
    sign.assign(THREAD)
    for (let count = 0; count < 3; count++) sign.give(THREAD)
    expect([sign.isGone(THREAD), withoutThread().isGone(THREAD)]).to.deep.equal([false, false])
  })
})
