import { zmqError } from "../../core/errors.js"
import { isMulticast } from "../udp/udp-address.js"

/** The address of an `epgm://` endpoint. */
export interface EpgmAddress {
  /** Address or name of a network interface; `undefined` lets the system choose. */
  readonly through: string | undefined
  /** IP address of the multicast group, without brackets. */
  readonly group: string
  /** UDP port, which is also the port of the session. */
  readonly port: number
}

/**
 * Parses `interface;group:port`, `;group:port`, or `group:port`, as OpenPGM does. @throws ZmqError EINVAL with the
 * reason.
 */
export function parseEpgmAddress(text: string): EpgmAddress {
  const fail = (reason: string): never => {
    const endpoint = `epgm://${text}`
    throw zmqError("EINVAL", { address: endpoint, message: `Invalid endpoint "${endpoint}": ${reason}` })
  }
  const parts = text.split(";")
  if (parts.length > 2) return fail("separate groups for sending and receiving are not supported")
  const target = parts.at(-1)!
  const [, host = "", digits = ""] = /^(.*):(\d{1,5})$/.exec(target) ?? []
  const port = Number(digits)
  if (port < 1 || port > 0xffff) return fail("expected a port from 1 to 65535 at the end")
  if (host.includes(",")) return fail("only one multicast group is supported")
  const bracketed = /^\[(.*)\]$/.exec(host)
  const group = bracketed?.[1] ?? host
  if (group.includes(":") && bracketed === null) return fail("an IPv6 group needs brackets, as in [ff15::1]")
  if (!isMulticast(group)) return fail("expected a multicast group, such as 239.192.1.1")
  const through = parts.length === 1 ? "" : parts[0]!.replace(/^\[(.*)\]$/, "$1")
  if (through.includes("/")) return fail("an interface is an address or a name, not a network")
  return { through: through === "" || through === "*" ? undefined : through, group, port }
}
