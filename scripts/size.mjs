// Reports the size of the package, its size in bundles, and the time to load it, next to the figures recorded in size.json.
// It never fails, because a correct change may make the package larger.
import { build } from "esbuild"
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { readOptions } from "./options.mjs"

const root = new URL("..", import.meta.url)
const path = (name) => fileURLToPath(new URL(name, root))
const record = path("scripts/size.json")
const values = readOptions("npm run size -- [options]", {
  record: { type: "boolean", description: "write the sizes to scripts/size.json" },
  runs: { type: "integer", default: 15, least: 1, description: "number of runs for each time to load" },
})

/** Code of pages, by description. */
const PAGES = {
  "page: Push and Pull over inproc": 'import { Pull, Push } from "ENTRY"; globalThis.kept = [Pull, Push]',
  "page: Subscriber over ws":
    'import { Subscriber, useWebSockets } from "ENTRY"; useWebSockets(); globalThis.kept = Subscriber',
  "page: Subscriber over ws, default import":
    'import zmq from "ENTRY"; zmq.useWebSockets(); globalThis.kept = zmq.Subscriber',
  "page: everything": 'import * as zmq from "ENTRY"; zmq.useWebSockets(); globalThis.kept = zmq',
}

const figures = {}
const [packed] = JSON.parse(
  execFileSync("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], { cwd: path(".") }),
)
figures["packed, bytes"] = packed.size
figures["unpacked, bytes"] = packed.unpackedSize
figures["files"] = packed.entryCount
for (const [name, size] of Object.entries(sizesOfParts(packed.files))) figures[`part: ${name}, bytes gzipped`] = size
for (const [name, lines] of Object.entries(PAGES)) figures[`${name}, bytes gzipped`] = await pageSize(lines)
Object.assign(figures, loadTimes(values.runs))

const before = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : {}
const rows = Object.entries(figures).map(([name, value]) => [name, String(value), change(before[name], value)])
print([["Figure", "Now", "Since recorded"], ...rows])
if (values.record) writeFileSync(record, `${JSON.stringify(figures, null, 2)}\n`)

/** Sizes of the compressed files of each part of the package. Their sum is larger than the package, which is compressed as a whole. */
function sizesOfParts(files) {
  const parts = {
    declarations: /\.d\.[cm]?ts$/,
    "libsodium and ws": /^dist\/\w+\/(libsodium|ws)\./,
    "I/O threads for bundles": /^dist\/node\/io-thread-text\.cjs$/,
    "command line": /^dist\/node\/(cli|main)\.cjs$/,
    "dist/node": /^dist\/node\//,
    "dist/bundlers": /^dist\/bundlers\//,
    "dist/browser": /^dist\/browser\//,
    "dist/workerd": /^dist\/workerd\//,
    "other files": /./,
  }
  const sizes = Object.fromEntries(Object.keys(parts).map((name) => [name, 0]))
  for (const { path: file } of files) {
    const [name] = Object.entries(parts).find(([, pattern]) => pattern.test(file))
    sizes[name] += gzipSync(readFileSync(path(file))).length
  }
  return sizes
}

async function pageSize(lines) {
  const { outputFiles } = await build({
    stdin: { contents: lines.replace("ENTRY", path("dist/browser/index.js")), resolveDir: path(".") },
    bundle: true,
    minify: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
  })
  return gzipSync(outputFiles[0].text).length
}

/** Additional CPU time of a process compared to an empty one, in ms: lower quartiles of alternating runs. */
function loadTimes(runs) {
  const report = "writeSync(2, JSON.stringify(process.cpuUsage()))"
  const programs = {
    empty: ["--input-type=commonjs", "--eval", `const { writeSync } = require("node:fs"); ${report}`],
    import: ["--input-type=module", "--eval", `import "zmtp"; import { writeSync } from "node:fs"; ${report}`],
    require: [
      "--input-type=commonjs",
      "--eval",
      `require("zmtp"); const { writeSync } = require("node:fs"); ${report}`,
    ],
  }
  const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]))
  for (let run = 0; run < runs; run++) {
    for (const [name, args] of Object.entries(programs)) {
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: path("."), encoding: "utf8" })
      if (status !== 0) throw new Error(`${name}: ${stderr}`)
      const { user, system } = JSON.parse(stderr)
      times[name].push((user + system) / 1000)
    }
  }
  const quartile = (name) => times[name].sort((a, b) => a - b)[times[name].length >> 2]
  const longer = (name) => Math.round((quartile(name) - quartile("empty")) * 10) / 10
  return { "import, ms of CPU time": longer("import"), "require, ms of CPU time": longer("require") }
}

function change(old, now) {
  if (old === undefined) return "new"
  if (old === now) return "same"
  return `${now > old ? "+" : ""}${((100 * (now - old)) / old).toFixed(1)} %`
}

function print(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`)
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`)
  console.log(lines.join("\n"))
}
