import { once } from "node:events"

let draining: Promise<unknown> | undefined

/**
 * Returns `undefined` if stdout has room, else a promise that resolves when it has. The promise rejects when `signal`
 * aborts, so that an interrupted process does not wait for a reader.
 */
export function stdoutDrained(signal: AbortSignal): Promise<unknown> | undefined {
  if (!process.stdout.writableNeedDrain) return undefined
  // One listener, regardless of the number of callers.
  draining ??= once(process.stdout, "drain", { signal }).finally(() => {
    draining = undefined
  })
  return draining
}

/** Maximum time to write the output of an interrupted process, in ms. */
const FLUSH_TIMEOUT = 1000

/** Writes all output. Resolves to false if this takes too long. */
export async function outputWritten(): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, FLUSH_TIMEOUT, false)
  })
  const written = Promise.all([process.stdout, process.stderr].map(flushed)).then(() => true)
  return Promise.race([written, late]).finally(() => {
    clearTimeout(timer)
  })
}

/** Resolves when everything written to `stream` so far was flushed or failed. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => {
      resolve()
    })
  })
}
