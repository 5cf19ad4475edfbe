import { expect } from "chai"
import { once } from "node:events"
import { MessageChannel, type MessagePort } from "node:worker_threads"
import { watch, type Liveness } from "../../../src/transports/ports/port-liveness.js"
import type { AnyPort } from "../../../src/transports/ports/port-side.js"
import { closing } from "../../support/closing.js"
import { FakeClock } from "../../support/fake-clock.js"

/** Marks messages about liveness. */
const MARK = "zmtp.life.2"

/** The origin of this realm; `undefined` in Node. */
const ORIGIN = String((globalThis as { readonly origin?: unknown }).origin)

interface LockOptions {
  readonly signal?: AbortSignal
}

/** The subset of Web Locks (https://w3c.github.io/web-locks/) that the library uses: exclusive locks with queues. */
class Locks {
  readonly held: string[] = []
  readonly #queues = new Map<string, (() => void)[]>()

  get waiting(): string[] {
    return [...this.#queues].flatMap(([name, { length }]) => new Array<string>(length).fill(name))
  }

  request(name: string, ...rest: [() => unknown] | [LockOptions, () => unknown]): Promise<unknown> {
    const [{ signal }, task] = rest.length === 1 ? [{} as LockOptions, rest[0]] : rest
    return new Promise((resolve, reject) => {
      const take = (): void => {
        this.held.push(name)
        Promise.resolve(task())
          .then(resolve, reject)
          .finally(() => {
            this.end(name)
          })
      }
      if (!this.held.includes(name)) {
        queueMicrotask(take)
        return
      }
      const queue = this.#queues.get(name) ?? []
      this.#queues.set(name, queue)
      queue.push(take)
      signal?.addEventListener("abort", () => {
        queue.splice(queue.indexOf(take), 1)
        reject(signal.reason as Error)
      })
    })
  }

  query(): Promise<{ held: { name: string }[] }> {
    return Promise.resolve({ held: this.held.map((name) => ({ name })) })
  }

  /** Ends the hold on `name`, as when the holder releases it or has ended. */
  end(name: string): void {
    const at = this.held.indexOf(name)
    if (at < 0) return
    this.held.splice(at, 1)
    this.#queues.get(name)?.shift()?.()
  }
}

function heard(port: MessagePort): Promise<unknown> {
  return once(port, "message")
}

describe("a liveness watch through a port", () => {
  const use = closing()
  const own = Object.getOwnPropertyDescriptor(globalThis, "navigator")
  let here: MessagePort
  let there: MessagePort
  let clock: FakeClock

  function provide(locks: Locks | undefined): void {
    Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true, writable: true })
  }

  /** Watches the other side of `port`, and listens to it. */
  function watching(port: MessagePort, told: Partial<Record<"ready" | "ended", () => void>> = {}): Liveness {
    const { ready = () => undefined, ended = () => undefined } = told
    const liveness = watch(port as unknown as AnyPort, ready, ended, clock)
    port.start()
    use({
      close: () => {
        liveness.stop()
      },
    })
    return liveness
  }

  beforeEach(() => {
    clock = new FakeClock()
    const { port1, port2 } = new MessageChannel()
    here = use(port1)
    there = use(port2)
  })

  afterEach(() => {
    if (own === undefined) delete (globalThis as { navigator?: unknown }).navigator
    else Object.defineProperty(globalThis, "navigator", own)
  })

  /** Starts watching on both sides. Resolves when each side waits for the lock of the other. */
  async function joined(locks: Locks, ended: () => void): Promise<Liveness> {
    provide(locks)
    const both = [heard(here), heard(there)]
    watching(here, { ended })
    const liveness = watching(there)
    await Promise.all(both)
    await new Promise(setImmediate)
    expect(locks.waiting).to.have.members(locks.held)
    return liveness
  }

  /** A promise, and the function that resolves it. */
  function signal(): [happened: Promise<void>, happens: () => void] {
    let happens = (): void => undefined
    const happened = new Promise<void>((resolve) => (happens = resolve))
    return [happened, happens]
  }

  /** Resolves when all posted messages have been processed. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  }

  it("reports that the realm on the other side has ended without notice", async () => {
    const locks = new Locks()
    let ends = 0
    await joined(locks, () => ends++)
    locks.end(locks.held[1]!)
    await settle()
    expect(ends).to.equal(0)
    clock.advance(1000)
    expect(ends).to.equal(1)
  })

  it("lets its side send only when its lock is held and the other side has received its name", async () => {
    const locks = new Locks()
    provide(locks)
    const first = heard(there)
    const [ready, isReady] = signal()
    watching(here, {
      ready: () => {
        expect(locks.held).to.have.length(1)
        here.postMessage("spoken")
        isReady()
      },
    })
    there.start()
    await ready
    expect(await first).to.have.nested.property("[0][1]", "holds")
  })

  it("treats a released lock as the end of a realm of the same origin that answers no query", async () => {
    const locks = new Locks()
    provide(locks)
    let ends = 0
    watching(here, { ended: () => ends++ })
    there.postMessage([MARK, "holds", `${MARK} gone`, ORIGIN])
    const asked: unknown[] = []
    there.on("message", (message: unknown) => asked.push(message))
    await settle()
    clock.advance(1499)
    await settle()
    expect(asked).to.deep.include([MARK, "asks"])
    clock.advance(1)
    await settle()
    expect(ends).to.equal(0)
    clock.advance(1500)
    expect(ends).to.equal(1)
    expect(locks.waiting).to.deep.equal([])
  })

  it("does not treat a realm as ended that answers, because its locks are not visible", async () => {
    const locks = new Locks()
    provide(locks)
    let ends = 0
    watching(here, { ended: () => ends++ })
    there.on("message", (message: unknown) => {
      if (Array.isArray(message) && message[1] === "asks") there.postMessage([MARK, "lives"])
    })
    there.postMessage([MARK, "holds", `${MARK} in another partition`, ORIGIN])
    await settle()
    clock.advance(60_000)
    expect([ends, clock.waiting]).to.deep.equal([0, 0])
  })

  it("answers queries", async () => {
    provide(new Locks())
    watching(here)
    const told: unknown[] = []
    there.on("message", (message: unknown) => told.push(message))
    there.postMessage([MARK, "asks"])
    await settle()
    expect(told).to.deep.include([MARK, "lives"])
  })

  it("holds and waits for no lock after it is stopped", async () => {
    const locks = new Locks()
    const liveness = await joined(locks, () => undefined)
    const [first] = locks.held
    liveness.stop()
    await new Promise(setImmediate)
    expect([locks.held, locks.waiting]).to.deep.equal([[first], []])
  })

  it("sends nothing if it is stopped before its lock is held", async () => {
    const locks = new Locks()
    provide(locks)
    const first = heard(there)
    watching(here).stop()
    await new Promise(setImmediate)
    expect(locks.held).to.deep.equal([])
    here.postMessage("the first message")
    there.start()
    expect(await first).to.deep.equal(["the first message"])
  })

  it("ignores malformed messages", async () => {
    const locks = new Locks()
    let ends = 0
    await joined(locks, () => ends++)
    for (const name of [{ toString: 1, valueOf: 1 }, null, undefined, [], 5]) {
      there.postMessage([MARK, "holds", name, "a"])
      there.postMessage([MARK, "holds", "a", name])
      there.postMessage([MARK, name])
    }
    there.postMessage([MARK])
    there.postMessage([MARK, "holds"])
    await settle()
    expect(locks.waiting).to.have.members(locks.held)
    locks.end(locks.held[1]!)
    await settle()
    clock.advance(1000)
    expect(ends).to.equal(1)
  })

  it("does not wait for a lock of another origin, and sends no query", async () => {
    const locks = new Locks()
    provide(locks)
    watching(here)
    there.postMessage([MARK, "holds", `${MARK} elsewhere`, "https://elsewhere.example"])
    await settle()
    expect(locks.held).to.have.length(1)
    expect([locks.waiting, clock.waiting]).to.deep.equal([[], 0])
  })

  it("lets its side send immediately without Web Locks, and if they are refused", async () => {
    const refusing = new Locks()
    refusing.request = () => Promise.reject(new DOMException("No origin", "SecurityError"))
    for (const locks of [undefined, refusing]) {
      provide(locks)
      const [ready, isReady] = signal()
      watching(here, { ready: isReady })
      await ready
    }
  })
})
