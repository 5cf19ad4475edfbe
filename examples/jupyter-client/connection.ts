import { watch } from "node:fs"
import { readFile } from "node:fs/promises"
import { basename, dirname } from "node:path"

export type Channel = "shell" | "control" | "iopub" | "stdin" | "hb"
export const CHANNELS: readonly Channel[] = ["shell", "control", "iopub", "stdin", "hb"]

/** A connection file: where a kernel listens, and the key of its messages. */
export type Connection = {
  readonly transport: string
  readonly ip: string
  readonly key: string
  readonly signature_scheme: string
} & Readonly<Record<`${Channel}_port`, number>>

export function endpointOf(connection: Connection, channel: Channel): string {
  const { transport, ip } = connection
  const port = connection[`${channel}_port`]
  return transport === "ipc" ? `ipc://${ip}-${port}` : `${transport}://${ip}:${port || "*"}`
}

/** What is in the file; `undefined` while it is not there or not whole. */
export async function readConnection(path: string): Promise<Connection | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Connection
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  }
}

/** Resolves once a kernel has written the file. */
export async function awaitConnection(path: string, signal: AbortSignal): Promise<Connection> {
  const watcher = watch(dirname(path))
  try {
    for (;;) {
      const changed = new Promise<void>((resolve, reject) => {
        watcher.on("change", (_, name) => {
          if (name === basename(path)) resolve()
        })
        signal.addEventListener("abort", () => reject(signal.reason as Error))
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
