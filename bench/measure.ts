import { spawn, type ChildProcess } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Contestant, Program, Work } from "./rows.js"

/** Longest that one run may take, in ms, beside warm-up and measurement. */
const PATIENCE = 60_000

const WILDCARDS = {
  tcp: "tcp://127.0.0.1:*",
  ipc: "ipc://*",
  inproc: "-",
  epgm: "epgm://127.0.0.1;239.255.77.2:7577",
} as const

/** What a process says, a line each. */
interface Line {
  readonly endpoints?: string
  readonly value?: number
  readonly growth?: number
}

/** How long one run is. */
export interface Duration {
  /** In ms. */
  readonly warmUp: number
  /** In ms. */
  readonly measured: number
}

/**
 * Runs `contestant` once, each role in a new process, and returns what they have measured. The first role is there
 * before the others start; all are ended when the figure is known.
 * @param libzmq Path of the program that `libzmq.c` was compiled to.
 */
export async function measure(
  contestant: Contestant,
  work: Work,
  duration: Duration,
  libzmq: string | undefined,
): Promise<number> {
  const children: ChildProcess[] = []
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<number>((resolve, reject) => {
      let growths = 0
      let total = 0
      const start = (role: string, endpoints: string): void => {
        const child = spawn(...command(contestant.program, role, endpoints), { stdio: ["ignore", "pipe", "inherit"] })
        children.push(child)
        child.once("error", reject)
        child.once("exit", (code, signal) => {
          reject(new Error(`${contestant.name} as ${role} ended with ${signal ?? code}`))
        })
        createInterface(child.stdout).on("line", (text) => {
          // OpenPGM warns of loopback interfaces on stdout.
          if (!text.startsWith("{")) return
          const line = JSON.parse(text) as Line
          if (line.endpoints !== undefined) {
            for (const other of contestant.roles.slice(1)) start(other, line.endpoints)
          }
          if (line.value !== undefined) resolve(line.value)
          if (line.growth === undefined) return
          total += line.growth
          if (++growths === contestant.roles.length) resolve(total)
        })
      }
      const command = (program: Program, role: string, endpoints: string): [string, string[]] => {
        const { size = work.size, peers = work.peers ?? 1 } = contestant
        const parameters = [role, endpoints, size, peers, duration.warmUp, duration.measured].map(String)
        if (program === "libzmq") return [libzmq!, parameters]
        if (program === "net" || program === "bare") return [process.execPath, [peer(`${program}.mjs`), ...parameters]]
        return [process.execPath, ["--expose-gc", peer("zmq.mjs"), program, ...parameters]]
      }
      timer = setTimeout(
        () => {
          reject(new Error(`${contestant.name} took too long`))
        },
        PATIENCE + duration.warmUp + duration.measured,
      )
      start(contestant.roles[0]!, WILDCARDS[work.transport])
    })
  } finally {
    clearTimeout(timer)
    await Promise.all(children.map(end))
  }
}

function peer(name: string): string {
  return fileURLToPath(new URL(`peers/${name}`, import.meta.url))
}

/** The next run begins when this one has left the processor alone. */
function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve()
  return new Promise((resolve) => {
    child.removeAllListeners("exit").once("exit", () => {
      resolve()
    })
    child.kill("SIGKILL")
  })
}
