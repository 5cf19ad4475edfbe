// Puts what JSR publishes in jsr/: the ES modules for bundlers with declarations beside them, so that nobody has to infer a
// type ("slow types"). JSR takes no CommonJS.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const read = (name) => readFileSync(path(name), "utf8")

rmSync(path("jsr"), { recursive: true, force: true })
mkdirSync(path("jsr"))
const names = Object.values(JSON.parse(read("jsr.json")).exports).map((file) => /([\w-]+)\.js$/.exec(file)[1])
for (const file of readdirSync(path("dist/esm"))) {
  const code = read(`dist/esm/${file}`).replace("../node/libsodium.cjs", "./libsodium.js")
  const name = file.replace(/\.js$/, "")
  const types = names.includes(name) ? `/* @ts-self-types="./${name}.d.ts" */\n` : ""
  writeFileSync(path(`jsr/${file}`), types + code)
}
writeFileSync(
  path("jsr/libsodium.js"),
  read("dist/node/libsodium.cjs").replace("exports.libsodium =", "export const libsodium ="),
)
for (const file of readdirSync(path("dist/node")).filter((name) => name.endsWith(".d.cts"))) {
  const types = read(`dist/node/${file}`).replace(/(from '\.\/[\w-]+)\.cjs'/g, "$1.d.ts'")
  const buffer = /\bBuffer\b/.test(types) ? 'import type { Buffer } from "node:buffer";\n' : ""
  writeFileSync(path(`jsr/${file.replace(".d.cts", ".d.ts")}`), buffer + types)
}
