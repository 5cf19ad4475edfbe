import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

/** Runs the garbage collector. */
export const collectGarbage = collector()

function collector(): () => void {
  const { Bun } = globalThis as { Bun?: { gc(synchronously: boolean): void } }
  if (Bun !== undefined)
    return () => {
      Bun.gc(true)
    }
  setFlagsFromString("--expose-gc")
  return runInNewContext("gc") as () => void
}
