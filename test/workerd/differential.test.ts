import { expect } from "chai"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { skip } from "../support/skip.js"
import { NODE } from "../support/runtime.js"
import { hasWorkerd, Worker } from "../support/workerd.js"

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/**
 * Scenarios of test/differential that a Worker can run. The others listen at an address, start garbage collection, need
 * Buffers, or depend on Node options.
 */
const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  context: [
    "defaults, accepted and rejected values",
    "options by number",
    "the default context",
    "the limit of maxSockets",
    "options that sockets inherit from a context",
    "inproc names of two contexts are separate",
    "only inproc with ioThreads 0",
  ],
  iteration: ["errors of a loop"],
  messages: [
    "send resolves with undefined",
    "send and receive settle immediately when they can",
    "timers run while many messages are sent and received",
    "small frames are copied, large ones shared",
    "a small frame is copied before it is sent",
  ],
  observer: ["inproc is not observed", "no server", "arguments, modes, and the end"],
  options: [
    "read-only properties",
    "CURVE keys: accepted and rejected values",
    "the routing id of a connection is not empty",
  ],
  patterns: ["PUSH distributes messages in turn", "conflate: only the newest message"],
  proxy: ["commands immediately after run"],
  sockets: ["arguments that are not addresses", "closing with pending calls"],
  surface: ["CURVE keys"],
}

/** The output of Node up to the end of a program. libzmq may keep the process from exiting afterward. */
async function said(args: readonly string[]): Promise<string> {
  const child = spawn(NODE, args, { stdio: ["ignore", "pipe", "inherit"] })
  let output = ""
  for await (const piece of child.stdout) {
    output += String(piece)
    if (!output.includes('["(end)"]')) continue
    child.kill("SIGKILL")
    return output
  }
  throw new Error(`It ended early, after ${output}`)
}

type Line = readonly [scenario: string, ...observed: unknown[]]

/** Observations by scenario. */
function byScenario(lines: readonly Line[]): ReadonlyMap<string, unknown[]> {
  const observations = new Map<string, unknown[]>()
  for (const [scenario, ...observed] of lines) {
    observations.set(scenario, [...(observations.get(scenario) ?? []), observed])
  }
  return observations
}

describe("a Worker in workerd, compared with zeromq in Node", function () {
  this.timeout(60_000)
  let worker: Worker
  let ours: ReadonlyMap<string, unknown[]>

  before(async function () {
    // `npm run runtimes -- --only workerd` installs workerd.
    if (!hasWorkerd) skip(this, "workerd is not installed")
    worker = await Worker.start({ entry: path("inside/differential.mjs"), flags: ["nodejs_compat"] })
    const response = await fetch(worker.url, { method: "POST", body: JSON.stringify(SCENARIOS) })
    ours = byScenario((await response.json()) as Line[])
  })

  after(() => (worker as Worker | undefined)?.close())

  for (const [program, scenarios] of Object.entries(SCENARIOS)) {
    describe(`programs/${program}.mjs`, () => {
      let native: ReadonlyMap<string, unknown[]>

      before(async () => {
        const file = path(`../differential/programs/${program}.mjs`)
        const args = ["--no-warnings", path("../differential/run.mjs"), "zeromq", file, scenarios.join("|")]
        const lines = (await said(args)).split("\n").filter((line) => line !== "")
        native = byScenario(lines.map((line) => JSON.parse(line) as Line))
      })

      for (const scenario of scenarios) {
        it(`behaves the same: ${scenario}`, () => {
          expect(native.get(scenario)).to.be.an("array")
          expect(ours.get(scenario)).to.deep.equal(native.get(scenario))
        })
      }
    })
  }
})
