import { expect } from "chai"
import { AMBIENT_INTERVAL, SpmSchedule } from "../../src/pgm/spm-schedule.js"

/** The times at which SPMs are sent, up to `end`. */
function times(schedule: SpmSchedule, end: number): number[] {
  const sent: number[] = []
  for (let now = schedule.due; now <= end; now = schedule.due) {
    sent.push(now)
    schedule.spmSent(now)
  }
  return sent
}

describe("SPMs (RFC 3208, section 5.1.5)", () => {
  it("are sent every 30 s without data", () => {
    expect(AMBIENT_INTERVAL).to.equal(30_000)
    expect(times(new SpmSchedule(0), 100_000)).to.deep.equal([30_000, 60_000, 90_000])
  })

  it("are sent less and less often after data, at libzmq's intervals", () => {
    const schedule = new SpmSchedule(0)
    schedule.dataSent(1000)
    const expected = [1100, 1200, 1300, 1400, 2700, 9700, 25_700, 50_700, 80_700, 110_700]
    expect(times(schedule, 120_000)).to.deep.equal(expected)
  })

  it("wait for a pause in data, but at most a second", () => {
    const schedule = new SpmSchedule(0)
    const sent: number[] = []
    for (let now = 0; now < 2500; now += 50) {
      if (schedule.due <= now) {
        sent.push(now)
        schedule.spmSent(now)
      }
      schedule.dataSent(now)
    }
    expect(sent).to.deep.equal([1000, 2000])
  })

  it("restart with every packet", () => {
    const schedule = new SpmSchedule(0)
    schedule.dataSent(0)
    expect(times(schedule, 450)).to.deep.equal([100, 200, 300, 400])
    schedule.dataSent(1000)
    expect(times(schedule, 1250)).to.deep.equal([1100, 1200])
  })
})
