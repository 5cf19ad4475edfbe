import { watch } from "node:fs"
import { readFile } from "node:fs/promises"
import { basename, dirname } from "node:path"
export const CHANNELS = ["shell", "control", "iopub", "stdin", "hb"]

export function endpointOf(connection, channel) {
  const { transport, ip } = connection
  const port = connection[`${channel}_port`]
  return transport === "ipc" ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port || "*"}`
}

/** The contents of the file; `undefined` while it is missing or incomplete. */
export async function readConnection(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"))
  } catch (error) {
    if (error instanceof SyntaxError || error.code === "ENOENT") return undefined
    throw error
  }
}

/** Resolves once a kernel has written the file. */
export async function awaitConnection(path, signal) {
  const watcher = watch(dirname(path))
  try {
    for (;;) {
      const changed = new Promise((resolve, reject) => {
        watcher.on("change", (_, name) => {
          if (name === basename(path)) resolve()
        })
        signal.addEventListener("abort", () => reject(signal.reason))
      })
      changed.catch(() => undefined)
      const connection = await readConnection(path)
      if (connection !== undefined) return connection
      await changed
    }
  } finally {
    watcher.close()
  }
}
