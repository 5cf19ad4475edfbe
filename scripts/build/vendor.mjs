// Writes the bundled packages, libsodium and ws, to `vendor/`. The sources load them from there; `npm run build` copies them to
// `dist`. They are loaded when CURVE or a WebSocket is first used. libsodium is text, because bundlers and all runtimes include
// a module that is imported, but not a file that is read.
import commonjs from "@rollup/plugin-commonjs"
import { nodeResolve } from "@rollup/plugin-node-resolve"
import { build, transform } from "esbuild"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { rollup } from "rollup"

const require = createRequire(import.meta.url)

// Packages that ws would try to load beside itself.
const DEFINE = { "process.env.WS_NO_BUFFER_UTIL": "true", "process.env.WS_NO_UTF_8_VALIDATE": "true" }
const WS_BANNER = "/* ws (MIT); its license is in THIRD-PARTY-LICENSES.md. */"
const MINIFY = { minify: true, target: "node20", legalComments: "none" }

/** Writes `libsodium.cjs`, `ws.cjs`, and `ws.js`, an ES module, to the folder `vendor` of `root`. */
export async function buildVendor(root) {
  const vendor = join(root, "vendor")
  mkdirSync(vendor, { recursive: true })
  writeFileSync(
    join(vendor, "libsodium.cjs"),
    `/* libsodium (ISC); its license is in THIRD-PARTY-LICENSES.md. */
exports.libsodium = "${readFileSync(join(root, "scripts/libsodium/libsodium.wasm"), "base64")}"
`,
  )
  await Promise.all([bundleCommonJs(root, join(vendor, "ws.cjs")), bundleModule(join(vendor, "ws.js"))])
}

async function bundleCommonJs(root, outfile) {
  await build({
    ...MINIFY,
    stdin: { contents: 'module.exports = require("ws")', resolveDir: root },
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    banner: { js: WS_BANNER },
    define: DEFINE,
    logLevel: "error",
  })
}

/** esbuild would leave calls of `require` in the ES module, which no runtime resolves there. */
async function bundleModule(outfile) {
  const bundle = await rollup({
    input: require.resolve("ws"),
    external: (id) => /^(node:)?(events|https?|net|tls|crypto|stream|url|zlib|buffer)$/.test(id),
    plugins: [
      {
        name: "define",
        transform: (code) => Object.entries(DEFINE).reduce((text, [from, to]) => text.replaceAll(from, to), code),
      },
      nodeResolve({ exportConditions: ["node"], preferBuiltins: true }),
      commonjs({ ignore: ["bufferutil", "utf-8-validate"] }),
    ],
    onLog: (level, { message }) => {
      if (level === "warn") throw new Error(message)
    },
  })
  const { output } = await bundle.generate({
    format: "es",
    paths: (id) => (id.startsWith("node:") ? id : `node:${id}`),
  })
  const { code } = await transform(output[0].code, { ...MINIFY, format: "esm", banner: WS_BANNER })
  writeFileSync(outfile, code)
}
