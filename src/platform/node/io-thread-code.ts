import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { zmqError } from "../../core/errors.js"
import type { ThreadCode } from "../../transports/io/thread-code.js"

/** Starts an I/O thread. Its code is a file beside that of the library: `io-thread.ts` in the sources. */
export const startIoThread: ThreadCode = (data) => {
  const here = import.meta.url
  const isSource = here.endsWith(".ts")
  const file = new URL(isSource ? "../../entry/io-thread.ts" : "./io-thread.cjs", here)
  if (!existsSync(file)) {
    const message = `The code of I/O threads is missing: copy dist/node of the package zmtp to ${fileURLToPath(new URL(".", file))}, or leave the package out of the bundle`
    throw zmqError("ENOTSUP", { message })
  }
  return new Worker(isSource ? fromSource(file.href) : file, {
    eval: isSource,
    workerData: data,
    transferList: [data.port],
    // Do not inherit options of the process, such as --eval, that apply only to its main program.
    execArgv: [],
    name: "zmtp I/O",
  })
}

/** In Node 20, threads do not inherit the module hooks that `--import tsx` registers. */
function fromSource(file: string): string {
  return `import("tsx/esm/api").then(({ register }) => (register(), import(${JSON.stringify(file)})))`
}
