/**
 * Measures this library, as built, against zeromq.js, libzmq in C and a bare `net.Socket`. Every figure comes from
 * processes of its own; the contestants take turns in each round, so that a noisy machine disturbs all of them alike,
 * and the ratio of the medians is what counts. See README.md beside this file.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { drawChart } from "./chart.js"
import { compileLibzmq } from "./libzmq.js"
import { measure, type Duration } from "./measure.js"
import { describe, updatePage } from "./report.js"
import type { Results, RowResult } from "./results.js"
import { ROWS, type Row } from "./rows.js"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string", multiple: true, default: [] },
    seconds: { type: "string", default: "1" },
    json: { type: "string" },
    from: { type: "string" },
    chart: { type: "string" },
    page: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
})

const CHART = "docs/speed.svg"

const libzmq = compileLibzmq()

if (values.list) for (const row of ROWS) console.log(fullName(row))
else {
  const results =
    values.from === undefined ? await runAll() : (JSON.parse(readFileSync(values.from, "utf8")) as Results)
  if (values.from !== undefined) for (const row of results.rows) console.log(describe(row))
  if (values.json !== undefined) save(values.json, results)
  if (values.page) updatePage("docs/figures.md", results, "speed.svg")
  const chart = values.chart ?? (values.page ? CHART : undefined)
  if (chart !== undefined) writeFileSync(chart, drawChart(results))
}

async function runAll(): Promise<Results> {
  const rounds = Number(values.rounds)
  const duration: Duration = { warmUp: Number(values.seconds) * 500, measured: Number(values.seconds) * 1000 }
  const results = { machine: machine(), rounds, rows: [] as RowResult[] }
  console.log(`${results.machine}\n${rounds} rounds: median (lowest–highest), ratio of medians\n`)
  if ("missing" in libzmq) console.log(`Left out: libzmq in C, because ${libzmq.missing}\n`)
  for (const row of ROWS.filter(wanted)) {
    const result = await run(row, rounds, duration)
    console.log(describe(result))
    results.rows.push(result)
    if (values.json !== undefined) save(values.json, results)
  }
  return results
}

async function run(row: Row, rounds: number, duration: Duration): Promise<RowResult> {
  const figures: Record<string, number[]> = {}
  const missing: Record<string, string> = {}
  for (let round = 0; round < rounds; round++) {
    for (const contestant of row.contestants) {
      if (contestant.program === "libzmq" && "missing" in libzmq) {
        missing[contestant.name] = libzmq.missing
        continue
      }
      const program = "program" in libzmq ? libzmq.program : undefined
      const figure = await measure(contestant, row, duration, program)
      ;(figures[contestant.name] ??= []).push(figure)
    }
  }
  const { name, transport, unit, targets, limit } = row
  return { name, transport, unit, figures, missing, targets, limit }
}

function wanted(row: Row): boolean {
  return values.only.length === 0 || values.only.some((part) => fullName(row).includes(part))
}

function fullName({ name, transport }: Row): string {
  return `${name}, ${transport}`
}

function save(path: string, results: Results): void {
  writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`)
}

function machine(): string {
  const { version } = createRequire(import.meta.url)("zeromq/package.json") as { version: string }
  const processor = `${cpus().length} × ${cpus()[0]!.model.trim()}`
  return `${processor}, Node ${process.versions.node}, ${process.platform} ${process.arch}, zeromq.js ${version}`
}
