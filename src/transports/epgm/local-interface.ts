import { isIPv6 } from "node:net"
import { networkInterfaces, type NetworkInterfaceInfo } from "node:os"
import { zmqError } from "../../core/errors.js"
import { canonicalAddress } from "../../pgm/address.js"
import { addressTowards } from "./network.js"

/** The network interface that a session goes through. */
export interface LocalInterface {
  /** IP address, with its zone where it needs one. */
  readonly address: string
  /** What Node takes for it: an address of IPv4, a name for IPv6. */
  readonly via: string
  /** What link-local addresses of its network need behind them: `%` and a name, or nothing. */
  readonly zone: string
}

/**
 * The interface with this address or name, or the one that the system would send to `group` through.
 * @throws ZmqError (rejects) ENODEV when there is none with an address of the group's family.
 */
export async function findInterface(
  through: string | undefined,
  group: string,
  port: number,
  endpoint: string,
): Promise<LocalInterface> {
  const family = isIPv6(group) ? "IPv6" : "IPv4"
  const wanted = through ?? (await addressTowards(group, port))
  const canonical = canonicalAddress(wanted)
  const matches = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter((info) => info.family === family)
      .filter(({ address }) => name === wanted || (canonical !== undefined && canonicalAddress(address) === canonical))
      .map((info) => toInterface(name, info)),
  )
  const [first] = matches
  if (first !== undefined) return first
  const message = `No network interface "${wanted}" with an ${family} address`
  throw zmqError("ENODEV", { address: endpoint, message })
}

function toInterface(name: string, { address, family }: NetworkInterfaceInfo): LocalInterface {
  if (family === "IPv4") return { address, via: address, zone: "" }
  const zone = `%${name}`
  return { address: isLinkLocal(address) ? address + zone : address, via: `::${zone}`, zone }
}

/** Whether an address means something only together with an interface (RFC 4291, section 2.5.6 and 2.7). */
export function isLinkLocal(address: string): boolean {
  return /^(fe[89ab]|ff.[12]:)/i.test(address)
}
