import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"

/** A library to measure: the program of its peers, and the name to load it by. */
export interface Contestant {
  readonly name: string
  readonly program: string
  readonly library: string
}

/** What two processes do for the clock. */
export interface Work {
  /** Role of the process that binds, and of the one that connects. */
  readonly roles: readonly [binder: string, connector: string]
  readonly transport: "tcp" | "ipc"
  /** Bytes of a message. */
  readonly size: number
  /** Messages or round trips to measure. */
  readonly count: number
}

/** Longest that one run may take, in ms. */
const DEADLINE = 60_000

const WILDCARD = { tcp: "tcp://127.0.0.1:*", ipc: "ipc://*" } as const

/** Runs `work` once in two new processes, and returns how long it took, in s. */
export async function measure({ program, library }: Contestant, work: Work): Promise<number> {
  const children: ChildProcess[] = []
  const start = (role: string, endpoint: string): ChildProcess => {
    const parameters = [library, role, String(work.size), String(work.count), endpoint]
    const child = fork(new URL(`peers/${program}`, import.meta.url), parameters, { execArgv: [] })
    children.push(child)
    return child
  }
  const timer = setTimeout(() => {
    for (const child of children) child.kill("SIGKILL")
  }, DEADLINE)
  try {
    const binder = start(work.roles[0], WILDCARD[work.transport])
    const [{ endpoint }] = (await once(binder, "message")) as [{ endpoint: string }]
    const connector = start(work.roles[1], endpoint)
    return await new Promise<number>((resolve, reject) => {
      for (const child of [binder, connector]) {
        child.once("message", ({ seconds }: { seconds: number }) => {
          resolve(seconds)
        })
        child.once("exit", (code, signal) => {
          if (code !== 0) reject(new Error(`${library} ended with ${signal ?? code}`))
        })
      }
    })
  } finally {
    clearTimeout(timer)
    for (const child of children) child.kill("SIGKILL")
  }
}
