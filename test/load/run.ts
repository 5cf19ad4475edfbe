// Connects 5,000 peers to one ROUTER and 5,000 subscribers to one PUB in one process.
import { fork, spawnSync, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { readOptions } from "../../scripts/options.mjs"

const { peers } = readOptions("npm run load -- [options]", {
  peers: { type: "integer", default: 5000, least: 1, description: "number of peers of each socket" },
})
/** File descriptors for both sets of connections, with a margin for other open files. */
const needed = 2 * peers + 200

const allowed = Number(spawnSync("/bin/sh", ["-c", `ulimit -n ${needed} 2>/dev/null; ulimit -n`]).stdout)
if (allowed < needed) {
  console.error(`This needs ${needed} file descriptors for one process; the hard limit here is ${allowed} (ulimit -Hn)`)
  process.exit(1)
}

/** Starts a program with a sufficient limit for open files. */
function start(program: string, ...args: string[]): ChildProcess {
  const path = new URL(program, import.meta.url).pathname
  return fork(path, args, {
    execPath: "/bin/sh",
    execArgv: ["-c", `ulimit -n ${needed}; exec "$0" --expose-gc --import tsx "$@"`, process.execPath],
  })
}

const server = start("./server.ts", String(peers))
const [endpoints] = (await once(server, "message")) as [{ router: string; publisher: string }]
const clients = start("./clients.ts", String(peers), endpoints.router, endpoints.publisher)
server.on("message", (order) => {
  clients.send(order)
})
const [[server1], [clients1]] = (await Promise.all([once(server, "exit"), once(clients, "exit")])) as [
  [number],
  [number],
]
process.exitCode = server1 === 0 && clients1 === 0 ? 0 : 1
