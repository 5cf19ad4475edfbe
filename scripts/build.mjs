// Builds dist/esm and dist/cjs: the same modules twice, each with its types. The ES modules are then joined: loading one
// file takes a third of the time that loading seventy does. With --apart they are left as they are: so each maps to its
// source alone, as coverage wants it.
import { build } from "esbuild"
import { execFileSync } from "node:child_process"
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"

const root = new URL("..", import.meta.url)
const path = (name) => fileURLToPath(new URL(name, root))
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")

rmSync(path("dist"), { recursive: true, force: true })
for (const format of ["esm", "cjs"]) {
  execFileSync(process.execPath, [tsc, "-p", path(`tsconfig.${format}.json`)], { stdio: "inherit" })
}

// libsodium in one file: in dist for CommonJS, in vendor for what runs from src, and joined with the ES modules. Text, since
// bundlers and all runtimes take along what is imported, but not what is read.
mkdirSync(path("dist/vendor"), { recursive: true })
writeFileSync(
  path("dist/vendor/libsodium.cjs"),
  `/*! libsodium; its license is in dist/vendor/LICENSE.libsodium. */
exports.libsodium = "${readFileSync(path("scripts/libsodium/libsodium.wasm"), "base64")}"
`,
)
copyFileSync(path("scripts/libsodium/LICENSE"), path("dist/vendor/LICENSE.libsodium"))

typeBrowserEntry()
if (!process.argv.includes("--apart")) await joinModules()
writeFileSync(path("dist/cjs/package.json"), '{ "type": "commonjs" }\n')

// ws in one file, loaded when a WebSocket is used.
await build({
  stdin: { contents: 'module.exports = require("ws")', resolveDir: path(".") },
  outfile: path("dist/vendor/ws.cjs"),
  bundle: true,
  minify: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  // What it would try to load beside itself.
  define: { "process.env.WS_NO_BUFFER_UTIL": "true", "process.env.WS_NO_UTF_8_VALIDATE": "true" },
  legalComments: "none",
  banner: { js: "/* ws; its licence is in LICENSE.ws beside this file. */" },
  logLevel: "error",
})
copyFileSync(path("node_modules/ws/LICENSE"), path("dist/vendor/LICENSE.ws"))
cpSync(path("dist/vendor"), path("vendor"), { recursive: true })

/** The types of the browser entry, where there is no Buffer: those of the others with Uint8Array in its place. */
function typeBrowserEntry() {
  for (const name of readdirSync(path("dist/esm"), { recursive: true })) {
    if (!name.endsWith(".d.ts")) continue
    const types = readFileSync(path(`dist/esm/${name}`), "utf8")
    const target = path(`dist/browser/${name}`)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, types.replace(/\bBuffer\b/g, "Uint8Array"))
  }
}

/** Puts a file for each entry of the package, and what entries share, in the place of the modules in dist/esm. */
async function joinModules() {
  const { exports, bin } = JSON.parse(readFileSync(path("package.json"), "utf8"))
  const entries = new Set(JSON.stringify({ exports, bin }).match(/dist\/esm\/[\w./-]+\.js(?=")/g))
  const browser = "dist/esm/browser.js"
  const protocol = "dist/esm/protocol.js"
  for (const entry of [browser, protocol]) entries.delete(entry)
  const common = {
    outdir: path("dist/esm"),
    outbase: path("dist/esm"),
    bundle: true,
    format: "esm",
    target: "es2022",
    sourcemap: true,
    sourcesContent: false,
    write: false,
  }
  const vendor = {
    name: "vendor",
    setup: ({ onResolve }) => {
      onResolve({ filter: /vendor\/ws\.cjs$/ }, ({ path: file }) => ({
        path: `../vendor/${file.slice(file.lastIndexOf("/") + 1)}`,
        external: true,
      }))
    },
  }
  const outputs = await Promise.all([
    build({
      ...common,
      entryPoints: [...entries].map(path),
      chunkNames: "shared-[hash]",
      splitting: true,
      platform: "node",
      packages: "external",
      // Classes are told by their names, in `util.inspect` and in errors. They keep them as long as they do not refer to
      // themselves, but for what is mended below: `keepNames` runs code for each, a fifteenth of what the import takes.
      plugins: [
        {
          // What any two entries share is one file then, since each of them needs all of it: every file takes a millisecond.
          name: "together",
          setup: ({ onLoad }) => {
            const others = [...entries].map(path).filter((file) => file !== path("dist/esm/index.js"))
            onLoad({ filter: /\.js$/ }, ({ path: file }) => {
              if (!others.includes(file)) return
              return { contents: readFileSync(file, "utf8").replace(/^(?=import|export)/m, 'import "./index.js";') }
            })
          },
        },
        vendor,
      ],
    }),
    // Apart from the others, since it needs nothing of them and runs everywhere.
    build({ ...common, entryPoints: [path(protocol)], platform: "neutral", plugins: [vendor] }),
    // Apart from the others. Pages that have a Buffer all the same get none from us.
    build({
      ...common,
      entryPoints: [path(browser)],
      platform: "browser",
      define: { Buffer: "undefined" },
      minifySyntax: true,
    }),
  ])
  for (const name of readdirSync(path("dist/esm"), { recursive: true })) {
    if (/\.js(\.map)?$/.test(name)) rmSync(path(`dist/esm/${name}`))
  }
  for (const { path: file, text } of outputs.flatMap(({ outputFiles }) => outputFiles)) {
    // What has the name of a global is kept in a variable of another.
    writeFileSync(file, text.replace(/^var ([A-Z]\w*?)\d+ = class (?=extends|\{)/gm, "$&$1 "))
  }
}
