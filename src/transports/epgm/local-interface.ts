import { isIPv6 } from "node:net"
import { networkInterfaces, type NetworkInterfaceInfo } from "node:os"
import { zmqError } from "../../core/errors.js"
import { canonicalAddress } from "../../pgm/address.js"
import { addressTowards } from "./network.js"

/** The network interface that a session uses. */
export interface LocalInterface {
  /** IP address, including its zone if required. */
  readonly address: string
  /** The value that Node expects for the interface: an address for IPv4, a name for IPv6. */
  readonly via: string
  /** Suffix of link-local addresses on its network: `%` and a name, or empty. */
  readonly zone: string
}

/**
 * Finds the interface with this address or name; without one, the interface that the system would use for `group`. In Deno,
 * that is the first interface, preferably one that leads to other machines.
 * @throws ZmqError (rejects) ENODEV if no interface has an address of the group's family.
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
  const all = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.filter((info) => info.family === family).map((info) => ({ name, info })),
  )
  // Deno does not know which address the system uses.
  const isUnknown = through === undefined && /^(0\.0\.0\.0|::)$/.test(wanted)
  const candidates = isUnknown
    ? all.sort((one, other) => Number(one.info.internal) - Number(other.info.internal))
    : all.filter(
        ({ name, info }) =>
          name === wanted || (canonical !== undefined && canonicalAddress(info.address) === canonical),
      )
  const matches = candidates.map(({ name, info }) => toInterface(name, info))
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

/** Whether an address is valid only together with an interface (RFC 4291, sections 2.5.6 and 2.7). */
export function isLinkLocal(address: string): boolean {
  return /^(fe[89ab]|ff.[12]:)/i.test(address)
}
