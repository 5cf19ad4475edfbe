import { isIP, isIPv6 } from "node:net"
import { networkInterfaces } from "node:os"
import { endpointError, systemError, type ZmqError } from "../../core/errors.js"

/**
 * Resolves `*`, an IP address, the name of an interface, or a host name, in this order, to an IP address of this
 * machine.
 */
export async function resolveLocal(host: string, ipv6: boolean, endpoint: string): Promise<string> {
  const local = localAddress(host, ipv6, endpoint)
  if (local !== undefined) return local
  try {
    // Loaded on use, because it takes a millisecond and few programs need it.
    const { lookup } = process.getBuiltinModule("node:dns/promises")
    return (await lookup(host, ipv6 ? {} : { family: 4 })).address
  } catch (error) {
    throw noSuchAddress(host, endpoint, systemError(error))
  }
}

/** Error message for an IPv6 address that cannot be used. */
export const NEEDS_IPV6 = "an IPv6 address requires the option ipv6: true"

/** The error if `host` is not an address of this machine. @param cause Error of the resolver. */
export function noSuchAddress(host: string, endpoint: string, cause?: Error): ZmqError {
  const error = endpointError("ENODEV", endpoint, `"${host}" is not an address, interface, or name of this machine`)
  if (cause !== undefined) (error.cause as Error).cause = cause
  return error
}

/**
 * Converts the zone of `host` (RFC 4007, section 11) to the form that the system expects: the name of an interface, or
 * its index on Windows. Both forms are accepted.
 * @throws Error if the system cannot list its interfaces.
 */
export function zoned(host: string, platform: string = process.platform, list = networkInterfaces): string {
  const [, address, zone = ""] = /^([^%]+)%(.+)$/.exec(host) ?? []
  // Only an address with a zone needs the interfaces: a process without free file descriptors cannot list them.
  if (address === undefined) return host
  const interfaces = list()
  if (platform === "win32") {
    const scope = interfaces[zone]?.find((entry) => (entry.scopeid ?? 0) > 0)?.scopeid
    return scope === undefined ? host : `${address}%${scope}`
  }
  if (zone in interfaces || !/^\d+$/.test(zone)) return host
  const known = Object.entries(interfaces).find(([, entries]) =>
    entries?.some(({ scopeid }) => scopeid === Number(zone)),
  )
  return known === undefined ? host : `${address}%${known[0]}`
}

/**
 * Adds the zone of `host`, to which a server was bound, to the address that the server reports. Bun leaves it out, and
 * an address without it cannot be reached.
 */
export function withZone(address: string, host: string): string {
  return address.includes("%") ? address : address + (/%.+$/.exec(host)?.[0] ?? "")
}

/**
 * Checks that both addresses can be used together.
 * @param host Host to connect to.
 * @param source Address to connect from.
 * @throws ZmqError EAFNOSUPPORT if `host` can never be reached, regardless of changes in the network.
 */
export function checkFamilies(endpoint: string, host: string, source: string | undefined, ipv6: boolean): void {
  const families = [host, source ?? ""].map((address) => isIP(address))
  if (!ipv6 && families.includes(6)) throw endpointError("EAFNOSUPPORT", endpoint, NEEDS_IPV6)
  if (!families.includes(4) || !families.includes(6)) return
  throw endpointError("EAFNOSUPPORT", endpoint, "it combines an IPv4 and an IPv6 address")
}

/** Resolves `host` without a lookup; `undefined` if a lookup is required. */
export function localAddress(host: string, ipv6: boolean, endpoint: string): string | undefined {
  if (host === "*") return ipv6 ? "::" : "0.0.0.0"
  if (host === "localhost" && !ipv6) return "127.0.0.1"
  if (isIP(host) === 0) {
    const interfaces = new Map(Object.entries(networkInterfaces()))
    return interfaces.get(host)?.find(({ family }) => ipv6 || family === "IPv4")?.address
  }
  if (isIPv6(host) && !ipv6) throw endpointError("ENODEV", endpoint, NEEDS_IPV6)
  return zoned(host)
}
