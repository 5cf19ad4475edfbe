import { expect } from "chai"
import { Alarm, now } from "../../../src/transports/epgm/alarm.js"
import { FakeClock } from "../../support/fake-clock.js"

describe("Alarm", () => {
  it("fires once, at the earliest time that it was set to", () => {
    const clock = new FakeClock()
    let rings = 0
    const alarm = new Alarm(clock, () => rings++)
    const begin = now()
    alarm.set(begin + 5000)
    alarm.set(begin + 9000)
    alarm.set(begin + 2000)
    expect(clock.waiting).to.equal(1)
    clock.advance(1000)
    expect(rings).to.equal(0)
    clock.advance(1001)
    expect([rings, clock.waiting]).to.deep.equal([1, 0])
    clock.advance(10_000)
    expect(rings).to.equal(1)
  })

  it("fires immediately for a past time, and never for Infinity or after it was canceled", () => {
    const clock = new FakeClock()
    let rings = 0
    const alarm = new Alarm(clock, () => rings++)
    alarm.set(Infinity)
    expect(clock.waiting).to.equal(0)
    alarm.set(now() - 100)
    clock.advance(0)
    expect(rings).to.equal(1)
    alarm.set(now() + 10)
    alarm.cancel()
    clock.advance(100)
    expect([rings, clock.waiting]).to.deep.equal([1, 0])
  })
})
