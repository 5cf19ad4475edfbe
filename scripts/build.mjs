// Builds dist/esm and dist/cjs: the same modules twice, each with its types.
import { build } from "esbuild"
import { execFileSync } from "node:child_process"
import { copyFileSync, cpSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const root = new URL("..", import.meta.url)
const path = (name) => fileURLToPath(new URL(name, root))
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc")

rmSync(path("dist"), { recursive: true, force: true })
for (const format of ["esm", "cjs"]) {
  execFileSync(process.execPath, [tsc, "-p", path(`tsconfig.${format}.json`)], { stdio: "inherit" })
}

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
