/**
 * Measures this library, as built, against zeromq.js and a bare `net.Socket`. Every figure comes from two processes;
 * the contestants take turns in each round, so that a noisy machine disturbs all of them alike, and the ratio of the
 * medians is what counts. Usage: `npm run bench [-- --rounds 5] [--only push-pull] [--json FILE]`
 */
import { writeFileSync } from "node:fs"
import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { measure, type Contestant, type Work } from "./measure.js"

interface Row extends Work {
  readonly name: string
  /** `rate` in messages per second, more is better; `time` for one round trip in µs, less is better. */
  readonly unit: "rate" | "time"
  /** What the ratio of ours to theirs must reach, by contestant. */
  readonly targets: Readonly<Record<string, number>>
}

const OURS: Contestant = { name: "zmtp", program: "zmq.mjs", library: "zmtp" }
const THEIRS: readonly Contestant[] = [
  { name: "zeromq", program: "zmq.mjs", library: "zeromq" },
  { name: "net", program: "net.mjs", library: "net" },
]

const PUSH_PULL = ["pull", "push"] as const
const REQ_REP = ["rep", "req"] as const

const ROWS: readonly Row[] = [
  row("push-pull 16 B", "tcp", 16, 2_000_000, { zeromq: 14 }),
  row("push-pull 256 B", "tcp", 256, 1_000_000, { zeromq: 9 }),
  row("push-pull 1 KiB", "tcp", 1024, 600_000, { zeromq: 4.5 }),
  row("push-pull 16 KiB", "tcp", 16 * 1024, 80_000, { net: 0.8 }),
  row("push-pull 64 KiB", "tcp", 64 * 1024, 30_000, { zeromq: 1, net: 0.8 }),
  row("push-pull 1 MiB", "tcp", 1024 * 1024, 2_000, { net: 0.8 }),
  row("push-pull 16 B", "ipc", 16, 2_000_000, { zeromq: 14 }),
  row("push-pull 64 KiB", "ipc", 64 * 1024, 30_000, { zeromq: 1, net: 0.8 }),
  {
    name: "req-rep 16 B",
    unit: "time",
    roles: REQ_REP,
    transport: "tcp",
    size: 16,
    count: 20_000,
    targets: { zeromq: 0.6, net: 1.15 },
  },
]

function row(name: string, transport: Row["transport"], size: number, count: number, targets: Row["targets"]): Row {
  return { name, unit: "rate", roles: PUSH_PULL, transport, size, count, targets }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** zeromq.js is slower by so much that fewer messages take it long enough. */
function paced(row: Row, { name }: Contestant): Row {
  return name === "zeromq" && row.unit === "rate" && row.size <= 1024 ? { ...row, count: row.count / 5 } : row
}

/** A figure for each round, in the row's unit. */
async function run(row: Row, rounds: number): Promise<Map<string, number[]>> {
  const figures = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const contestant of [OURS, ...THEIRS]) {
      const work = paced(row, contestant)
      const seconds = await measure(contestant, work)
      const figure = row.unit === "rate" ? work.count / seconds : (seconds / work.count) * 1e6
      figures.set(contestant.name, [...(figures.get(contestant.name) ?? []), figure])
    }
  }
  return figures
}

function format(row: Row, figures: readonly number[]): string {
  const [middle, low, high] = [median(figures), Math.min(...figures), Math.max(...figures)]
  const digits =
    row.unit === "rate" ? (value: number) => (value / 1e6).toPrecision(3) : (value: number) => value.toFixed(0)
  return `${digits(middle)} (${digits(low)}–${digits(high)})${row.unit === "rate" ? " M/s" : " µs"}`
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    json: { type: "string" },
  },
})

const machine = `${cpus().length} × ${cpus()[0]!.model.trim()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`
console.log(`${machine}, ${values.rounds} rounds: median (lowest–highest), ratio of medians`)
const results = []
for (const row of ROWS.filter(({ name, transport }) => `${name} ${transport}`.includes(values.only))) {
  const figures = await run(row, Number(values.rounds))
  console.log(`\n${row.name}, ${row.transport}`)
  const ours = figures.get(OURS.name)!
  console.log(`  ${OURS.name.padEnd(7)} ${format(row, ours)}`)
  const ratios: Record<string, number> = {}
  for (const { name } of THEIRS) {
    const ratio = median(ours) / median(figures.get(name)!)
    ratios[name] = ratio
    const target = row.targets[name]
    const reached = target === undefined ? "" : (row.unit === "rate" ? ratio >= target : ratio <= target) ? " ✓" : " ✗"
    const aim = target === undefined ? "" : `, target ${target}${reached}`
    console.log(`  ${name.padEnd(7)} ${format(row, figures.get(name)!)}, ratio ${ratio.toFixed(2)}${aim}`)
  }
  results.push({
    name: row.name,
    transport: row.transport,
    unit: row.unit,
    figures: Object.fromEntries(figures),
    ratios,
  })
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, results }, undefined, 2)}\n`)
