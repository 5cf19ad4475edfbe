import { isIP, isIPv6 } from "node:net"
import { networkInterfaces } from "node:os"
import { endpointError, systemError, type ZmqError } from "../../core/errors.js"

/** An IP address of this machine: `*`, an address, the name of an interface, or a host name, tried in this order. */
export async function resolveLocal(host: string, ipv6: boolean, endpoint: string): Promise<string> {
  const local = localAddress(host, ipv6, endpoint)
  if (local !== undefined) return local
  try {
    // Few need it, and it takes a millisecond to load.
    const { lookup } = process.getBuiltinModule("node:dns/promises")
    return (await lookup(host, ipv6 ? {} : { family: 4 })).address
  } catch (error) {
    throw noSuchAddress(host, endpoint, systemError(error))
  }
}

/** Why an IPv6 address cannot be used. */
export const NEEDS_IPV6 = "an IPv6 address requires the option ipv6: true"

/** Nobody knows `host` on this machine. @param cause What the resolver says. */
export function noSuchAddress(host: string, endpoint: string, cause?: Error): ZmqError {
  const error = endpointError("ENODEV", endpoint, `"${host}" is not an address, interface, or name of this machine`)
  if (cause !== undefined) (error.cause as Error).cause = cause
  return error
}

/**
 * `host` with its zone (RFC 4007, section 11) in the form that the system takes: the name of an interface, or its number on
 * Windows. Both forms are accepted.
 */
export function zoned(host: string, platform: string = process.platform, interfaces = networkInterfaces()): string {
  const [, address, zone = ""] = /^([^%]+)%(.+)$/.exec(host) ?? []
  if (address === undefined) return host
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
 * @param host To connect to.
 * @param source To connect from.
 * @throws ZmqError EAFNOSUPPORT when `host` can never be reached, whatever changes in the network.
 */
export function checkFamilies(endpoint: string, host: string, source: string | undefined, ipv6: boolean): void {
  const families = [host, source ?? ""].map((address) => isIP(address))
  if (!ipv6 && families.includes(6)) throw endpointError("EAFNOSUPPORT", endpoint, NEEDS_IPV6)
  if (!families.includes(4) || !families.includes(6)) return
  throw endpointError("EAFNOSUPPORT", endpoint, "it combines an IPv4 address with an IPv6 address")
}

/** What is known without asking anybody. */
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
