import { once } from "node:events"

let draining: Promise<unknown> | undefined

/**
 * Whether whoever reads stdout is behind: then what this returns resolves when there is room for more, and rejects when
 * `signal` aborts, so that an interrupted process does not wait for a reader.
 */
export function stdoutBehind(signal: AbortSignal): Promise<unknown> | undefined {
  if (!process.stdout.writableNeedDrain) return undefined
  // One listener, however many wait.
  draining ??= once(process.stdout, "drain", { signal }).finally(() => {
    draining = undefined
  })
  return draining
}

/** How long readers of the output of an interrupted process may take for what is written, in ms. */
const GOODBYE = 1000

/** Resolves when stdout and stderr have written everything: true, or false when that takes too long. */
export async function outputWritten(): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, GOODBYE, false)
  })
  const written = Promise.all([process.stdout, process.stderr].map(flushed)).then(() => true)
  return Promise.race([written, late]).finally(() => {
    clearTimeout(timer)
  })
}

/** Resolves when all that was written to `stream` so far is gone, wherever it went. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => {
      resolve()
    })
  })
}
