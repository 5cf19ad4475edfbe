// The code of I/O threads for bundled programs. Bundlers do not recognize that a file is the program of a thread, so
// its code is in a string that `zmtp/io-threads` imports. Only programs that import this entry contain it.
import { build } from "esbuild"
import { writeFileSync } from "node:fs"
import { path } from "./bundles.mjs"

const TEXT = "io-thread-text.cjs"
const SODIUM = 'export const { libsodium } = require("node:worker_threads").workerData'

/** The module that loads the code, and the module that starts threads from a file. */
const LOADING = path("src/platform/node/io-thread-text.ts")
const STARTING = path("src/platform/node/io-thread-file.ts")

/** A plugin of Rollup that loads the code from its file, which is in the same folder. */
export function ioThreadText(format) {
  const file = `./${TEXT}`
  return {
    name: "io-thread-text",
    resolveId: (specifier) => (specifier === file ? { id: file, external: true } : undefined),
    load(id) {
      // In an unbundled program, only `zmtp/io-threads` loads this module, and threads do not need it.
      if (id === LOADING) {
        return format === "cjs"
          ? `export const loadText = () => require("${file}")`
          : `import { code, libsodium } from "${file}"\nexport const loadText = () => ({ code, libsodium })`
      }
      // ES modules may come from a server.
      if (id === STARTING && format === "es") return "export const startFromFile = () => undefined"
      return undefined
    },
  }
}

/**
 * Writes the code to `folder`.
 * @param entry The source of I/O threads. It is bundled from the sources, so it contains only what they use.
 */
export async function writeIoThreadText(entry, folder) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "cjs",
    minify: true,
    keepNames: true,
    write: false,
    legalComments: "none",
    sourcemap: false,
    plugins: [
      {
        name: "libsodium-of-the-program",
        setup: ({ onLoad }) => {
          onLoad({ filter: /\/vendor\/libsodium\.cjs$/ }, () => ({ contents: SODIUM }))
        },
      },
    ],
  })
  writeFileSync(
    `${folder}/${TEXT}`,
    `/* Contains ws (MIT); its license is in THIRD-PARTY-LICENSES.md. */
exports.code = ${JSON.stringify(outputFiles[0].text)}
exports.libsodium = require("./libsodium.cjs").libsodium
`,
  )
}
