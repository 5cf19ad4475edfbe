// Mutation testing: changes src/zmtp, src/core, src/pgm, src/patterns, and what transports share, one mutation at a time, and counts
// the mutations that a unit test detects.
import { fork } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"
import { readOptions } from "../options.mjs"
import { mutate } from "./mutate.mjs"

const values = readOptions("npm run mutation -- [options]", {
  sample: { type: "integer", least: 1, description: "number of mutations to try; all of them by default" },
  seed: { type: "integer", default: 1, description: "seed of the sample" },
  only: { type: "string", value: "TEXT", default: "", description: "mutate only files whose path contains this" },
  least: { type: "number", default: 85, description: "minimum share of mutations that tests detect, in percent" },
  report: { type: "string", value: "FILE", description: "write the mutations that were not detected to this file" },
})

/**
 * Maximum duration of the tests with one mutation: a multiple of their duration without one, plus a minimum in ms. A mutation
 * that makes the tests run endlessly counts as detected.
 */
const TIMEOUT_FACTOR = 3
const MIN_TIMEOUT = 10_000
const FIRST_TIMEOUT = 300_000
/** Number of mutations tried in one process. */
const MUTATIONS_PER_PROCESS = 150

const root = fileURLToPath(new URL("../..", import.meta.url))
/** Units that several transports share. */
const SHARED = ["backoff", "inproc/in-flight-sizes", "inproc/parse", "inproc/send-window"]
const sources = ["src/zmtp", "src/core", "src/pgm", "src/patterns"]
  .flatMap((folder) => listed(folder, ".ts"))
  .concat(SHARED.map((name) => join(root, `src/transports/${name}.ts`)))
  .filter((path) => path.includes(values.only))
const tests = await importing(
  ["test/zmtp", "test/pgm", "test/patterns", "test/core"]
    .flatMap((folder) => listed(folder, ".test.ts"))
    .concat(SHARED.map((name) => join(root, `test/transports/${name}.test.ts`))),
  new Set(sources),
)

const mutants = []
const starts = {}
for (const path of sources) {
  starts[pathToFileURL(path).href] = mutants.length
  mutants.push(...mutate(path, readFileSync(path, "utf8"), mutants.length).mutants)
}
const chosen = values.sample === undefined ? mutants : sampled(mutants, values.sample, values.seed)
console.log(
  `${mutants.length} mutations possible, ${chosen.length} tried with ${tests.length} test files (seed ${values.seed})`,
)

const survivors = []
let timeouts = 0
let child
let age = MUTATIONS_PER_PROCESS
for (const mutant of chosen) {
  if (age >= MUTATIONS_PER_PROCESS) {
    child?.kill("SIGKILL")
    child = await begin()
    age = 0
    // The process also records which tests reach which mutation, and runs no others later.
    if ((await attempt(child, { id: -1 })) !== "survived") throw new Error("The tests fail without a mutation")
  }
  age++
  const outcome = await attempt(child, mutant)
  if (outcome === "survived") {
    survivors.push(mutant)
    console.log(told(mutant))
  }
  if (outcome === "lost") {
    timeouts++
    age = MUTATIONS_PER_PROCESS
    console.log(told(mutant, "timeout"))
  }
}
child?.kill("SIGKILL")

for (const source of sources) {
  const tried = chosen.filter(({ path }) => path === source)
  const detected = tried.filter((mutant) => !survivors.includes(mutant))
  if (tried.length > 0) console.log(`${relative(root, source)}: ${detected.length} of ${tried.length} detected`)
}
const share = (100 * (chosen.length - survivors.length)) / chosen.length
const summary = `${share.toFixed(1)} % of ${chosen.length} mutations detected, ${timeouts} of them by a timeout`
console.log(summary)
if (values.report) writeFileSync(values.report, JSON.stringify({ summary, survivors }, null, 1))
process.exit(share >= values.least ? 0 : 1)

function told({ path, line, what }, outcome = "not detected") {
  return `${outcome}: ${relative(root, path)}:${line} ${what.replace(/\s+/g, " ").slice(0, 120)}`
}

/** Starts a process, and resolves when it has loaded the tests. */
function begin() {
  return new Promise((resolve, reject) => {
    const started = fork(fileURLToPath(new URL("child.mjs", import.meta.url)), {
      cwd: root,
      execArgv: ["--import", "tsx"],
      env: { ...process.env, MUTATION: JSON.stringify({ files: tests, starts }) },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    })
    let errors = ""
    started.stderr.on("data", (text) => (errors += text))
    started.once("message", () => {
      started.off("exit", failed)
      resolve(started)
    })
    const failed = () => {
      reject(new Error(errors))
    }
    started.once("exit", failed)
  })
}

/** Resolves to "detected", "survived", or "lost" if the process does not answer. */
function attempt(process, mutant) {
  return new Promise((resolve) => {
    const finish = (outcome) => {
      clearTimeout(timer)
      process.off("message", answered)
      process.off("exit", gone)
      if (outcome === "lost") process.kill("SIGKILL")
      resolve(outcome)
    }
    const answered = ({ failed, why, duration }) => {
      if (duration !== undefined) {
        clearTimeout(timer)
        timer = setTimeout(gone, MIN_TIMEOUT + TIMEOUT_FACTOR * duration)
        return
      }
      if (failed && mutant.id < 0) console.error(why)
      finish(failed ? "detected" : "survived")
    }
    const gone = () => {
      finish("lost")
    }
    let timer = setTimeout(gone, FIRST_TIMEOUT)
    process.on("message", answered)
    process.on("exit", gone)
    process.send({ id: mutant.id })
  })
}

/** The tests that import any of `wanted`, directly or indirectly. */
async function importing(files, wanted) {
  const { metafile } = await build({
    entryPoints: files,
    outdir: "unused",
    absWorkingDir: root,
    bundle: true,
    // Include imports for side effects.
    ignoreAnnotations: true,
    packages: "external",
    external: ["*.cjs"],
    platform: "node",
    format: "esm",
    metafile: true,
    write: false,
    logLevel: "error",
  })
  const reaching = new Set()
  for (const { entryPoint, inputs } of Object.values(metafile.outputs)) {
    if (Object.keys(inputs).some((path) => wanted.has(join(root, path)))) reaching.add(join(root, entryPoint))
  }
  return files.filter((file) => reaching.has(file))
}

function listed(folder, end) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(end))
    .sort()
    .map((name) => join(root, folder, name))
}

/** Chooses `size` of `all`, determined by `seed` (mulberry32). */
function sampled(all, size, seed) {
  let state = seed >>> 0
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let hash = Math.imul(state ^ (state >>> 15), state | 1)
    hash ^= hash + Math.imul(hash ^ (hash >>> 7), hash | 61)
    return ((hash ^ (hash >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const rest = [...all]
  return Array.from(
    { length: Math.min(size, all.length) },
    () => rest.splice(Math.floor(random() * rest.length), 1)[0],
  ).sort((a, b) => a.id - b.id)
}
