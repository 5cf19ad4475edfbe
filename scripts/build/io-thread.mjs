// The code of I/O threads for programs that are bundled: bundlers do not see that a file is the code of a thread. It is in a text
// of its own, with all that it needs, which is loaded with the first I/O thread.
import { build } from "esbuild"
import { writeFileSync } from "node:fs"

const TEXT = "./io-thread-text.js"

/** What takes the place of `platform/node/io-thread-code.ts`. */
const CODE = `import { Worker } from "node:worker_threads"

/** Starts an I/O thread, whose code is a text so that bundles contain it. */
export const startIoThread = async (data) => {
  const { code } = await import("${TEXT}")
  const options = { eval: true, workerData: data, transferList: [data.port], execArgv: [], name: "zmtp I/O" }
  return new Worker(code, options)
}
`

/** A plugin of Rollup. @param module Path of the module that starts I/O threads from a file. */
export function ioThreadFromText(module) {
  return {
    name: "io-thread-from-text",
    resolveId: (specifier) => (specifier === TEXT ? { id: TEXT, external: true } : undefined),
    load: (id) => (id === module ? CODE : undefined),
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
    // An I/O thread starts no other ones, which is the only use of it.
    define: { "import.meta.url": '""' },
  })
  writeFileSync(`${folder}/io-thread-text.js`, `export const code = ${JSON.stringify(outputFiles[0].text)}\n`)
}
