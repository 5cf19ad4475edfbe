import { expect } from "chai"
import { spawn, type ChildProcessByStdio } from "node:child_process"
import { once } from "node:events"
import { readdirSync } from "node:fs"
import type { Readable } from "node:stream"
import { tmpdir } from "node:os"
import { text } from "node:stream/consumers"
import { NODE, RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"
import { DIFFERENCES } from "./differences.js"

/** The observations of each scenario. */
type Observations = ReadonlyMap<string, readonly unknown[][]>

interface Program {
  readonly default: Readonly<Record<string, unknown>>
}

const folder = new URL("programs/", import.meta.url)
const LIBRARIES = { native: "zeromq", ours: new URL("../../dist/node/index.mjs", import.meta.url).href }

interface Difference {
  readonly difference?: string
  readonly observed?: unknown
}

/** The observed value of a line. An expected difference of this library is replaced by that of the other one. */
function reading(line: readonly unknown[], library: keyof typeof LIBRARIES): string {
  const { difference, observed } = (line[0] ?? {}) as Difference
  if (difference === undefined) return words(JSON.stringify(line))
  expect(observed, `${difference}, with ${library}`).to.deep.equal(DIFFERENCES[difference]?.[library])
  return difference
}

/** zeromq.js runs in Node and has V8's error messages. Other engines word the same errors differently. */
function words(line: string): string {
  return RUNTIME === "Bun" ? line.replace(/("kind":"TypeError","message":)"[^"]*"/g, '$1"…"') : line
}

/**
 * Scenarios whose results depend on the runtime: when garbage is collected, which side closes first, and the error for
 * an address that this machine does not have.
 */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  Bun: ["a context is garbage-collected with its closed socket"],
  Deno: ["peers of another socket type", "malformed and unknown addresses"],
}

/** The last line that the runner prints. */
const END = "(end)"

/** Runs `program` with `library` in its own process, which must exit by itself. */
async function observe(program: string, library: keyof typeof LIBRARIES): Promise<Observations> {
  const runner = new URL("run.mjs", import.meta.url).pathname
  const runtime = library === "native" ? NODE : process.execPath
  const child = spawn(runtime, ["--expose-gc", "--no-warnings", runner, LIBRARIES[library], program], {
    stdio: ["ignore", "pipe", "pipe"],
    // Without TMPDIR, libzmq creates the socket files for `ipc://*` in the working directory.
    env: { ...process.env, TMPDIR: tmpdir() },
  })
  if (library === "native") endWith(child)
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null]>,
  ])
  const observations = new Map<string, unknown[][]>()
  for (const line of output.split("\n").filter((line) => line !== "")) {
    const [scenario, ...observed] = JSON.parse(line) as [string, ...unknown[]]
    observations.set(scenario, [...(observations.get(scenario) ?? []), observed])
  }
  expect([...observations.keys()], errors).to.include(END)
  // How a libzmq process exits is outside the scope of these programs.
  if (library === "ours") expect({ code, errors }, program).to.deep.equal({ code: 0, errors: "" })
  return observations
}

/** Terminates a libzmq process after its last line, because it may wait for sockets that can no longer be closed. */
function endWith(child: ChildProcessByStdio<null, Readable, Readable>): void {
  child.stdout.on("data", (chunk: Buffer) => {
    if (chunk.includes(END)) child.kill("SIGKILL")
  })
}

for (const file of readdirSync(folder).sort()) {
  const url = new URL(file, folder).href
  const { default: scenarios } = (await import(url)) as Program

  describe(`programs/${file}, with zeromq and with this library`, () => {
    let native: readonly Observations[]
    let ours: Observations

    before(async function () {
      this.timeout(120_000)
      const [first, own] = await Promise.all([observe(url, "native"), observe(url, "ours")])
      // The order of what libzmq's threads do concurrently varies, so libzmq is observed twice.
      native = [first, await observe(url, "native")]
      ours = own
    })

    for (const scenario of Object.keys(scenarios)) {
      it(`behaves the same: ${scenario}`, function () {
        if (OTHERWISE[RUNTIME]?.includes(scenario)) skip(this, `${RUNTIME} differs here`)
        const observed = (ours.get(scenario) ?? []).map((line) => reading(line, "ours"))
        const [expected, other] = native.map((observations) =>
          observations.get(scenario)!.map((line) => reading(line, "native")),
        ) as [string[], string[]]
        expect(observed).to.deep.equal(JSON.stringify(observed) === JSON.stringify(other) ? other : expected)
      })
    }
  })
}
