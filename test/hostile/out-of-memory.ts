// A process that limits its memory while it runs, and reports what happens to a connection that needs more.
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { Pull, Push, type Socket } from "../../src/index.js"

export type Task =
  | { readonly task: "receive"; readonly endpoint: string; readonly headroom: number }
  | {
      readonly task: "send"
      readonly endpoint: string
      readonly headroom: number
      readonly size: number
      /** Whether the message is sent before the connection exists. */
      readonly early: boolean
      readonly options: object
    }

const MIB = 1024 * 1024

/** Limits the address space of this process to its current size and `headroom` MiB. */
function limitMemory(headroom: number): void {
  const [, size] = /VmSize:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))!
  const { status, stderr } = spawnSync("prlimit", [
    `--pid=${process.pid}`,
    `--as=${Number(size) * 1024 + headroom * MIB}`,
  ])
  if (status !== 0) throw new Error(String(stderr))
}

function report(said: object): void {
  process.send!(said)
}

function watch({ events }: Socket): void {
  events.on("disconnect", ({ error }) => {
    report({ lost: (error as NodeJS.ErrnoException | undefined)?.code })
  })
}

// The parent process terminates this one.
setInterval(() => undefined, 1000)

async function connect(push: Push, endpoint: string): Promise<void> {
  const connected = new Promise((resolve) => push.events.on("handshake", resolve))
  push.connect(endpoint)
  await connected
}

const task = JSON.parse(process.argv[2]!) as Task
if (task.task === "receive") {
  const pull = new Pull()
  watch(pull)
  await pull.bind(task.endpoint)
  limitMemory(task.headroom)
  report({ endpoint: pull.lastEndpoint })
  for await (const [frame] of pull) report({ received: String(frame) })
} else {
  const { endpoint, options, early } = task
  const [push, other] = [new Push(options), new Push(options)]
  watch(push)
  // Load the code for connections before memory is limited.
  await connect(other, endpoint)
  await other.send("before")
  if (!early) await connect(push, endpoint)
  const body = Buffer.alloc(task.size * MIB)
  limitMemory(task.headroom)
  if (early) push.connect(endpoint)
  push.events.on("disconnect", () => {
    void push.send("after")
    void other.send("other")
  })
  await push.send(body)
}
