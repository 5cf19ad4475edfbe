import { expect } from "chai"
import { once } from "node:events"
import { MessageChannel, type MessagePort } from "node:worker_threads"
import { watch } from "../../../src/transports/ports/port-liveness.js"
import type { AnyPort } from "../../../src/transports/ports/port-side.js"
import { closing } from "../../support/closing.js"

interface LockOptions {
  readonly signal?: AbortSignal
}

/** Web Locks (https://w3c.github.io/web-locks/) as far as they are used: exclusive, each with those that wait for it. */
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

  /** Its holder is done with `name`, or gone. */
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

describe("a life line through a port", () => {
  const use = closing()
  const own = Object.getOwnPropertyDescriptor(globalThis, "navigator")
  let here: MessagePort
  let there: MessagePort

  function provide(locks: Locks | undefined): void {
    Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true, writable: true })
  }

  function watching(port: MessagePort, ended: () => void = () => undefined): () => void {
    const stop = watch(port as unknown as AnyPort, ended)
    port.start()
    use({ close: stop })
    return stop
  }

  beforeEach(() => {
    const { port1, port2 } = new MessageChannel()
    here = use(port1)
    there = use(port2)
  })

  afterEach(() => {
    if (own === undefined) delete (globalThis as { navigator?: unknown }).navigator
    else Object.defineProperty(globalThis, "navigator", own)
  })

  /** Both sides watch; resolves once each waits for the lock of the other. */
  async function joined(locks: Locks, ended: () => void): Promise<() => void> {
    provide(locks)
    const both = [heard(here), heard(there)]
    watching(here, ended)
    const stop = watching(there)
    await Promise.all(both)
    await new Promise(setImmediate)
    expect(locks.waiting).to.have.members(locks.held)
    return stop
  }

  it("SHALL tell when whoever is beyond the port has ended without a word", async () => {
    const locks = new Locks()
    let told = (): void => undefined
    const ended = new Promise<void>((resolve) => (told = resolve))
    await joined(locks, told)
    locks.end(locks.held[1]!)
    await ended
  })

  it("SHALL hold no lock and wait for none once it is stopped", async () => {
    const locks = new Locks()
    const stop = await joined(locks, () => undefined)
    const [first] = locks.held
    stop()
    await new Promise(setImmediate)
    expect([locks.held, locks.waiting]).to.deep.equal([[first], []])
  })

  it("SHALL say nothing when it is stopped before its lock is there", async () => {
    const locks = new Locks()
    provide(locks)
    const first = heard(there)
    watching(here)()
    await new Promise(setImmediate)
    expect(locks.held).to.deep.equal([])
    here.postMessage("the first message")
    there.start()
    expect(((await first) as { data?: unknown }[])[0]).to.equal("the first message")
  })

  it("SHALL ignore what is not the name of a lock", async () => {
    const locks = new Locks()
    let told = (): void => undefined
    const ended = new Promise<void>((resolve) => (told = resolve))
    await joined(locks, told)
    for (const name of [{ toString: 1, valueOf: 1 }, null, undefined, [], 5]) there.postMessage(["zmtp.life.1", name])
    there.postMessage(["zmtp.life.1"])
    const last = heard(here)
    there.postMessage("the last one")
    await last
    expect(locks.waiting).to.have.members(locks.held)
    locks.end(locks.held[1]!)
    await ended
  })

  it("SHALL wait for no lock that is not to be seen from here: its holder is of another origin", async () => {
    const locks = new Locks()
    provide(locks)
    watching(here)
    const queried = new Promise<void>((resolve) => {
      const query = locks.query.bind(locks)
      locks.query = () => {
        resolve()
        return query()
      }
    })
    there.postMessage("noise")
    there.postMessage(["zmtp.life.1", "zmtp.life.1 elsewhere"])
    await queried
    await new Promise(setImmediate)
    expect(locks.held).to.have.length(1)
    expect(locks.waiting).to.deep.equal([])
  })

  it("SHALL do nothing without such locks", async () => {
    provide(undefined)
    const first = heard(there)
    watching(here)
    here.postMessage("the first message")
    there.start()
    expect(((await first) as unknown[])[0]).to.equal("the first message")
  })
})
