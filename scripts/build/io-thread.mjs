// The code of I/O threads for programs that are bundled: bundlers do not see that a file is the program of a thread. It is in a
// text that `zmtp/io-threads` imports, so that only programs that ask for it contain it.
import { build } from "esbuild"
import { writeFileSync } from "node:fs"

const TEXT = "io-thread-text.cjs"
const SODIUM = 'export const { libsodium } = require("node:worker_threads").workerData'

/**
 * Takes the text from its file: a plugin of Rollup.
 * @param modules Paths of the module that loads the text and of the one that starts threads from a file.
 * @param folder Where the file with the text is, seen from what is built.
 */
export function ioThreadText({ text, file }, folder, format) {
  const path = `${folder}/${TEXT}`
  return {
    name: "io-thread-text",
    resolveId: (specifier) => (specifier === path ? { id: path, external: true } : undefined),
    load(id) {
      // Of what is not bundled, only `zmtp/io-threads` loads the module, and no thread needs the text.
      if (id === text) {
        return format === "cjs"
          ? `export const loadText = () => require("${path}")`
          : `import { code, libsodium } from "${path}"\nexport const loadText = () => ({ code, libsodium })`
      }
      // The place of a bundle says nothing about where the package is.
      if (id === file && format === "es") return "export const startFromFile = () => undefined"
      return undefined
    },
  }
}

/** Writes the text to `folder`. @param entry The source of I/O threads: bundled from sources, it contains only what they use. */
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
