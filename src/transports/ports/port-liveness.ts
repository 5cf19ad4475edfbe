import { systemClock } from "../../core/clock.js"
import type { AnyPort } from "./port-side.js"

/** By this, what is said here is told from what else comes through a port. */
const MARK = "zmtp.life.1"

/** Time for what was sent before the end to arrive, in ms. */
const GRACE = 1000

/**
 * Tells when whoever is beyond `port` has ended, which ports of browsers do not: each side holds a Web Lock as long as it
 * lives, and waits for that of the other. Without such locks, or across origins, nobody is told.
 * @returns What ends it.
 */
export function watch(port: AnyPort, ended: () => void): () => void {
  const { locks } = ((globalThis as { navigator?: Navigator }).navigator ?? {}) as Partial<Navigator>
  if (locks === undefined) return () => undefined
  const stop = new AbortController()
  const { signal } = stop
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => {
      resolve()
    })
  })
  const own = `${MARK} ${crypto.randomUUID()}`
  void locks.request(own, () => {
    if (!signal.aborted) port.postMessage([MARK, own], [])
    return stopped
  })
  const heard = ({ data }: { readonly data?: unknown }): void => {
    if (!Array.isArray(data) || data[0] !== MARK || typeof data[1] !== "string") return
    released(locks, data[1], signal).then(
      () => {
        systemClock.after(GRACE, ended)
      },
      () => undefined,
    )
  }
  port.addEventListener("message", heard)
  return () => {
    port.removeEventListener("message", heard)
    stop.abort()
  }
}

/** Resolves when nobody holds the lock `name` any more. Rejects when it is not to be seen from here. */
async function released(locks: LockManager, name: string, signal: AbortSignal): Promise<void> {
  const { held = [] } = await locks.query()
  if (!held.some((lock) => lock.name === name)) throw new Error("Its holder is of another origin")
  await locks.request(name, { signal }, () => undefined)
}
