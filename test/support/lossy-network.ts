import type { Origin } from "../../src/pgm/source.js"
import { randomOf } from "../../src/testing/random.js"
import { openCarrier } from "../../src/transports/epgm/open-carrier.js"
import { epgmTransport } from "../../src/transports/epgm/epgm.js"
import { udp, type Network } from "../../src/transports/epgm/network.js"
import type { Transport } from "../../src/transports/transport.js"
import { disturb, type Weather } from "./weather.js"

/** UDP over a simulated lossy network: datagrams in both directions are lost, duplicated, and reordered. */
export function lossyNetwork(weather: Weather): Network {
  const random = randomOf(weather.seed ?? 1)
  return {
    open: async (options, receive) => {
      const incoming = disturb<[Uint8Array, Origin]>(weather, random, (packet, origin) => receive(packet, origin))
      const link = await udp.open(options, (packet, origin) => {
        weather.watch?.(packet)
        incoming(packet, origin)
      })
      // Deno passes datagrams to the system in a later turn.
      let unsent = 0
      let waiting: (() => void)[] = []
      const accepted = (): void => {
        if (--unsent > 0) return
        const callbacks = waiting
        waiting = []
        for (const sent of callbacks) sent()
      }
      const outgoing = disturb<[Uint8Array, number, string]>(weather, random, (packet, port, address) => {
        unsent++
        link.send(packet, port, address, accepted)
      })
      return {
        port: link.port,
        close: () => link.close(),
        send: (packet, port, address, sent) => {
          outgoing(packet, port, address)
          if (sent === undefined) return
          if (unsent > 0) waiting.push(sent)
          else setImmediate(sent)
        },
      }
    },
  }
}

/** The `epgm://` transport over such a network. */
export function lossyEpgm(weather: Weather): Transport {
  const network = lossyNetwork(weather)
  return epgmTransport(() => Promise.resolve({ openCarrier: (session) => openCarrier(session, network) }))
}
