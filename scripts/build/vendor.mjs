// Writes the bundled packages, libsodium and ws, to `vendor/`. The sources load them from there; `npm run build` copies them to
// `dist/node`. They are loaded when CURVE or a WebSocket is first used. libsodium is text, because bundlers and all runtimes
// include a module that is imported, but not a file that is read.
import { build } from "esbuild"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { builtinModules } from "node:module"
import { join } from "node:path"

/** Writes `libsodium.cjs` and `ws.cjs` to the folder `vendor` of `root`. */
export async function buildVendor(root) {
  const vendor = join(root, "vendor")
  mkdirSync(vendor, { recursive: true })
  writeFileSync(
    join(vendor, "libsodium.cjs"),
    `/* libsodium (ISC); its license is in THIRD-PARTY-LICENSES.md. */
exports.libsodium = "${readFileSync(join(root, "scripts/libsodium/libsodium.wasm"), "base64")}"
`,
  )
  await bundleWs(root, join(vendor, "ws.cjs"))
}

/**
 * Bundles ws into a CommonJS module without `require`, which bundlers would leave in an ES module, where no runtime resolves it.
 * The module exports `ws`.
 */
async function bundleWs(root, file) {
  const exported = { WebSocket: "websocket", WebSocketServer: "websocket-server", Receiver: "receiver" }
  const contents = Object.entries(exported).map(
    ([name, module]) => `export { default as ${name} } from "./node_modules/ws/lib/${module}.js"`,
  )
  const { outputFiles } = await build({
    stdin: { contents: contents.join("\n"), resolveDir: root },
    bundle: true,
    write: false,
    minify: true,
    target: "node20",
    legalComments: "none",
    platform: "node",
    format: "iife",
    globalName: "ws",
    // Packages that ws would try to load beside itself.
    define: { "process.env.WS_NO_BUFFER_UTIL": "true", "process.env.WS_NO_UTF_8_VALIDATE": "true" },
    logLevel: "error",
    plugins: [builtins],
  })
  const code = outputFiles[0].text.replace(/^(?:"use strict";)?var ws=/, "exports.ws = ")
  writeFileSync(file, `/* ws (MIT); its license is in THIRD-PARTY-LICENSES.md. */\n${code}`)
}

/** Modules of Node, by name or with the prefix `node:`. */
const builtins = {
  name: "builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: new RegExp(`^(node:)?(${builtinModules.join("|")})$`) }, ({ path }) => ({
      path: path.replace(/^node:/, ""),
      namespace: "builtin",
    }))
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule("node:${path}")`,
    }))
  },
}
