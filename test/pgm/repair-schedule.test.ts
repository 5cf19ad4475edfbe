import { expect } from "chai"
import { Gaps } from "../../src/pgm/gaps.js"
import { MAX_REQUESTED } from "../../src/pgm/limits.js"
import {
  BACK_OFF,
  CONFIRMATION_TIMEOUT,
  MAX_ATTEMPTS,
  REPAIR_TIMEOUT,
  RepairSchedule,
} from "../../src/pgm/repair-schedule.js"

function schedule({ recoveryInterval = 1e9, random = (): number => 0.5 } = {}) {
  const schedule = new RepairSchedule(recoveryInterval, random)
  const gaps = new Gaps()
  return {
    gaps,
    schedule,
    miss: (first: number, last: number, now = 0) => {
      gaps.append(schedule.missed({ first, last }, now))
    },
    ask: (now: number) => schedule.requests(gaps, now).sequences,
    states: () => [...gaps].map(({ first, last, repair }) => [first, last, repair.kind]),
  }
}

describe("repairs (RFC 3208, section 6.3)", () => {
  it("are requested after a random part of the back-off interval", () => {
    for (const part of [0, 0.25, 0.999]) {
      const { schedule: repairs, gaps, miss, ask } = schedule({ random: () => part })
      miss(5, 6, 100)
      expect(repairs.nextDue(gaps)).to.equal(100 + part * BACK_OFF)
      if (part > 0) expect(ask(99 + part * BACK_OFF)).to.deep.equal([])
      expect(ask(100 + part * BACK_OFF)).to.deep.equal([5, 6])
      expect(repairs.nextDue(gaps)).to.equal(100 + part * BACK_OFF + CONFIRMATION_TIMEOUT)
    }
  })

  it("are not requested if another receiver's request was confirmed in the meantime", () => {
    const { schedule: repairs, gaps, miss, ask, states } = schedule()
    miss(5, 7)
    repairs.confirm(gaps, 6, 10)
    repairs.confirm(gaps, 9, 10)
    expect(states()).to.deep.equal([
      [5, 5, "backing-off"],
      [6, 6, "confirmed"],
      [7, 7, "backing-off"],
    ])
    expect(ask(25)).to.deep.equal([5, 7])
    expect(ask(10 + REPAIR_TIMEOUT - 1)).to.deep.equal([])
  })

  it("are requested again without a confirmation, after another back-off", () => {
    const { schedule: repairs, gaps, miss, ask } = schedule()
    miss(5, 5)
    expect(repairs.requests(gaps, 25)).to.deep.equal({ sequences: [5], repeated: false })
    expect(ask(224)).to.deep.equal([])
    expect(ask(225)).to.deep.equal([])
    expect(repairs.nextDue(gaps)).to.equal(250)
    expect(repairs.requests(gaps, 250)).to.deep.equal({ sequences: [5], repeated: true })
  })

  it("are requested again if no repair follows a confirmation, from the same address", () => {
    const { schedule: repairs, gaps, miss, ask } = schedule()
    miss(5, 5)
    ask(25)
    repairs.confirm(gaps, 5, 30)
    expect(repairs.nextDue(gaps)).to.equal(30 + REPAIR_TIMEOUT)
    expect(ask(229)).to.deep.equal([])
    expect(ask(230)).to.deep.equal([])
    expect(repairs.requests(gaps, 255)).to.deep.equal({ sequences: [5], repeated: false })
  })

  it(`are given up after ${MAX_ATTEMPTS} requests without a confirmation`, () => {
    const { schedule: repairs, gaps, miss, states } = schedule()
    miss(5, 5)
    let requests = 0
    let now = 0
    for (; states()[0]![2] !== "lost"; now = repairs.nextDue(gaps)) {
      requests += repairs.requests(gaps, now).sequences.length
    }
    expect([requests, now]).to.deep.equal([MAX_ATTEMPTS, Infinity])
    for (const later of [1e6, 2e6]) expect(repairs.requests(gaps, later).sequences).to.deep.equal([])
    expect([states(), repairs.nextDue(gaps)]).to.deep.equal([[[5, 5, "lost"]], Infinity])
  })

  it(`are given up after ${MAX_ATTEMPTS} confirmations without a repair`, () => {
    const { schedule: repairs, gaps, miss, states } = schedule()
    miss(5, 5)
    let requests = 0
    for (let now = 0; states()[0]![2] !== "lost"; now = repairs.nextDue(gaps)) {
      const asked = repairs.requests(gaps, now).sequences.length
      if (asked > 0) repairs.confirm(gaps, 5, now)
      requests += asked
    }
    expect(requests).to.equal(MAX_ATTEMPTS)
    repairs.confirm(gaps, 5, 0)
    expect(states()).to.deep.equal([[5, 5, "lost"]])
  })

  for (const confirmed of [0, 1]) {
    it(`count attempts with and without a confirmation separately, beginning with${confirmed === 0 ? "" : "out"} one`, () => {
      const { schedule: repairs, gaps, miss, states } = schedule()
      miss(5, 5)
      let requests = 0
      for (let now = 0; states()[0]![2] !== "lost"; now = repairs.nextDue(gaps)) {
        if (repairs.requests(gaps, now).sequences.length === 0) continue
        if (requests++ % 2 === confirmed) repairs.confirm(gaps, 5, now)
      }
      expect(requests).to.equal(2 * MAX_ATTEMPTS - 1)
    })
  }

  for (const extra of [0, 10]) {
    it(`wait unchanged while ${MAX_REQUESTED + extra} packets that others requested are on their way`, () => {
      const { schedule: repairs, gaps, miss, ask, states } = schedule()
      miss(0, 9)
      expect([ask(25).length, ask(225).length]).to.deep.equal([10, 0])
      miss(100, 99 + MAX_REQUESTED + extra, 225)
      for (let index = 0; index < MAX_REQUESTED + extra; index++) repairs.confirm(gaps, 100 + index, 230)
      const before = states()
      expect(before[0]).to.deep.equal([0, 9, "backing-off"])
      expect(repairs.requests(gaps, 250)).to.deep.equal({ sequences: [], repeated: false })
      expect(states()).to.deep.equal(before)
      for (let index = 0; index < extra + 2; index++) gaps.remove(100 + index)
      expect(repairs.requests(gaps, 251)).to.deep.equal({ sequences: [0, 1], repeated: true })
    })
  }

  it("are given up after the recovery interval, in any state", () => {
    const { schedule: repairs, gaps, miss, ask, states } = schedule({ recoveryInterval: 40 })
    miss(1, 1, 0)
    miss(3, 3, 20)
    miss(5, 5, 30)
    ask(25)
    repairs.confirm(gaps, 1, 30)
    expect(repairs.nextDue(gaps)).to.equal(40)
    ask(39)
    expect(states().map(([, , kind]) => kind)).to.deep.equal(["confirmed", "backing-off", "backing-off"])
    ask(40)
    expect(states().map(([, , kind]) => kind)).to.deep.equal(["lost", "backing-off", "backing-off"])
    ask(70)
    expect(states().map(([, , kind]) => kind)).to.deep.equal(["lost", "lost", "lost"])
  })

  it(`are limited to ${MAX_REQUESTED} at once; others wait for their turn`, () => {
    const { schedule: repairs, gaps, miss, ask } = schedule()
    miss(0, 1)
    miss(10, 10 + MAX_REQUESTED)
    const first = ask(25)
    expect([first.length, first[0], first[2], first.at(-1)]).to.deep.equal([MAX_REQUESTED, 0, 10, MAX_REQUESTED + 7])
    expect(ask(26)).to.deep.equal([])
    for (const sequence of first.slice(0, 2)) gaps.remove(sequence)
    expect(ask(27)).to.deep.equal([MAX_REQUESTED + 8, MAX_REQUESTED + 9])
    repairs.confirm(gaps, 10, 28)
    gaps.remove(11)
    expect(ask(29)).to.deep.equal([MAX_REQUESTED + 10])
  })

  it("are never due when no packet is missing", () => {
    const { schedule: repairs, gaps } = schedule()
    expect(repairs.nextDue(gaps)).to.equal(Infinity)
    expect(repairs.requests(gaps, 0)).to.deep.equal({ sequences: [], repeated: false })
  })
})
