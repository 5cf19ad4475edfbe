// Writes the files that JSR publishes to jsr/: ES modules, because JSR does not support CommonJS, with the declarations of
// `npm run build` beside them, so that JSR does not have to infer types ("slow types").
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { rollup } from "rollup"
import { common, firstOf, modules, path, shared, sources, typescript, vendor } from "./build/bundles.mjs"
import { compileWithComments } from "./build/compile.mjs"
import { ioThreadText } from "./build/io-thread.mjs"

const read = (name) => readFileSync(path(name), "utf8")

rmSync(path("jsr"), { recursive: true, force: true })
const names = Object.values(JSON.parse(read("jsr.json")).exports).map((file) => /([\w-]+)\.js$/.exec(file)[1])
const bundle = await rollup({
  ...common(),
  input: sources(names),
  plugins: [vendor((name) => `./${name}.cjs`), ioThreadText("es"), typescript((file) => compileWithComments(file))],
})
await bundle.write({
  ...modules("jsr"),
  manualChunks: firstOf(shared("security/sodium", "sodium"), shared("index", "core")),
})
for (const file of readdirSync(path("jsr"))) {
  const name = file.replace(/\.js$/, "")
  // Include the code of I/O threads, because modules that are loaded from a server cannot search for a file.
  const start = name === "index" ? 'import "./io-threads.js"\n' : ""
  const code = start + read(`jsr/${file}`).replace(/(['"])\.\/([\w-]+)\.cjs\1/g, '"./$2.js"')
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
