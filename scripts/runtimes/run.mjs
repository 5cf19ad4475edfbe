// Runs the tests in every runtime, installed from npm, and prints a table with a row per runtime and a column per suite.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { readOptions, rejectUsage } from "../options.mjs"
import { SUITES, TESTS, testsWithoutSuite, WORKERD_SUITES } from "./suites.mjs"

const RUNTIMES = ["node@20", "node@22", "node@24", "node@26", "bun", "deno", "workerd"]

/** Arguments of each runtime, before the program to run. */
const ARGUMENTS = {
  // As in .mocharc.json. Otherwise, mocha loads tests by `require`, and modules that they import on first use exist twice.
  node: ["--import", "tsx", "--no-experimental-require-module"],
  bun: [],
  workerd: [],
  deno: ["run", "--allow-all", "--no-check", "--no-lock", "--node-modules-dir=manual", "--unstable-sloppy-imports"],
}

const root = fileURLToPath(new URL("../../", import.meta.url))
const cache = join(root, "node_modules/.cache/runtimes")

const values = readOptions("npm run runtimes -- [options]", {
  only: {
    type: "string",
    value: "LIST",
    description: `runtimes in any version, such as bun,node@20.19.0, or programs, such as node=/opt/node (default: ${RUNTIMES.join(",")})`,
  },
  suite: {
    type: "string",
    value: "LIST",
    description: `suites, separated by commas: ${Object.keys(SUITES).join(",")}`,
  },
  seconds: { type: "number", default: 300, above: 0, description: "time limit of a suite" },
  patience: {
    type: "number",
    default: 1,
    above: 0,
    description: "multiplies the time limits of tests, for a busy machine",
  },
})
const chosen = values.only?.split(",") ?? RUNTIMES
const suites = values.suite?.split(",") ?? Object.keys(SUITES)
const unknown = suites.filter((suite) => !(suite in SUITES))
if (unknown.length > 0) {
  rejectUsage(`Invalid --suite "${unknown[0]}": expected one of ${Object.keys(SUITES).join(", ")}`)
}
const forgotten = testsWithoutSuite()
if (forgotten.length > 0) throw new Error(`Tests that belong to no suite: ${forgotten.join(", ")}`)

const rows = []
let problems = 0
for (const spec of chosen) {
  const [name] = spec.split(/[@=]/)
  if (!(name in ARGUMENTS)) throw new Error(`Unknown runtime ${spec}: expected one of ${Object.keys(ARGUMENTS)}`)
  const program = await install(spec, name)
  if (program === undefined) {
    rows.push([spec, ...suites.map(() => "not on npm")])
    continue
  }
  const row = [`${name} ${await versionOf(program)}`]
  for (const suite of suites) row.push(await run(program, name, suite, row[0]))
  rows.push(row)
}
print([["", ...suites], ...rows])
process.exitCode = problems > 0 ? 1 : 0

/** Installs the program of `spec`. Returns its path, or `undefined` if the version is not on npm. */
async function install(spec, name) {
  if (spec.includes("=")) return spec.slice(spec.indexOf("=") + 1)
  const folder = join(cache, spec)
  const program = join(folder, "node_modules/.bin", name)
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts: { [name]: true } }))
    // Their install scripts install the program for this platform.
    const args = ["install", spec, "--no-package-lock", "--ignore-scripts=false"]
    await ended(spawn("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"], timeout: 300_000 }))
  }
  return existsSync(program) ? program : undefined
}

async function versionOf(program) {
  const child = spawn(program, ["--version"], { stdio: ["ignore", "pipe", "ignore"] })
  let output = ""
  for await (const chunk of child.stdout) output += chunk
  return /\d+[.-]\d+[.-]\d+/.exec(output)?.[0]
}

/** Runs one suite, and reports failures. Returns the cell of the table. */
async function run(program, name, suite, runtime) {
  const isWorkerd = name === "workerd"
  const pattern = isWorkerd ? WORKERD_SUITES[suite] : SUITES[suite]
  if (pattern === undefined) return "none"
  const files = TESTS.filter((file) => pattern.test(file))
  const folder = mkdtempSync(join(tmpdir(), "zmtp-runtimes-"))
  const results = join(folder, "results")
  const log = openSync(join(folder, "log"), "w")
  writeFileSync(results, "")
  const script = (name) => fileURLToPath(new URL(name, import.meta.url))
  const inNode = [...ARGUMENTS.node, script("suite.mjs"), results, ...files]
  const [command, ...args] = !isWorkerd
    ? [program, ...ARGUMENTS[name], script("suite.mjs"), results, ...files]
    : suite === "interop" || suite === "differential"
      ? [process.execPath, ...inNode]
      : [process.execPath, script("workerd.mjs"), program, results, ...files]
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", log, log],
    env: { ...process.env, ZMTP_TEST_NODE: process.execPath, ZMTP_TEST_PATIENCE: String(values.patience) },
    timeout: values.seconds * 1000,
    killSignal: "SIGKILL",
  })
  const end = await ended(child)
  const lines = readFileSync(results, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
  const count = (state) => lines.filter((line) => line.state === state).length
  for (const { file, name, reason } of lines.filter(({ state }) => state === "failed")) {
    report(`${runtime}: ${file?.slice(root.length) ?? suite}: ${name}: ${reason.split("\n")[0]}`)
  }
  // The exit code is 1 if a test failed. Any other code, or an exit before the last test, is an error of its own.
  const whole = lines.some(({ state }) => state === "over") && (end === 0 || count("failed") > 0)
  if (!whole)
    report(`${runtime}: ${suite}: ended with ${end}\n${readFileSync(join(folder, "log"), "utf8").slice(-2000)}`)
  rmSync(folder, { recursive: true })
  const counts = `${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`
  const cell = whole ? counts : `${counts}, ended with ${end}`
  console.error(`${runtime}: ${suite}: ${cell}`)
  return cell
}

function report(what) {
  problems++
  console.error(what)
}

async function ended(child) {
  const [code, signal] = await once(child, "exit")
  return code ?? signal
}

function print(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`)
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`)
  console.log(lines.join("\n"))
}
