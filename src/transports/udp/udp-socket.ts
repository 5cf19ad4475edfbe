import { createSocket, type Socket } from "node:dgram"
import { lookup, type LookupOneOptions } from "node:dns"
import { once } from "node:events"
import { isIP, isIPv6 } from "node:net"
import { networkInterfaces } from "node:os"
import { systemError } from "../../core/errors.js"
import { localAddress, noSuchAddress } from "../net/local-address.js"
import type { TransportOptions } from "../transport.js"

// Sockets of `node:dgram`, bound synchronously if the runtime supports it.

export function createUdp(ip: string, reuseAddr: boolean): Socket {
  return createSocket({ type: isIPv6(ip) ? "udp6" : "udp4", reuseAddr, lookup: lookUp })
}

/**
 * Binds synchronously, because `lookUp` is synchronous. In Bun, sockets are bound in a later turn.
 * @throws ZmqError the error of the system.
 */
export function bindNow(socket: Socket, address: string, port: number, endpoint: string): void {
  let failure: Error | undefined
  socket.on("error", (error) => (failure = error))
  socket.bind({ address, port, exclusive: true })
  if (failure === undefined) return
  socket.close()
  throw systemError(failure, endpoint)
}

export function isBound(socket: Socket): boolean {
  try {
    return socket.address().port > 0
  } catch {
    return false
  }
}

/** @throws ZmqError the error of the system. */
export async function whenBound(socket: Socket, endpoint: string): Promise<void> {
  try {
    await once(socket, "listening")
  } catch (error) {
    socket.close()
    throw systemError(error, endpoint)
  }
}

/** Runs `configuration`. If it throws, closes `socket`. @throws ZmqError */
export function configure<T>(socket: Socket, endpoint: string, configuration: () => T): T {
  try {
    return configuration()
  } catch (error) {
    socket.close()
    throw error instanceof Error && "address" in error ? error : systemError(error, endpoint)
  }
}

export function tune(socket: Socket, { multicastHops, multicastLoop }: TransportOptions): void {
  socket.setMulticastTTL(Math.min(multicastHops, 255))
  socket.setMulticastLoopback(multicastLoop)
}

/** The value that Node expects for the interface: an address for IPv4, a name for IPv6. @throws ZmqError ENODEV */
export function interfaceFor(through: string, ipv6: boolean, endpoint: string): string {
  if (through === "*") return ipv6 ? "::" : "0.0.0.0"
  if (!ipv6) {
    const address = localAddress(through, false, endpoint)
    if (address !== undefined) return address
  }
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (name === through || addresses.some(({ address }) => address === through)) return `::%${name}`
  }
  throw noSuchAddress(through, endpoint)
}

/** Resolves IP addresses synchronously, so that binding and sending need not wait for the next turn. */
function lookUp(
  host: string,
  options: LookupOneOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  const family = isIP(host)
  if (family > 0) callback(null, host, family)
  else lookup(host, options, callback)
}
