/**
 * Compares this library, as built, with other implementations of ZeroMQ. Each figure is measured in separate processes, and the
 * contestants alternate in each round, so that noise on the machine affects all of them equally. The result is the
 * ratio of the medians. See README.md beside this file.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { readOptions, rejectUsage } from "../scripts/options.mjs"
import { drawChart } from "./chart.js"
import { BEFORE, ON_REQUEST, OURS, withBefore, type Contestant, type Program } from "./contestants.js"
import { measure, type Duration } from "./measure.js"
import { updatePage } from "./page.js"
import { describeRuntime, linkBefore, prepare, type Prepared } from "./programs.js"
import { describe, fullName, LEGEND, origin } from "./report.js"
import type { Results, RowResult, Run } from "./results.js"
import { ROWS, type Row } from "./rows.js"

const CHART = "docs/speed.svg"

const values = readOptions("npm run bench -- [options]", {
  list: { type: "boolean", description: "print the names of the rows" },
  only: { type: "string", value: "TEXT", multiple: true, description: "measure only rows whose name contains this" },
  against: {
    type: "string",
    value: "NAME",
    multiple: true,
    choices: [...new Set(ROWS.flatMap(({ contestants }) => contestants.map(({ name }) => name)))],
    description: "measure only this contestant besides zmtp",
  },
  peers: {
    type: "string",
    value: "NAME",
    multiple: true,
    choices: ON_REQUEST,
    description: "add a contestant that is not measured otherwise",
  },
  before: {
    type: "string",
    value: "FOLDER",
    description: "compare with the build of zmtp in this checkout of the repository, instead of with other contestants",
  },
  rounds: { type: "integer", default: 5, least: 1, description: "number of runs of each contestant" },
  seconds: { type: "number", default: 1, above: 0, description: "duration of a run" },
  runtime: { type: "string", value: "FILE", default: process.execPath, description: "the Node or Bun to measure" },
  json: { type: "string", value: "FILE", description: "write the results to this file" },
  from: { type: "string", value: "FILE", description: "read the results from this file instead of measuring" },
  page: { type: "boolean", description: `write docs/figures.md and ${CHART}` },
  chart: { type: "string", value: "FILE", description: "write the chart to this file" },
})

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
  const rows = ROWS.filter(
    (row) => values.only.length === 0 || values.only.some((part) => fullName(row).includes(part)),
  ).map((row) => ({ ...row, contestants: contestantsOf(row) }))
  if (values.before !== undefined) linkBefore(values.before)
  if (rows.length === 0) rejectUsage(`No row matches --only ${values.only.join(" --only ")}; see --list`)
  const { programs, missing, versions } = prepareAll(rows.flatMap(({ contestants }) => contestants))
  const { rounds } = values
  const date = new Date().toISOString().slice(0, 10)
  const results = { date, machine: machine(), versions, rounds, rows: [] as RowResult[] }
  console.log(
    `${origin(results)}\n${rounds} rounds: median (lowest–highest), and the ratio of the medians, ours to theirs.\n${LEGEND}\n`,
  )
  for (const row of rows) {
    const result = await run(row, rounds, programs, missing)
    console.log(describe(result))
    results.rows.push(result)
    if (values.json !== undefined) save(values.json, results)
  }
  return results
}

function contestantsOf({ contestants }: Row): Contestant[] {
  const all = values.before === undefined ? contestants : withBefore(contestants)
  return all.filter(wanted)
}

function wanted({ name }: Contestant): boolean {
  if (name === OURS || name === BEFORE || values.peers.includes(name) || values.against.includes(name)) return true
  return values.against.length === 0 && values.before === undefined && !ON_REQUEST.includes(name)
}

/** Builds what the contestants need. */
function prepareAll(contestants: readonly Contestant[]) {
  const programs = new Map<Program, Prepared>()
  const missing = new Map<Program, string>()
  for (const program of new Set(contestants.flatMap(programsOf))) {
    const preparation = prepare(program, values.runtime)
    if ("missing" in preparation) missing.set(program, preparation.missing)
    else programs.set(program, preparation)
  }
  const versions: Record<string, string> = {}
  for (const { name, program } of contestants) {
    const version = programs.get(program)?.version
    // Variants of zmtp, such as its warm rate, have the same version.
    const ownVariant = program === "zmtp" && name !== OURS
    if (!ownVariant && version !== undefined && version !== "") versions[name] = version
  }
  for (const [program, reason] of missing) console.log(`Left out: ${program}, because ${reason}`)
  return { programs, missing, versions }
}

function programsOf({ program, visitor }: Contestant): Program[] {
  return visitor === undefined ? [program] : [program, visitor]
}

async function run(
  row: Row,
  rounds: number,
  programs: ReadonlyMap<Program, Prepared>,
  unprepared: ReadonlyMap<Program, string>,
): Promise<RowResult> {
  const { name, transport, unit, targets, limit, longer = 1 } = row
  const seconds = values.seconds * longer
  const duration: Duration = { warmUp: seconds * 500, measured: seconds * 1000 }
  const runs: Record<string, Run[]> = {}
  const missing: Record<string, string> = {}
  const contestants = row.contestants.filter((contestant) => {
    const lacking = programsOf(contestant).find((program) => unprepared.has(program))
    if (lacking !== undefined) missing[contestant.name] = `left out, because ${unprepared.get(lacking)}`
    return lacking === undefined
  })
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      try {
        const run = await measure(contestant, row, duration, programs)
        ;(runs[contestant.name] ??= []).push(run)
      } catch (error) {
        // Fail if one of our own figures is missing.
        if (contestant.program === "zmtp") throw error
        missing[contestant.name] = `failed in round ${round + 1}, ${(error as Error).message}`
      }
    }
  }
  return { name, transport, unit, runs, missing, targets, limit }
}

function save(path: string, results: Results): void {
  writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`)
}

function machine(): string {
  const processor = `${cpus().length} × ${cpus()[0]!.model.trim()}`
  return `${processor}, ${describeRuntime(values.runtime)}, ${process.platform} ${process.arch}`
}
