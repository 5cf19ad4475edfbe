import { createSocket, type Socket } from "node:dgram"
import { once } from "node:events"
import { isIP, isIPv6 } from "node:net"
import { systemError } from "../../core/errors.js"
import type { Origin } from "../../pgm/source.js"
import type { Frame } from "../../zmtp/bytes.js"
import { CAPABILITIES } from "../capabilities.js"

/** Options of a UDP socket. */
export interface LinkOptions {
  /** IP address to bind to, including its zone if required. */
  readonly local: string
  readonly port: number
  /** Whether other sockets may bind to the same address. */
  readonly shared: boolean
  /** Multicast group to join. */
  readonly join?: string
  /** Interface for multicast, in the form that Node expects. */
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
  /** Sends a datagram. `sent` is called when the system has accepted or rejected this and all previous datagrams. */
  send(packet: Frame, port: number, address: string, sent?: () => void): void
  close(): void
}

/** The part of UDP that carriers use. Tests replace it to simulate packet loss. */
export interface Network {
  /** @throws ZmqError (rejects) the error of the system. */
  open(options: LinkOptions, receive: (packet: Frame, origin: Origin) => void): Promise<Link>
}

/**
 * Options that let other sockets bind to the same address. On Linux, all of them must use the same option: Node uses
 * SO_REUSEADDR, libzmq SO_REUSEPORT, which Node supports since 22.12 (`reusePort`; older versions ignore it).
 */
const SHARED = { reuseAddr: true, ...(process.platform === "linux" ? { reusePort: true } : {}) }

/** UDP sockets of the system. */
export const udp: Network = {
  async open(options, receive) {
    const { local, port, shared } = options
    const type = isIPv6(local.replace(/%.*$/, "")) ? "udp6" : "udp4"
    const socket = createSocket({ type, lookup, ...(shared ? SHARED : {}) })
    socket.on("message", receive)
    try {
      const listening = once(socket, "listening")
      // Do not share it with other processes of a cluster.
      socket.bind({ address: local, port, exclusive: true })
      await listening
      configure(socket, options)
    } catch (error) {
      socket.close()
      throw error
    }
    // Datagrams that the system cannot send are lost, like those that the network loses.
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

/**
 * IP address of this machine from which datagrams to `group` are sent. @throws ZmqError (rejects) the error of the
 * system.
 */
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
  if (receiveBuffer !== undefined && CAPABILITIES.sizesReceiveBuffer) socket.setRecvBufferSize(receiveBuffer)
  if (sendBuffer !== undefined) socket.setSendBufferSize(sendBuffer)
}

/** Resolves IP addresses synchronously, so that datagrams need not wait for the next turn. No names are used here. */
function lookup(
  host: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  callback(null, host, isIP(host))
}
