import type { Receiver } from "../../src/pgm/receiver.js"
import type { Sender } from "../../src/pgm/sender.js"
import { randomOf } from "../../src/testing/random.js"
import { disturb, type Weather } from "./weather.js"
import { receiver, sender, SOURCE } from "./pgm.js"

/** A packet in flight, and the time when it arrives. */
interface InFlight {
  readonly at: number
  readonly arrive: (now: number) => void
}

/** A sender and its receivers on a simulated lossy network, with a clock that the test advances. */
export class PgmNetwork {
  now = 0
  readonly sender: Sender
  readonly receivers: readonly Receiver[]
  readonly #flying: InFlight[] = []
  readonly #downstream: ((packet: Uint8Array) => void)[]
  readonly #upstream: ((packet: Uint8Array) => void)[]

  constructor(
    count: number,
    weather: Weather,
    options: { readonly delay?: number; readonly sender?: object; readonly receiver?: object } = {},
  ) {
    const random = randomOf(weather.seed ?? 1)
    const { delay = 1 } = options
    this.sender = sender(options.sender)
    this.receivers = Array.from({ length: count }, () => receiver({ random, ...options.receiver }))
    this.#downstream = this.receivers.map((receiver) =>
      disturb(weather, random, (packet) => {
        this.#send(delay, (now) => {
          receiver.packet(packet, SOURCE, now)
        })
      }),
    )
    this.#upstream = this.receivers.map(() =>
      disturb(weather, random, (packet) => {
        this.#send(delay, (now) => {
          this.sender.packet(packet, now)
        })
      }),
    )
  }

  /** Advances the clock by `duration` ms in steps of `step` ms, and calls `each` after each step. */
  run(duration: number, each: () => void = () => undefined, step = 1): void {
    const end = this.now + duration
    for (; this.now < end; this.now += step) {
      this.#exchange()
      each()
    }
  }

  #exchange(): void {
    const due = this.#flying.filter(({ at }) => at <= this.now)
    for (const each of due) {
      this.#flying.splice(this.#flying.indexOf(each), 1)
      each.arrive(this.now)
    }
    if (this.sender.due <= this.now) this.sender.tick(this.now)
    for (const receiver of this.receivers) if (receiver.due <= this.now) receiver.tick(this.now)
    for (const packet of this.sender.drain()) for (const arrive of this.#downstream) arrive(packet)
    this.receivers.forEach((receiver, index) => {
      for (const { packet, to } of receiver.drain()) if (to !== "group") this.#upstream[index]!(packet)
    })
  }

  #send(delay: number, arrive: (now: number) => void): void {
    this.#flying.push({ at: this.now + delay, arrive })
  }
}
