// Runs test files in Cloudflare's runtime: `workerd.mjs PROGRAM RESULTS FILES…`. The files are bundled into one Worker, which
// runs them in its first request. The result of each test is a line of JSON in RESULTS, as with `suite.mjs`.
import { build } from "esbuild"
import { spawn } from "node:child_process"
import { builtinModules } from "node:module"
import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"

const path = (name) => fileURLToPath(new URL(name, import.meta.url))
const [program, results, ...files] = process.argv.slice(2)

/** Tests that cannot run here, and the reasons. */
const MISSING = {
  "onAbort notifies all subscribers in order, through one listener": "getEventListeners sees no listeners of signals",
  "onAbort listens only while there are subscribers, and listens again for the next one":
    "getEventListeners sees no listeners of signals",
  "a socket without a peer accepts messages as STREAM, receives none, and reports the reason":
    "this build has no STREAM",
}

/** Files that tests read, by their paths in the repository. */
const FILES = ["package.json", ...readdirSync(path("../../test/vectors")).map((name) => `test/vectors/${name}`)]

const folder = mkdtempSync(join(tmpdir(), "zmtp-workerd-"))
try {
  await bundle()
  configure()
  const lines = await ask()
  for (const line of lines) {
    const reason = MISSING[line.name]
    if (reason !== undefined) Object.assign(line, { state: "skipped", reason })
  }
  appendFileSync(results, lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
  const failed = lines.filter(({ state }) => state === "failed")
  for (const { name, reason } of failed) console.error(`${name}\n${reason}\n`)
  process.exitCode = Math.min(failed.length, 1)
  appendFileSync(results, `${JSON.stringify({ state: "over" })}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Test files are loaded within the request, because timers and random numbers are available to a Worker only there. */
async function bundle() {
  const load = files.map((file) => {
    const name = JSON.stringify(resolve(file))
    return `try { require(${name}) } catch (error) { broken.push({ name: ${name}, ...outcomeOf(error) }) }`
  })
  await build({
    stdin: {
      contents: `import { outcomeOf, run } from ${JSON.stringify(path("mocha-lite.mjs"))}
export default {
  async fetch() {
    const broken = []
    ${load.join("\n    ")}
    const lines = broken
    await run((line) => lines.push({ file: "workerd", ...line }))
    return Response.json(lines)
  },
}`,
      resolveDir: path("."),
    },
    bundle: true,
    outfile: join(folder, "worker.js"),
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    alias: {
      zmtp: path("../../dist/workerd/index.js"),
      "zmtp/browser": path("../../dist/workerd/browser-workerd.js"),
      "zmtp/msgpack": path("../../dist/browser/msgpack.js"),
    },
    external: ["cloudflare:*"],
    plugins: [{ name: "workerd", setup }],
    define: { "import.meta.url": '"file:///bundle/test/support/worker.js"' },
    logLevel: "error",
  })
}

/** Replaces imports of the library's sources by the entry point for this runtime. */
function setup({ onLoad, onResolve }) {
  onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true }))
  onResolve({ filter: /\.wasm$/ }, () => ({ path: "libsodium.wasm", external: true }))
  onResolve({ filter: /\/src\/index\.js$/ }, () => ({ path: path("../../src/workerd.ts") }))
  onResolve({ filter: /\/(entry\/node|security\/sodium|\.\/sodium)\.js$/ }, ({ path }) => ({
    path,
    namespace: "workerd",
  }))
  onLoad({ filter: /./, namespace: "workerd" }, () => ({
    contents: `export { workerdSodium as loadSodium } from ${JSON.stringify(path("../../src/platform/workerd/index.ts"))}`,
    resolveDir: path("."),
  }))
  onResolve({ filter: /^[a-z_/]+$/ }, ({ path }) =>
    builtinModules.includes(path) ? { path: `node:${path}`, external: true } : undefined,
  )
}

function configure() {
  cpSync(path("../../dist/workerd/libsodium.wasm"), join(folder, "libsodium.wasm"))
  for (const name of FILES) cpSync(path(`../../${name}`), join(folder, basename(name)))
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    (name = "libsodium.wasm", wasm = embed "libsodium.wasm"),
    ${FILES.map((name) => `(name = "${name}", text = embed "${basename(name)}")`)},
  ],
  compatibilityDate = "2026-06-01",
  compatibilityFlags = ["nodejs_compat"],
);
`,
  )
}

/** Starts the Worker, and returns its response. */
async function ask() {
  const child = spawn(program, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  })
  try {
    let said = ""
    for await (const piece of child.stdio[3]) {
      said += piece
      const port = /"event":"listen".*"port":(\d+)/.exec(said)?.[1]
      if (port !== undefined) return await (await fetch(`http://127.0.0.1:${port}`)).json()
    }
    throw new Error(`workerd ended: ${said}`)
  } finally {
    child.kill("SIGKILL")
  }
}
