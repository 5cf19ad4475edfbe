// Writes the files that JSR publishes to jsr/: the ES modules for bundlers, with declarations beside them, so that JSR does
// not have to infer types ("slow types"). JSR does not support CommonJS.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const read = (name) => readFileSync(path(name), "utf8")

rmSync(path("jsr"), { recursive: true, force: true })
mkdirSync(path("jsr"))
const names = Object.values(JSON.parse(read("jsr.json")).exports).map((file) => /([\w-]+)\.js$/.exec(file)[1])
for (const file of readdirSync(path("dist/esm"))) {
  const name = file.replace(/\.js$/, "")
  // Include the code of I/O threads, because modules that are loaded from a server cannot search for a file.
  const start = name === "index" ? 'import "./io-threads.js"\n' : ""
  const code = start + read(`dist/esm/${file}`).replace(/\.\.\/node\/([\w-]+)\.cjs/g, "./$1.js")
  const types = names.includes(name) ? `/* @ts-self-types="./${name}.d.ts" */\n` : ""
  writeFileSync(path(`jsr/${file}`), types + code)
}
for (const name of ["libsodium", "ws", "io-thread-text"]) {
  const code = read(`dist/node/${name}.cjs`)
    .replace(/^exports\.(\w+) = require\("\.\/([\w-]+)\.cjs"\).*$/gm, 'export { $1 } from "./$2.js"')
    .replace(/^exports\.(\w+) =/gm, "export const $1 =")
  writeFileSync(path(`jsr/${name}.js`), code)
}
for (const file of readdirSync(path("dist/node")).filter((name) => name.endsWith(".d.cts"))) {
  const types = read(`dist/node/${file}`).replace(/(from '\.\/[\w-]+)\.cjs'/g, "$1.d.ts'")
  const buffer = /\bBuffer\b/.test(types) ? 'import type { Buffer } from "node:buffer";\n' : ""
  writeFileSync(path(`jsr/${file.replace(".d.cts", ".d.ts")}`), buffer + types)
}
