/**
 * Measures inproc from a worker thread to the main thread, in turns with zeromq.js: each figure comes from a process of
 * its own. Usage: `npx tsx bench/threads.ts [--rounds 5]`, after `npm run build`
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { parseArgs } from "node:util"

const LIBRARIES = ["zmtp", "zeromq"] as const

const ROWS = [
  { size: 16, counts: { zmtp: 1_000_000, zeromq: 100_000 } },
  { size: 64 * 1024, counts: { zmtp: 20_000, zeromq: 20_000 } },
  { size: 1024 * 1024, counts: { zmtp: 1_000, zeromq: 1_000 } },
] as const

/** Longest that one run may take, in ms. */
const DEADLINE = 60_000

/** Messages per second, or why there are none. */
async function run(library: string, size: number, count: number): Promise<number | string> {
  const parameters = [library, String(size), String(count)]
  const child = fork(new URL("peers/thread.mjs", import.meta.url), parameters, { execArgv: [], timeout: DEADLINE })
  let rate: number | undefined
  child.on("message", (message) => (rate = Number(message)))
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null]
  return rate ?? `ended with ${signal ?? code}`
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } })
for (const { size, counts } of ROWS) {
  const medians: number[] = []
  const results = new Map<string, (number | string)[]>(LIBRARIES.map((library) => [library, []]))
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const library of LIBRARIES) results.get(library)!.push(await run(library, size, counts[library]))
  }
  console.log(`\n${size} B, worker to main thread`)
  for (const [library, figures] of results) {
    const rates = figures.filter((figure): figure is number => typeof figure === "number")
    const failures = figures.filter((figure) => typeof figure === "string")
    const failed = failures.length > 0 ? `, ${failures.length} of ${figures.length} runs ${failures[0]}` : ""
    const range = rates.map((rate) => Math.round(rate).toLocaleString("en"))
    if (rates.length > 0) medians.push(median(rates))
    console.log(
      `  ${library.padEnd(6)} ${rates.length > 0 ? Math.round(median(rates)).toLocaleString("en") : "–"}/s (${range.join(" ")})${failed}`,
    )
  }
  if (medians.length === 2) console.log(`  ratio ${(medians[0]! / medians[1]!).toFixed(2)}`)
}
