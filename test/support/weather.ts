import { readPacket } from "../../src/pgm/packet.js"

/** The faults of a simulated network. Probabilities are from 0 to 1. */
export interface Weather {
  readonly loss?: number
  /** Probability that a loss begins that affects `burst` datagrams in a row. */
  readonly bursts?: number
  readonly burst?: number
  /**
   * Maximum number of times in a row that a PGM packet is lost, so that repairs always succeed in time. Without a limit,
   * a burst that outlasts the data affects only repetitions of the same packet, one every 225 ms.
   */
  readonly losses?: number
  readonly duplication?: number
  /** Probability that a datagram is overtaken by the next one. */
  readonly reordering?: number
  readonly seed?: number
  /** Types of PGM packets without faults. */
  readonly spared?: readonly number[]
  /** Called with every datagram before any fault is applied. */
  readonly watch?: (packet: Uint8Array) => void
}

/**
 * Forwards calls, except those whose datagrams are lost. A datagram that is overtaken waits for the next one.
 */
export function disturb<A extends unknown[]>(
  { loss = 0, bursts = 0, burst = 0, losses = Infinity, duplication = 0, reordering = 0, spared = [] }: Weather,
  random: () => number,
  pass: (...datagram: A) => void,
): (...datagram: A) => void {
  const lost = new LossCounts(losses)
  let losing = 0
  let overtaken: A | undefined
  return (...datagram) => {
    const [packet] = datagram
    if (packet instanceof Uint8Array && spared.includes(packet[4]!)) {
      pass(...datagram)
      return
    }
    if (losing === 0 && random() < bursts) losing = burst
    const fails = losing > 0 || random() < loss
    losing = Math.max(0, losing - 1)
    if (fails && lost.allows(packet)) return
    lost.passed(packet)
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

/** Counts how often each packet was lost in a row. */
class LossCounts {
  readonly #counts = new Map<string, number>()

  constructor(private readonly limit: number) {}

  /** Whether `packet` may be lost once more. Counts it if so. */
  allows(packet: unknown): boolean {
    if (this.limit === Infinity) return true
    const keys = keysOf(packet)
    const counts = keys.map((key) => this.#counts.get(key) ?? 0)
    if (counts.some((count) => count >= this.limit)) return false
    keys.forEach((key, index) => this.#counts.set(key, counts[index]! + 1))
    return true
  }

  passed(packet: unknown): void {
    if (this.limit < Infinity) for (const key of keysOf(packet)) this.#counts.delete(key)
  }
}

/** Identifies a packet by its type and sequence numbers. All SPMs are alike, because each repeats the previous one. */
function keysOf(datagram: unknown): readonly string[] {
  const packet = datagram instanceof Uint8Array ? readPacket(datagram) : undefined
  if (packet === undefined) return []
  switch (packet.kind) {
    case "data":
      return [`${packet.repair ? "rdata" : "odata"} ${packet.sequence}`]
    case "nak":
    case "ncf":
      return packet.sequences.map((sequence) => `${packet.kind} ${sequence}`)
    default:
      return [packet.kind]
  }
}
