import { createSocket, type Socket } from "node:dgram"
import { once } from "node:events"
import { isIP, isIPv6 } from "node:net"
import { systemError } from "../../core/errors.js"
import type { Origin } from "../../pgm/source.js"
import type { Frame } from "../../zmtp/bytes.js"

/** How a UDP socket is opened. */
export interface LinkOptions {
  /** IP address to bind to, with its zone where it needs one. */
  readonly local: string
  readonly port: number
  /** Whether other sockets may have the same address. */
  readonly shared: boolean
  /** Multicast group to join. */
  readonly join?: string
  /** Interface for multicast, as Node takes it. */
  readonly via: string
  readonly hops: number
  readonly loop: boolean
  /** Sizes of the system's buffers, in bytes. */
  readonly receiveBuffer?: number
  readonly sendBuffer?: number
}

/** An open UDP socket. It does not keep the process alive. */
export interface Link {
  /** UDP port that it is bound to. */
  readonly port: number
  /** Sends a datagram. `sent` is called once the system has taken this and all before it, or has refused it. */
  send(packet: Frame, port: number, address: string, sent?: () => void): void
  close(): void
}

/** What carriers know of UDP. Tests put networks in its place that lose datagrams. */
export interface Network {
  /** @throws ZmqError (rejects) what the system says. */
  open(options: LinkOptions, receive: (packet: Frame, origin: Origin) => void): Promise<Link>
}

/**
 * Other sockets may have the same address. On Linux that takes the same option on all of them: Node's is SO_REUSEADDR,
 * libzmq's SO_REUSEPORT, which Node has since 22.12 (`reusePort`; older versions ignore it).
 */
const SHARED = { reuseAddr: true, ...(process.platform === "linux" ? { reusePort: true } : {}) }

/** UDP as the system has it. */
export const udp: Network = {
  async open(options, receive) {
    const { local, port, shared } = options
    const type = isIPv6(local.replace(/%.*$/, "")) ? "udp6" : "udp4"
    const socket = createSocket({ type, lookup, ...(shared ? SHARED : {}) })
    socket.on("message", receive)
    try {
      const listening = once(socket, "listening")
      // Other processes of a cluster must not share it.
      socket.bind({ address: local, port, exclusive: true })
      await listening
      configure(socket, options)
    } catch (error) {
      socket.close()
      throw error
    }
    // What the system cannot send is lost, like what the network loses.
    socket.on("error", () => undefined)
    socket.unref()
    return {
      port: socket.address().port,
      send(packet, to, address, sent) {
        socket.send(packet, to, address, sent)
      },
      close() {
        socket.close()
      },
    }
  },
}

/** IP address of this machine that datagrams to `group` come from. @throws ZmqError (rejects) what the system says. */
export async function addressTowards(group: string, port: number): Promise<string> {
  const socket = createSocket({ type: isIPv6(group) ? "udp6" : "udp4", lookup })
  try {
    const connected = once(socket, "connect")
    socket.connect(port, group)
    await connected
    return socket.address().address
  } catch (error) {
    throw systemError(error)
  } finally {
    socket.close()
  }
}

function configure(socket: Socket, { join, via, hops, loop, receiveBuffer, sendBuffer }: LinkOptions): void {
  if (join !== undefined) socket.addMembership(join, via)
  socket.setMulticastInterface(via)
  socket.setMulticastTTL(Math.min(hops, 255))
  socket.setMulticastLoopback(loop)
  if (receiveBuffer !== undefined) socket.setRecvBufferSize(receiveBuffer)
  if (sendBuffer !== undefined) socket.setSendBufferSize(sendBuffer)
}

/** Only addresses are ever sent to: this one answers at once, so that datagrams need not wait for the next turn. */
function lookup(
  host: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  callback(null, host, isIP(host))
}
