import { systemClock, type Clock, type Timer } from "../../core/runtime/clock.js"
import type { AnyPort } from "./port-side.js"

/** Marks liveness messages among all messages on the port. */
const MARK = "zmtp.life.2"

/** Time to wait for messages that were sent before the end, in ms. */
const GRACE = 1000

/**
 * Time to answer a query, in ms. The query is sent twice, so that a busy event loop on this side does not count against
 * the peer.
 */
const ANSWER_TIME = 1500

/**
 * Messages between the two sides of a port: the name of the lock that the sender holds, with the sender's origin; a
 * query for the holder of a lock that cannot be seen; and its answer.
 */
type LifeMessage =
  readonly [kind: "holds", name: string, origin: string] | readonly [kind: "asks"] | readonly [kind: "lives"]

/** Monitors the realm on the other side of a port. */
export interface Liveness {
  stop(): void
}

/**
 * Detects when the realm on the other side of `port` has ended, which browser ports do not report. Each side holds a
 * Web Lock while it exists, sends the name of the lock to the other side, and waits until the other side's lock is
 * released.
 *
 * A lock that is not held when its name arrives was released by a realm that has ended since, or belongs to a realm
 * whose locks are not visible: one with another origin, or the same origin in another storage partition. A query
 * distinguishes these cases, because only an existing realm answers it.
 *
 * @param ready Called once, when this side may send messages: its lock is held, and the other side receives the name
 * first. Without Web Locks, it is called immediately, and the end of the realm is not detected.
 * @param ended Called when the other realm has ended.
 */
export function watch(port: AnyPort, ready: () => void, ended: () => void, clock: Clock = systemClock): Liveness {
  const { navigator, origin } = globalThis as { readonly navigator?: Navigator; readonly origin?: string }
  const { locks } = (navigator ?? {}) as Partial<Navigator>
  if (locks === undefined) {
    ready()
    return { stop: () => undefined }
  }
  const watcher = new Watcher(port, locks, String(origin), ended, clock)
  watcher.start(ready)
  return watcher
}

class Watcher implements Liveness {
  readonly #stop = new AbortController()
  /** Runs while an answer is expected, or while the last messages may still arrive. */
  #timer: Timer | undefined

  constructor(
    private readonly port: AnyPort,
    private readonly locks: LockManager,
    private readonly origin: string,
    private readonly ended: () => void,
    private readonly clock: Clock,
  ) {}

  start(ready: () => void): void {
    const { signal } = this.#stop
    const name = `${MARK} ${crypto.randomUUID()}`
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        resolve()
      })
    })
    this.port.addEventListener("message", this.#heard)
    this.locks
      .request(name, () => {
        if (signal.aborted) return undefined
        this.#post(["holds", name, this.origin])
        ready()
        return stopped
      })
      // Pages with an opaque origin, such as sandboxed frames, cannot use locks.
      .catch(ready)
  }

  stop(): void {
    this.port.removeEventListener("message", this.#heard)
    this.#timer?.cancel()
    this.#stop.abort()
  }

  readonly #heard = ({ data }: { readonly data?: unknown }): void => {
    const message = parseLifeMessage(data)
    if (message === undefined) return
    switch (message[0]) {
      case "holds":
        void this.#await(message[1], message[2])
        break
      case "asks":
        this.#post(["lives"])
        break
      case "lives":
        // Its lock is not visible from here, so its end cannot be detected.
        this.#timer?.cancel()
        break
    }
  }

  async #await(name: string, origin: string): Promise<void> {
    const { signal } = this.#stop
    try {
      const { held = [] } = await this.locks.query()
      if (signal.aborted) return
      if (held.some((lock) => lock.name === name)) {
        await this.locks.request(name, { signal }, () => undefined)
        this.#timer = this.clock.after(GRACE, this.ended)
      } else if (origin === this.origin) this.#ask(2)
    } catch {
      // The watch was stopped, or the page is being unloaded.
    }
  }

  #ask(times: number): void {
    if (times === 0) {
      this.ended()
      return
    }
    this.#post(["asks"])
    this.#timer?.cancel()
    this.#timer = this.clock.after(ANSWER_TIME, () => {
      this.#ask(times - 1)
    })
  }

  #post(message: LifeMessage): void {
    this.port.postMessage([MARK, ...message], [])
  }
}

function parseLifeMessage(data: unknown): LifeMessage | undefined {
  if (!Array.isArray(data) || data[0] !== MARK) return undefined
  const [, kind, name, origin] = data as unknown[]
  if (kind === "asks" || kind === "lives") return [kind]
  return kind === "holds" && typeof name === "string" && typeof origin === "string" ? [kind, name, origin] : undefined
}
