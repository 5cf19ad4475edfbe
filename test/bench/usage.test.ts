import { expect } from "chai"
import { existsSync } from "node:fs"
import { cpuTime, peakMemory } from "../../bench/usage.js"
import { skip } from "../support/skip.js"

describe("usage of processes", () => {
  before(function () {
    if (!existsSync("/proc/self/stat")) skip(this, "the benchmark reads /proc, which only Linux has")
  })

  it("matches what Node reports for itself", () => {
    const seconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6
    const [before, found, after] = [process.cpuUsage(), cpuTime(process.pid), process.cpuUsage()]
    // User and system time are each counted in ticks of 10 ms.
    expect(found).to.be.within(seconds(before) - 0.02, seconds(after) + 0.02)
    const { maxRSS } = process.resourceUsage()
    expect(peakMemory(process.pid)).to.be.within(maxRSS * 1024 * 0.9, maxRSS * 1024 * 1.1)
  })

  it("is unknown for a process that does not exist", () => {
    expect([cpuTime(2 ** 30), peakMemory(2 ** 30)]).to.deep.equal([undefined, undefined])
  })
})
