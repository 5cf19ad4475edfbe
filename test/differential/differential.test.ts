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

/** Scenario by scenario, what it said. */
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

/** What a line says; a difference that is as expected of this library is as good as that of the other. */
function reading(line: readonly unknown[], library: keyof typeof LIBRARIES): string {
  const { difference, observed } = (line[0] ?? {}) as Difference
  if (difference === undefined) return words(JSON.stringify(line))
  expect(observed, `${difference}, with ${library}`).to.deep.equal(DIFFERENCES[difference]?.[library])
  return difference
}

/** Native, that is Node, has the words of V8. Other engines have others for the same error. */
function words(line: string): string {
  return RUNTIME === "Bun" ? line.replace(/("kind":"TypeError","message":)"[^"]*"/g, '$1"…"') : line
}

/**
 * What depends on the runtime beneath us: when garbage is collected; who hangs up first, and what is said of an address
 * that is not here.
 */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  Bun: ["a context is garbage-collected with its closed socket"],
  Deno: ["peers of another socket type", "malformed and unknown addresses"],
}

/** What the runner says last. */
const END = "(end)"

/** Runs `program` with `library` in a process of its own, which is to end by itself. */
async function observe(program: string, library: keyof typeof LIBRARIES): Promise<Observations> {
  const runner = new URL("run.mjs", import.meta.url).pathname
  const runtime = library === "native" ? NODE : process.execPath
  const child = spawn(runtime, ["--expose-gc", "--no-warnings", runner, LIBRARIES[library], program], {
    stdio: ["ignore", "pipe", "pipe"],
    // Without TMPDIR libzmq puts what `ipc://*` binds into the working folder.
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
  // What libzmq does when its process ends is no concern of these programs.
  if (library === "ours") expect({ code, errors }, program).to.deep.equal({ code: 0, errors: "" })
  return observations
}

/** Ends a process of libzmq, which may wait for sockets that nobody can close any more, when it has said all. */
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
      // What libzmq's threads do at the same time comes now in one order, now in another: it is watched twice.
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
