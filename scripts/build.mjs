// Builds dist/esm and dist/cjs: the same modules twice, each with its types.
import { execFileSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
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
