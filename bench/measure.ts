import { spawn, type ChildProcess } from "node:child_process"
import { createInterface } from "node:readline"
import type { Contestant, Program } from "./contestants.js"
import type { Prepared } from "./programs.js"
import type { Run } from "./results.js"
import type { Work } from "./rows.js"
import { cpuTime, peakMemory } from "./usage.js"

/** Maximum duration of a run in addition to warm-up and measurement, in ms. */
const DEADLINE = 60_000
/** Maximum time for a process to exit on request, in ms. */
const GRACE = 1000

const WILDCARDS = {
  tcp: "tcp://127.0.0.1:*",
  ipc: "ipc://*",
  inproc: "-",
  epgm: "epgm://127.0.0.1;239.255.77.2:7577",
} as const

/** What a process prints, one object per line. */
interface Line {
  /** The endpoints for the other processes. */
  readonly endpoints?: string
  /** The figure of the warm-up, which has ended. */
  readonly cold?: number
  /** The figure of the row. */
  readonly value?: number
  /** A part of the figure of the row. Each process prints its own. */
  readonly growth?: number
  /** Longest pause of the event loop, in ms. */
  readonly pause?: number
}

/** Length of one run. */
export interface Duration {
  /** In ms. */
  readonly warmUp: number
  /** In ms. */
  readonly measured: number
}

/**
 * Runs `contestant` once, each role in a new process. The first role is ready for connections before the others start. All
 * processes are ended when the figure is known.
 */
export async function measure(
  { name, program, roles, visitor = program, ...own }: Contestant,
  work: Work,
  { warmUp, measured }: Duration,
  programs: ReadonlyMap<Program, Prepared>,
): Promise<Run> {
  const children: ChildProcess[] = []
  const usage = (of: (pid: number) => number | undefined): number | undefined =>
    sum(children.map(({ pid }) => of(pid!)))
  let cold: number | undefined
  let before: { readonly cpu: number | undefined; readonly time: number } | undefined
  let growths = 0
  let growth = 0
  let pause: number | undefined
  let timer: NodeJS.Timeout | undefined

  const result = new Promise<Run>((resolve, reject) => {
    const finish = (value: number): void => {
      const cpu = before?.cpu === undefined ? undefined : usage(cpuTime)! - before.cpu
      const elapsed = (performance.now() - (before?.time ?? 0)) / 1000
      resolve({ value, cold, cpu: cpu && cpu / elapsed, memory: usage(peakMemory) })
    }
    const receive = (line: Line): void => {
      if (line.endpoints !== undefined) for (const role of roles.slice(1)) start(visitor, role, line.endpoints)
      if (line.cold !== undefined) {
        cold = line.cold
        before = { cpu: usage(cpuTime), time: performance.now() }
      }
      if (line.value !== undefined) finish(line.value)
      if (line.pause !== undefined) pause = Math.max(pause ?? 0, line.pause)
      if (line.growth === undefined) return
      growth += line.growth
      if (++growths === roles.length) finish(growth)
    }
    const start = (program: Program, role: string, endpoints: string): void => {
      const { size = work.size, peers = work.peers ?? 1 } = own
      const [command, ...parameters] = programs.get(program)!.command
      const given = [role, endpoints, size, peers, warmUp, measured].map(String)
      const child = spawn(command, [...parameters, ...given], { stdio: ["ignore", "pipe", "inherit"] })
      children.push(child)
      child.once("error", reject)
      child.once("exit", (code, signal) => {
        reject(new Error(`${program} as ${role} exited with ${signal ?? code}`))
      })
      createInterface(child.stdout).on("line", (text) => {
        // OpenPGM warns about loopback interfaces on stdout.
        if (text.startsWith("{")) receive(JSON.parse(text) as Line)
      })
    }
    timer = setTimeout(
      () => {
        reject(new Error(`${name} timed out`))
      },
      DEADLINE + warmUp + measured,
    )
    start(program, roles[0]!, WILDCARDS[work.transport])
  })
  try {
    const run = await result
    await Promise.all(children.map(end))
    // CPU time counts only after the warm-up.
    return { ...run, pause: cold === undefined ? undefined : pause }
  } finally {
    clearTimeout(timer)
    await Promise.all(children.map(end))
  }
}

/** Resolves when the process has exited and its output is read, so that it does not disturb the next run. */
function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.stdout!.closed) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE)
    child.removeAllListeners("exit").once("close", () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill("SIGTERM")
  })
}

/** Returns `undefined` if any value is `undefined`. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((total, value) => (total === undefined || value === undefined ? undefined : total + value), 0)
}
