import { systemClock, type Clock, type Timer } from "../../core/clock.js"
import type { AnyPort } from "./port-side.js"

/** Tells messages about life from everything else that comes through a port. */
const MARK = "zmtp.life.2"

/** Time for what was sent before the end to arrive, in ms. */
const GRACE = 1000

/** Time to answer a question, in ms. It is asked twice, so that a busy event loop here does not count against the peer. */
const ANSWER_TIME = 1500

/**
 * What the two sides of a port tell each other: the name of the lock that the speaker holds and the speaker's origin; a
 * question to who holds a lock that cannot be seen; and its answer.
 */
type LifeMessage =
  readonly [kind: "holds", name: string, origin: string] | readonly [kind: "asks"] | readonly [kind: "lives"]

/** What watches whoever is beyond a port. */
export interface Liveness {
  stop(): void
}

/**
 * Finds out when the realm beyond `port` has ended, which ports of browsers do not report. Each side holds a Web Lock as
 * long as it lives, names it to the other, and waits for the lock of the other to be released.
 *
 * A lock that is not held any more when its name arrives was released by a realm that has ended since, or belongs to a
 * realm whose locks cannot be seen from here: one of another origin, or of the same origin in another storage partition.
 * Only the living answer a question.
 *
 * @param ready Called once, when this side may speak: its lock is held, and the other side will hear of it first. Without
 * locks it is called at once, and nothing is found out.
 * @param ended The realm beyond the port has ended.
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
  /** Runs while an answer is due, or what was sent last is still to arrive. */
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
      // Pages without an origin of their own, such as sandboxed frames, are refused locks.
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
        // Its lock cannot be seen from here: nobody can tell when it ends.
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
      // It was stopped, or the page is being left.
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
