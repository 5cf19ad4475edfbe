import type { Socket } from "node:dgram"
import { isIPv6 } from "node:net"
import { zmqError } from "../../core/errors.js"
import { factsOf } from "../../zmtp/socket-types.js"
import { localAddress, noSuchAddress, resolveLocal } from "../net/local-address.js"
import type { Binding, TransportHost, TransportOptions } from "../transport.js"
import { ADDRESSED, DatagramCarrier, GROUPED } from "./datagram-carrier.js"
import { isMulticast, type UdpAddress } from "./udp-address.js"
import { bindNow, configure, createUdp, interfaceFor, isBound, tune, whenBound } from "./udp-socket.js"

/** Binds to `address`, as specified by `text`. @throws ZmqError (rejects) */
export async function bindUdp(text: string, address: UdpAddress, host: TransportHost): Promise<Binding> {
  const options = host.transportOptions()
  const endpoint = `udp://${text}`
  const ip = await resolveLocal(address.host, options.ipv6, endpoint)
  const socket = open(address, ip)
  if (!isBound(socket)) await whenBound(socket, endpoint)
  return listen(socket, address, ip, options, host)
}

/** Like `bindUdp`, synchronously. @throws ZmqError ENOTSUP if the runtime binds in a later turn. */
export function bindUdpNow(text: string, address: UdpAddress, host: TransportHost): Binding {
  const options = host.transportOptions()
  const ip = localAddress(address.host, options.ipv6, `udp://${text}`)
  if (ip === undefined) throw noSuchAddress(address.host, `udp://${text}`)
  const socket = open(address, ip)
  if (isBound(socket)) return listen(socket, address, ip, options, host)
  socket.close()
  throw zmqError("ENOTSUP", {
    address: `udp://${text}`,
    message: "bindSync is not supported for udp:// in this runtime: use bind",
  })
}

/** One bound endpoint. */
class UdpListener implements Binding {
  readonly #carrier: DatagramCarrier

  constructor(
    readonly endpoint: string,
    socket: Socket,
    private readonly host: TransportHost,
  ) {
    this.#carrier = new DatagramCarrier(factsOf(host.self.socketType).udp === "only" ? ADDRESSED : GROUPED, host)
    this.#carrier.open(socket)
  }

  unbind(linger: number): Promise<void> {
    this.host.detach(this.#carrier.near)
    this.#carrier.end(linger)
    return this.#carrier.closed
  }

  close(linger: number): void {
    this.#carrier.end(linger)
  }
}

/** Opens a socket. Several sockets may listen to a multicast group, but only one to a unicast address. */
function open({ port, through }: UdpAddress, ip: string): Socket {
  const multicast = isMulticast(ip)
  const socket = createUdp(ip, multicast)
  bindNow(socket, multicast ? (isIPv6(ip) ? "::" : "0.0.0.0") : ip, port, endpointOf(ip, port, through))
  return socket
}

function endpointOf(ip: string, port: number, through: string | undefined): string {
  return `udp://${through === undefined ? "" : `${through};`}${isIPv6(ip) ? `[${ip}]` : ip}:${port}`
}

function listen(
  socket: Socket,
  { through }: UdpAddress,
  ip: string,
  options: TransportOptions,
  host: TransportHost,
): UdpListener {
  const ipv6 = isIPv6(ip)
  const endpoint = endpointOf(ip, socket.address().port, through)
  return configure(socket, endpoint, () => {
    if (isMulticast(ip)) {
      const via = through === undefined ? undefined : interfaceFor(through, ipv6, endpoint)
      socket.addMembership(ip, via)
    }
    tune(socket, options)
    return new UdpListener(endpoint, socket, host)
  })
}
