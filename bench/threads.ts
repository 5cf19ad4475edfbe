/**
 * Measures inproc from a worker thread to the main thread, compared with a bare loop that copies and transfers each message, and
 * the gain from a second worker in a pool that hashes. Alternates with zeromq.js; each figure is measured in a separate process.
 * Run `npm run build` first.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { readOptions } from "../scripts/options.mjs"
import { median } from "./statistics.js"

const LIBRARIES = ["zmtp", "zeromq"] as const

const ROWS = [
  { size: 16, counts: { zmtp: 1_000_000, zeromq: 100_000 } },
  { size: 64 * 1024, counts: { zmtp: 20_000, zeromq: 20_000 } },
  { size: 1024 * 1024, counts: { zmtp: 1_000, zeromq: 1_000 } },
] as const

/** Number of messages that the bare loop transfers at once. */
const POSTS = [1, 16] as const

/** Size of a request to the pool, in bytes, and number of requests. */
const POOL = { size: 64 * 1024, count: 20_000 } as const

/** Maximum time for one run, in ms. */
const DEADLINE = 60_000

/** Messages per second, or the reason why there is no figure. */
async function run(program: string, parameters: readonly (string | number)[]): Promise<number | string> {
  const path = new URL(`peers/${program}.mjs`, import.meta.url)
  const child = fork(path, parameters.map(String), { execArgv: [], timeout: DEADLINE })
  let rate: number | undefined
  child.on("message", (message) => (rate = Number(message)))
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null]
  return rate ?? `ended with ${signal ?? code}`
}

/** Prints the figures of all rounds; returns their median, if there is any. */
function print(name: string, figures: readonly (number | string)[]): number | undefined {
  const rates = figures.filter((figure): figure is number => typeof figure === "number")
  const failures = figures.filter((figure) => typeof figure === "string")
  const failed = failures.length > 0 ? `, ${failures.length} of ${figures.length} runs ${failures[0]}` : ""
  const range = rates.map((rate) => Math.round(rate).toLocaleString("en"))
  const middle = rates.length > 0 ? median(rates) : undefined
  const shown = middle === undefined ? "–" : Math.round(middle).toLocaleString("en")
  console.log(`  ${name} ${shown}/s (${range.join(" ")})${failed}`)
  return middle
}

function printRatio(one: number | undefined, other: number | undefined, name = "ratio"): void {
  if (one !== undefined && other !== undefined) console.log(`  ${name} ${(one / other).toFixed(2)}`)
}

const { rounds } = readOptions("npx tsx bench/threads.ts [options]", {
  rounds: { type: "integer", default: 5, least: 1, description: "number of runs of each contestant" },
})

for (const { size, counts } of ROWS) {
  const figures = { zmtp: [] as (number | string)[], zeromq: [] as (number | string)[] }
  const bare = POSTS.map((batch) => ({ batch, figures: [] as (number | string)[] }))
  for (let round = 0; round < rounds; round++) {
    for (const library of LIBRARIES) figures[library].push(await run("thread", [library, size, counts[library]]))
    for (const loop of bare) loop.figures.push(await run("transfer", [loop.batch, size, counts.zeromq]))
  }
  console.log(`\n${size} B, worker to main thread`)
  const [ours, theirs] = LIBRARIES.map((library) => print(library.padEnd(6), figures[library]))
  printRatio(ours, theirs)
  for (const { batch, figures } of bare) print(`bare transfer, ${batch} a post`, figures)
}

console.log(`\n${POOL.size} B, hashed by a pool of workers`)
const pools = LIBRARIES.flatMap((library) =>
  ([1, 2] as const).map((workers) => ({ library, workers, figures: [] as (number | string)[] })),
)
for (let round = 0; round < rounds; round++) {
  for (const { library, workers, figures } of pools) {
    figures.push(await run("pool", [library, POOL.size, POOL.count, workers]))
  }
}
for (const library of LIBRARIES) {
  const [one, two] = pools
    .filter((pool) => pool.library === library)
    .map(({ workers, figures }) => print(`${library.padEnd(6)} ${workers} at work`, figures))
  printRatio(two, one, `${library}: two workers to one`)
}
