import type { FaultProxy } from "../../src/testing.js"
import { randomOf } from "../../src/testing/random.js"

/** Does something to one of `proxies` after another, as its seed says. */
export class Chaos {
  /** What was done. */
  readonly deeds = new Map<string, number>()
  readonly #random: () => number

  readonly #choices: readonly (readonly [string, Deed])[]

  /** @param more What is done besides cutting connections and holding them up; as often as all of that together. */
  constructor(
    private readonly proxies: readonly FaultProxy[],
    seed: number,
    more?: readonly [string, Deed],
  ) {
    this.#random = randomOf(seed)
    this.#choices = more === undefined ? DEEDS : [...DEEDS, ...DEEDS.map(() => more)]
  }

  /** The next deed, until it is over and its proxy works as it should. */
  async next(): Promise<void> {
    const proxy = this.#choose(this.proxies)
    const [name, deed] = this.#choose(this.#choices)
    this.deeds.set(name, (this.deeds.get(name) ?? 0) + 1)
    await deed(proxy, this.#random)
    proxy.faults = {}
    await proxy.up()
  }

  #choose<T>(things: readonly T[]): T {
    return things[Math.floor(this.#random() * things.length)]!
  }
}

const pause = (duration: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, duration))

export type Deed = (proxy: FaultProxy, random: () => number) => void | Promise<void>

const DEEDS: readonly (readonly [string, Deed])[] = [
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
