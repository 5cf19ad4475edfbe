import type { FaultProxy } from "../../src/testing.js"
import { randomOf } from "../../src/testing/random.js"

/** Injects faults into random proxies, determined by a seed. */
export class Chaos {
  /** Number of injected faults, by name. */
  readonly injected = new Map<string, number>()
  readonly #random: () => number

  readonly #choices: readonly (readonly [string, Fault])[]

  /** @param more A fault in addition to the built-in ones. It is as frequent as all of them together. */
  constructor(
    private readonly proxies: readonly FaultProxy[],
    seed: number,
    more?: readonly [string, Fault],
  ) {
    this.#random = randomOf(seed)
    this.#choices = more === undefined ? FAULTS : [...FAULTS, ...FAULTS.map(() => more)]
  }

  /** Injects the next fault. Resolves when it is over and the proxy works normally again. */
  async next(): Promise<void> {
    const proxy = this.#choose(this.proxies)
    const [name, inject] = this.#choose(this.#choices)
    this.injected.set(name, (this.injected.get(name) ?? 0) + 1)
    await inject(proxy, this.#random)
    proxy.faults = {}
    await proxy.up()
  }

  #choose<T>(things: readonly T[]): T {
    return things[Math.floor(this.#random() * things.length)]!
  }
}

const pause = (duration: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, duration))

export type Fault = (proxy: FaultProxy, random: () => number) => void | Promise<void>

const FAULTS: readonly (readonly [string, Fault])[] = [
  [
    "reset",
    (proxy) => {
      proxy.cut("reset")
    },
  ],
  [
    "end",
    (proxy) => {
      proxy.cut("end")
    },
  ],
  [
    "half-close",
    (proxy, random) => {
      proxy.halfClose(random() < 0.5 ? "toTarget" : "fromTarget")
    },
  ],
  [
    "delay",
    async (proxy, random) => {
      proxy.faults = { delay: random() * 20, jitter: random() * 20 }
      await pause(100)
    },
  ],
  [
    "throttle",
    async (proxy) => {
      proxy.faults = { bytesPerSecond: 200_000 }
      await pause(100)
    },
  ],
  [
    "stall",
    async (proxy, random) => {
      proxy.faults = { stalled: true }
      await pause(random() * 300)
    },
  ],
  [
    "reset in the middle",
    async (proxy, random) => {
      proxy.faults = { resetAfter: Math.floor(random() * 20_000) }
      await pause(50)
    },
  ],
  [
    "refuse",
    async (proxy) => {
      proxy.faults = { refusing: true }
      proxy.cut()
      await pause(50)
    },
  ],
  [
    "restart",
    async (proxy) => {
      await proxy.down()
      await pause(30)
    },
  ],
]
