/**
 * Measures CURVE: this library, as built, against zeromq.js, taking turns. For handshakes the visitor is zeromq.js on
 * both sides, so that only the server differs, and there are so many that most of what runs is compiled. Usage:
 * `npx tsx bench/curve.ts [--rounds 5] [--only 64]`
 */
import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { cpus } from "node:os"
import { parseArgs } from "node:util"

interface Row {
  readonly name: string
  /** Library of the process that binds, and of the one that connects; `undefined` is the one that is measured. */
  readonly roles: readonly [binder: string, connector: string]
  readonly visitor?: string
  readonly size: number
  readonly count: number
  /** What the ratio of ours to theirs must reach. */
  readonly target: number
}

const ROWS: readonly Row[] = [
  { name: "push-pull 16 B", roles: ["pull", "push"], size: 16, count: 300_000, target: 1 },
  { name: "push-pull 1 KiB", roles: ["pull", "push"], size: 1024, count: 150_000, target: 1 },
  { name: "push-pull 64 KiB", roles: ["pull", "push"], size: 64 * 1024, count: 6_000, target: 0.6 },
  { name: "handshakes", roles: ["greet", "visit"], visitor: "zeromq", size: 1, count: 5_000, target: 1 },
]

/** Longest that one run may take, in ms. */
const DEADLINE = 60_000

/** What one second of `library` does. */
async function measure(library: string, { roles, visitor, size, count }: Row): Promise<number> {
  const children: ChildProcess[] = []
  const start = (name: string, role: string, endpoint: string): ChildProcess => {
    const program = new URL("peers/curve-zmq.mjs", import.meta.url)
    const child = fork(program, [name, role, String(size), String(count), endpoint], { execArgv: [] })
    children.push(child)
    return child
  }
  const timer = setTimeout(() => {
    for (const child of children) child.kill("SIGKILL")
  }, DEADLINE)
  try {
    const binder = start(library, roles[0], "tcp://127.0.0.1:*")
    const [{ endpoint }] = (await once(binder, "message")) as [{ endpoint: string }]
    const connector = start(visitor ?? library, roles[1], endpoint)
    return await new Promise<number>((resolve, reject) => {
      for (const child of children) {
        child.once("message", ({ seconds }: { seconds: number }) => {
          resolve(count / seconds)
        })
        child.once("exit", (code, signal) => {
          reject(new Error(`${library} ended with ${signal ?? code}`))
        })
      }
      connector
    })
  } finally {
    clearTimeout(timer)
    for (const child of children) child.kill("SIGKILL")
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, only: { type: "string", default: "" } },
})
console.log(
  `${cpus().length} × ${cpus()[0]!.model.trim()}, Node ${process.versions.node}, ${values.rounds} rounds: median`,
)
for (const row of ROWS.filter(({ name }) => name.includes(values.only))) {
  const figures = { zmtp: [] as number[], zeromq: [] as number[] }
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const library of ["zmtp", "zeromq"] as const) figures[library].push(await measure(library, row))
  }
  const [ours, theirs] = [median(figures.zmtp), median(figures.zeromq)]
  const ratio = ours / theirs
  const rates = `${ours.toFixed(0)}/s, zeromq ${theirs.toFixed(0)}/s`
  console.log(
    `${row.name}: ${rates}, ratio ${ratio.toFixed(2)}, target ${row.target} ${ratio >= row.target ? "✓" : "✗"}`,
  )
}
