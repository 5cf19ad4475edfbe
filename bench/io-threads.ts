/**
 * Measures push-pull between two processes over tcp with and without an I/O thread on each side, alternating with zeromq.js, and
 * the CPU time per message of the receiver's main thread, with and without CURVE.
 * Run `npm run build` before.
 */
import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { readOptions } from "../scripts/options.mjs"
import { median } from "./statistics.js"

const CONTESTANTS = [
  { name: "zmtp with I/O threads", library: "zmtp", threads: 1 },
  { name: "zmtp", library: "zmtp", threads: 0 },
  { name: "zeromq", library: "zeromq", threads: 0 },
] as const

const ROWS = [
  { size: 16, count: 500_000, security: "none" },
  { size: 64 * 1024, count: 20_000, security: "none" },
  { size: 1024, count: 50_000, security: "curve" },
  { size: 64 * 1024, count: 5_000, security: "curve" },
] as const

/** Maximum time for one run, in ms. */
const DEADLINE = 60_000

interface Figures {
  /** Messages per second. */
  readonly rate: number
  /** CPU time of the main thread for each message received, in µs. */
  readonly cpu: number
}

const program = new URL("peers/io-thread.mjs", import.meta.url)

async function run(
  { library, threads }: (typeof CONTESTANTS)[number],
  { size, count, security }: (typeof ROWS)[number],
): Promise<Figures | undefined> {
  const start = (role: string, endpoint = ""): ChildProcess => {
    const parameters = [role, library, threads, size, count, security, endpoint].map(String)
    return fork(program, parameters, { execArgv: [], timeout: DEADLINE })
  }
  const pull = start("pull")
  const [{ endpoint }] = (await once(pull, "message")) as [{ endpoint: string }]
  const push = start("push", endpoint)
  let figures: Figures | undefined
  pull.on("message", (message) => (figures = message as Figures))
  await once(pull, "exit")
  push.kill("SIGKILL")
  return figures
}

const { rounds } = readOptions("npx tsx bench/io-threads.ts [options]", {
  rounds: { type: "integer", default: 5, least: 1, description: "number of runs of each contestant" },
})

for (const row of ROWS) {
  const all = CONTESTANTS.map((contestant) => ({ contestant, figures: [] as Figures[] }))
  for (let round = 0; round < rounds; round++) {
    for (const { contestant, figures } of all) {
      const result = await run(contestant, row)
      if (result !== undefined) figures.push(result)
    }
  }
  console.log(`\n${row.size} B${row.security === "curve" ? ", CURVE" : ""}`)
  for (const { contestant, figures } of all) {
    if (figures.length === 0) console.log(`  ${contestant.name.padEnd(22)} no run was completed`)
    else {
      const rate = Math.round(median(figures.map((each) => each.rate))).toLocaleString("en")
      const cpu = median(figures.map((each) => each.cpu)).toFixed(2)
      console.log(
        `  ${contestant.name.padEnd(22)} ${rate.padStart(9)}/s, ${cpu} µs of the main thread for each message`,
      )
    }
  }
}
