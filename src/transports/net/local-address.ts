import { isIP, isIPv6 } from "node:net"
import { networkInterfaces } from "node:os"
import { systemError, zmqError } from "../../core/errors.js"

/** An IP address of this machine: `*`, an address, the name of an interface, or a host name, tried in this order. */
export async function resolveLocal(host: string, ipv6: boolean, endpoint: string): Promise<string> {
  const local = localAddress(host, ipv6, endpoint)
  if (local !== undefined) return local
  try {
    // Few need it, and it takes a millisecond to load.
    const { lookup } = process.getBuiltinModule("node:dns/promises")
    return (await lookup(host, ipv6 ? {} : { family: 4 })).address
  } catch (error) {
    throw zmqError("ENODEV", { address: endpoint, cause: systemError(error) })
  }
}

/** What is known without asking anybody. */
export function localAddress(host: string, ipv6: boolean, endpoint: string): string | undefined {
  if (host === "*") return ipv6 ? "::" : "0.0.0.0"
  if (host === "localhost" && !ipv6) return "127.0.0.1"
  if (isIP(host) === 0) {
    const interfaces = new Map(Object.entries(networkInterfaces()))
    return interfaces.get(host)?.find(({ family }) => ipv6 || family === "IPv4")?.address
  }
  if (isIPv6(host) && !ipv6) throw zmqError("ENODEV", { address: endpoint })
  return host
}
