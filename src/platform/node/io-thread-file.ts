import { existsSync } from "node:fs"
import { Worker, type WorkerOptions } from "node:worker_threads"

/**
 * Runs the code of I/O threads from its file beside that of the library: `io-thread.ts` in the sources. Returns
 * `undefined` if the program is bundled, because there is no such file then.
 */
export function startFromFile(options: WorkerOptions): Worker | undefined {
  // The build for Node makes this `undefined` in bundles.
  const here = import.meta.url as string | undefined
  if (here === undefined) return undefined
  const isSource = here.endsWith(".ts")
  const file = new URL(isSource ? "../../entry/io-thread.ts" : "./io-thread.cjs", here)
  if (!existsSync(file)) return undefined
  return isSource ? new Worker(fromSource(file.href), { ...options, eval: true }) : new Worker(file, options)
}

/** In Node 20, threads do not inherit the module hooks that `--import tsx` registers. */
function fromSource(file: string): string {
  return `import("tsx/esm/api").then(({ register }) => (register(), import(${JSON.stringify(file)})))`
}
