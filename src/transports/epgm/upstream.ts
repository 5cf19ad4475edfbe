import type { Origin } from "../../pgm/source.js"
import type { Frame } from "../../zmtp/bytes.js"
import type { Link, LinkOptions, Network } from "./network.js"

type PacketHandler = (packet: Frame, origin: Origin) => void

interface Shared {
  readonly link: Promise<Link>
  readonly handlers: Set<PacketHandler>
}

/** Open sockets by address and port. */
const open = new WeakMap<Network, Map<string, Shared>>()

/**
 * Receives the packets that receivers send to senders. If several sockets are bound to one address, the system passes
 * each datagram to only one of them. Therefore, all senders of this process share one socket, and each sees every
 * datagram.
 * @throws ZmqError (rejects) the error of the system.
 */
export async function listenUpstream(
  network: Network,
  options: LinkOptions,
  handler: PacketHandler,
): Promise<() => void> {
  const links = open.get(network) ?? new Map<string, Shared>()
  open.set(network, links)
  const key = `${options.local} ${options.port}`
  const shared = links.get(key) ?? share(network, options)
  links.set(key, shared)
  shared.handlers.add(handler)
  const leave = (): void => {
    shared.handlers.delete(handler)
    if (shared.handlers.size > 0) return
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
  const handlers = new Set<PacketHandler>()
  const link = network.open(options, (packet, origin) => {
    for (const handler of handlers) handler(packet, origin)
  })
  return { link, handlers }
}
