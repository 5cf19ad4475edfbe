import type { Origin } from "../../pgm/source.js"
import type { Frame } from "../../zmtp/bytes.js"
import type { Link, LinkOptions, Network } from "./network.js"

type Taker = (packet: Frame, origin: Origin) => void

interface Shared {
  readonly link: Promise<Link>
  readonly takers: Set<Taker>
}

/** Open sockets by address and port. */
const open = new WeakMap<Network, Map<string, Shared>>()

/**
 * Receives the packets that receivers send to senders. If several sockets are bound to one address, the system passes
 * each datagram to only one of them. Therefore, all senders of this process share one socket, and each sees every
 * datagram.
 * @throws ZmqError (rejects) the error of the system.
 */
export async function listenUpstream(network: Network, options: LinkOptions, taker: Taker): Promise<() => void> {
  const links = open.get(network) ?? new Map<string, Shared>()
  open.set(network, links)
  const key = `${options.local} ${options.port}`
  const shared = links.get(key) ?? share(network, options)
  links.set(key, shared)
  shared.takers.add(taker)
  const leave = (): void => {
    shared.takers.delete(taker)
    if (shared.takers.size > 0) return
    links.delete(key)
    shared.link.then(
      (link) => {
        link.close()
      },
      () => undefined,
    )
  }
  try {
    await shared.link
  } catch (error) {
    leave()
    throw error
  }
  return leave
}

function share(network: Network, options: LinkOptions): Shared {
  const takers = new Set<Taker>()
  const link = network.open(options, (packet, origin) => {
    for (const taker of takers) taker(packet, origin)
  })
  return { link, takers }
}
