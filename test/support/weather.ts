/** What happens to datagrams. Chances are from 0 to 1. */
export interface Weather {
  readonly loss?: number
  /** Chance that a loss begins which takes `burst` datagrams in a row. */
  readonly bursts?: number
  readonly burst?: number
  readonly duplication?: number
  /** Chance that a datagram is overtaken by the next one. */
  readonly reordering?: number
  readonly seed?: number
  /** Types of PGM packets that nothing happens to. */
  readonly spared?: readonly number[]
  /** Sees every datagram that arrives, before anything happens to it. */
  readonly watch?: (packet: Uint8Array) => void
}

/** Passes calls on, but for those that the weather takes. A datagram that is overtaken waits for the next. */
export function disturb<A extends unknown[]>(
  { loss = 0, bursts = 0, burst = 0, duplication = 0, reordering = 0, spared = [] }: Weather,
  random: () => number,
  pass: (...datagram: A) => void,
): (...datagram: A) => void {
  let losing = 0
  let overtaken: A | undefined
  return (...datagram) => {
    const [packet] = datagram
    if (packet instanceof Uint8Array && spared.includes(packet[4]!)) {
      pass(...datagram)
      return
    }
    if (losing === 0 && random() < bursts) losing = burst
    if (losing > 0 || random() < loss) {
      losing = Math.max(0, losing - 1)
      return
    }
    if (overtaken === undefined && random() < reordering) {
      overtaken = datagram
      return
    }
    pass(...datagram)
    if (random() < duplication) pass(...datagram)
    if (overtaken === undefined) return
    pass(...overtaken)
    overtaken = undefined
  }
}
