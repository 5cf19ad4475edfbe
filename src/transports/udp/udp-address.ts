import { endpointError } from "../../core/errors.js"

/** The address of a `udp://` endpoint. A host is an IP address without brackets, a name, or `*`. */
export interface UdpAddress {
  readonly host: string
  readonly port: number
  /** Address or name of the network interface for a multicast group, or `*`. */
  readonly through?: string
}

/**
 * Parses `host:port`, or `interface;host:port` if the host is a multicast group.
 * @param local Whether the address is bound, so host and port may be `*`.
 * @throws ZmqError EINVAL
 */
export function parseUdpAddress(address: string, local: boolean): UdpAddress {
  const [, through, text, digits] = /^(?:([^;]+);)?(\[[^[\]]+\]|[^\s:;/[\]]+):(\d{1,5}|\*)$/.exec(address) ?? []
  const host = text?.replace(/^\[|\]$/g, "")
  const port = digits === "*" && local ? 0 : Number(digits)
  const known = host !== undefined && (local || host !== "*") && port >= (local ? 0 : 1) && port <= 0xffff
  if (!known || (through !== undefined && !isMulticast(host))) throw malformed(address, through)
  return through === undefined ? { host, port } : { host, port, through }
}

function malformed(address: string, through: string | undefined): Error {
  const expected = through === undefined ? "a host and a port, as in 127.0.0.1:5555" : "a multicast group after ;"
  return endpointError("EINVAL", `udp://${address}`, `expected ${expected}`)
}

/** Whether `host` is a multicast address, IPv4 (RFC 5771) or IPv6 (RFC 4291, "Multicast Addresses"). */
export function isMulticast(host: string): boolean {
  if (host.includes(":")) return /^ff/i.test(host)
  const [, first] = /^(\d{1,3})\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.exec(host) ?? []
  return first !== undefined && Number(first) >= 224 && Number(first) < 240
}
