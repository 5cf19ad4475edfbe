import { expect } from "chai"
import { freePort } from "../support/endpoints.js"
import { runExample } from "../support/example.js"
import { hasMulticast } from "../support/multicast.js"
import { skip } from "../support/skip.js"

describe("the example of market data by multicast", function () {
  this.timeout(90_000)

  it("delivers every quote to every reader in order, and reports repairs", async function () {
    if (!(await hasMulticast())) skip(this, "no multicast over loopback")
    const group = `239.${(process.pid >> 8) & 255}.${process.pid & 255}.88`
    const lines = await runExample("market-data", "2", "10000", `epgm://127.0.0.1;${group}:${await freePort()}`)
    expect(lines.at(-1)).to.match(/^10000 quotes, sent once for 2 readers: [\d.]+ MB$/)
    for (const reader of [0, 1]) {
      const end = lines.find((line) => line.startsWith(`reader ${reader} has all`))
      expect(end).to.match(/^reader \d has all 10000 quotes: \d+ packets repaired, 0 lost$/)
      const progress = lines.filter((line) => line.startsWith(`reader ${reader}: `))
      expect(progress.map((line) => Number(line.split(" ")[2]))).to.deep.equal([2000, 4000, 6000, 8000, 10_000])
    }
  })
})
