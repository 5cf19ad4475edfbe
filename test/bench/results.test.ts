import { expect } from "chai"
import { drawChart } from "../../bench/chart.js"
import { formatFigures } from "../../bench/page.js"
import { describe as describeRow } from "../../bench/report.js"
import {
  cpuPerMessage,
  middle,
  ratio,
  reached,
  strongestRival,
  type Results,
  type RowResult,
  type Run,
} from "../../bench/results.js"
import { OBSTACLES } from "../../bench/rows.js"

const values = (...values: number[]): Run[] => values.map((value) => ({ value }))

const RATES: RowResult = {
  name: "push-pull 16 B",
  transport: "tcp",
  unit: "msg/s",
  runs: {
    zmtp: values(3e6, 5e6, 4e6),
    "zeromq.js": values(2e5),
    "omq-tokio": values(8e6, 2e6, 5e6),
    "net.Socket": values(1e8),
  },
  missing: { rzmq: "left out, cargo is not installed" },
  targets: { "omq-tokio": 1.05, "zeromq.js": 14 },
}

const RESULTS: Results = {
  date: "2026-01-02",
  machine: "1 × Abacus",
  versions: { zmtp: "1" },
  rounds: 3,
  rows: [RATES],
}

describe("results of the benchmark", () => {
  it("compares medians", () => {
    expect(middle(RATES, "zmtp")).to.equal(4e6)
    expect(ratio(RATES, "omq-tokio")).to.equal(0.8)
    expect([reached(RATES, "omq-tokio"), reached(RATES, "zeromq.js")]).to.deep.equal([false, true])
  })

  it("treats less as better if the unit is a time", () => {
    const times: RowResult = { ...RATES, unit: "µs", targets: { "omq-tokio": 0.9 } }
    expect(reached(times, "omq-tokio")).to.equal(true)
    expect(strongestRival(times)).to.equal("zeromq.js")
  })

  it("finds the strongest competitor among ZeroMQ implementations, excluding plain sockets", () => {
    expect(strongestRival(RATES)).to.equal("omq-tokio")
  })

  it("divides CPU time by the number of messages, and multiplies it by the time of a round trip", () => {
    const runs = { zmtp: [{ value: 1e6, cpu: 1.5 }] }
    expect(cpuPerMessage({ ...RATES, runs }, "zmtp")).to.be.closeTo(1.5, 1e-9)
    const trips = { zmtp: [{ value: 80, cpu: 0.5 }] }
    expect(cpuPerMessage({ ...RATES, unit: "µs", runs: trips }, "zmtp")).to.equal(40)
  })

  it("prints figures, ratios, targets, and the reason why a contestant is omitted", () => {
    const text = describeRow(RATES)
    expect(text).to.match(/zmtp +4\.00 M\/s \(3\.00 M\/s–5\.00 M\/s\)/)
    expect(text).to.match(/omq-tokio .* 0\.80 +1\.05 ✗/)
    expect(text).to.match(/zeromq\.js .* 20\.00 +14 ✓/)
    expect(text).to.contain("rzmq: left out, cargo is not installed")
  })

  it("draws the strongest competitor by name", () => {
    const bars = [...drawChart(RESULTS).matchAll(/class="figure"[^>]*>([^<]*)/g)].map(([, label]) => label)
    expect(bars).to.deep.equal(["4.00 M/s", "5.00 M/s omq-tokio", "200 k/s"])
  })

  it("lists on the page which targets are missed, and why", () => {
    const page = formatFigures(RESULTS, "speed.svg")
    const section = page.slice(page.indexOf("## Missed targets"), page.indexOf("## Cold"))
    const rows = section.split("\n").filter((line) => line.startsWith("| push-pull"))
    expect(rows.map((row) => row.split("|").map((cell) => cell.trim()))).to.deep.equal([
      ["", "push-pull 16 B", "omq-tokio", "0.80", "1.05", OBSTACLES[0]![1], ""],
    ])
    const fast = { ...RESULTS, rows: [{ ...RATES, targets: { "zeromq.js": 14 } }] }
    expect(formatFigures(fast, "speed.svg")).to.not.contain("Missed targets")
  })

  it("writes a page with a column for each contestant that has a figure", () => {
    const heading = formatFigures(RESULTS, "speed.svg")
      .split("\n")
      .find((line) => line.startsWith("|"))!
    expect(heading.split("|").map((cell) => cell.trim())).to.deep.equal([
      "",
      "",
      "zmtp",
      "zeromq.js",
      "omq-tokio",
      "net.Socket",
      "",
    ])
  })
})
