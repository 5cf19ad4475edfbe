import type { Origin } from "../../src/pgm/source.js"
import { randomOf } from "../../src/testing/random.js"
import { openCarrier } from "../../src/transports/epgm/carrier.js"
import { epgmTransport } from "../../src/transports/epgm/epgm.js"
import { udp, type Network } from "../../src/transports/epgm/network.js"
import type { Transport } from "../../src/transports/transport.js"

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
  /** Sees every datagram that arrives, before anything happens to it. */
  readonly watch?: (packet: Uint8Array) => void
}

/** UDP as the system has it, through bad weather: datagrams in both directions are lost, doubled, and overtaken. */
export function lossyNetwork(weather: Weather): Network {
  const random = randomOf(weather.seed ?? 1)
  return {
    open: async (options, receive) => {
      const incoming = disturb<[Uint8Array, Origin]>(weather, random, (packet, origin) => receive(packet, origin))
      const link = await udp.open(options, (packet, origin) => {
        weather.watch?.(packet)
        incoming(packet, origin)
      })
      const outgoing = disturb<[Uint8Array, number, string]>(weather, random, (packet, port, address) =>
        link.send(packet, port, address),
      )
      return {
        port: link.port,
        close: () => link.close(),
        send: (packet, port, address, sent) => {
          outgoing(packet, port, address)
          if (sent !== undefined) setImmediate(sent)
        },
      }
    },
  }
}

/** `epgm://` over such a network. */
export function lossyEpgm(weather: Weather): Transport {
  const network = lossyNetwork(weather)
  return epgmTransport(async () => ({ openCarrier: (session) => openCarrier(session, network) }))
}

/** Passes calls on, but for those that the weather takes. A datagram that is overtaken waits for the next. */
export function disturb<A extends unknown[]>(
  { loss = 0, bursts = 0, burst = 0, duplication = 0, reordering = 0 }: Weather,
  random: () => number,
  pass: (...datagram: A) => void,
): (...datagram: A) => void {
  let losing = 0
  let overtaken: A | undefined
  return (...datagram) => {
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
