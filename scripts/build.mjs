// Builds dist/esm and dist/cjs: the same modules twice, each with its types. The ES modules are then joined: loading one
// file takes a third of the time that loading seventy does.
import { build } from "esbuild"
import { execFileSync } from "node:child_process"
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const root = new URL("..", import.meta.url)
const path = (name) => fileURLToPath(new URL(name, root))
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")

rmSync(path("dist"), { recursive: true, force: true })
for (const format of ["esm", "cjs"]) {
  execFileSync(process.execPath, [tsc, "-p", path(`tsconfig.${format}.json`)], { stdio: "inherit" })
}

await joinModules()
writeFileSync(path("dist/cjs/package.json"), '{ "type": "commonjs" }\n')

// libsodium in one file, loaded when CURVE is used: in dist for both builds, in vendor for what runs from src.
await build({
  entryPoints: [createRequire(import.meta.url).resolve("libsodium-wrappers")],
  outfile: path("dist/vendor/libsodium.cjs"),
  bundle: true,
  minify: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  // For bundles: no AMD, whose modules they would look for, and nothing of Node, since ES modules have no `require`.
  define: { define: "undefined", self: "globalThis", "globalThis.process": "undefined" },
  legalComments: "none",
  banner: { js: "/* libsodium.js; its licence is in LICENSE.libsodium beside this file. */" },
  logLevel: "error",
})
copyFileSync(path("node_modules/libsodium-wrappers/LICENSE"), path("dist/vendor/LICENSE.libsodium"))
cpSync(path("dist/vendor"), path("vendor"), { recursive: true })

/** Puts a file for each entry of the package, and what entries share, in the place of the modules in dist/esm. */
async function joinModules() {
  const { exports, bin } = JSON.parse(readFileSync(path("package.json"), "utf8"))
  const entries = new Set(JSON.stringify({ exports, bin }).match(/dist\/esm\/[\w./-]+\.js(?=")/g))
  const { outputFiles } = await build({
    entryPoints: [...entries].map(path),
    outdir: path("dist/esm"),
    outbase: path("dist/esm"),
    chunkNames: "shared-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
    target: "es2022",
    // Classes are told by their names, in `util.inspect` and in errors.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    write: false,
    plugins: [
      {
        name: "libsodium",
        setup: ({ onResolve }) => {
          onResolve({ filter: /libsodium\.cjs$/ }, () => ({ path: "../vendor/libsodium.cjs", external: true }))
        },
      },
    ],
  })
  for (const name of readdirSync(path("dist/esm"), { recursive: true })) {
    if (/\.js(\.map)?$/.test(name)) rmSync(path(`dist/esm/${name}`))
  }
  for (const { path: file, contents } of outputFiles) writeFileSync(file, contents)
}
