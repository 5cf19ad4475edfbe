import { endpointError } from "../../core/errors.js"

/** The address of a `tcp://` endpoint. A host is an IP address without brackets, a name, or `*`. */
export interface TcpAddress {
  readonly host: string
  readonly port: number
  /** Local address to connect from. */
  readonly source?: { readonly host: string; readonly port: number }
}

/**
 * Maximum length of a host name, in characters: SOCKS encodes the length in one byte (RFC 1928), and DNS names are not
 * longer (RFC 1035).
 */
const LONGEST_NAME = 255

/** @throws ZmqError EINVAL */
export function parseBindAddress(address: string, endpoint = `tcp://${address}`): TcpAddress {
  return parseHostAndPort(address, endpoint, true)
}

/** @throws ZmqError EINVAL */
export function parseConnectAddress(address: string, endpoint = `tcp://${address}`): TcpAddress {
  if (address.startsWith("*")) throw endpointError("EINVAL", endpoint, "host * is valid only for bind")
  if (!/^[A-Za-z0-9[:][A-Za-z0-9.\-:%;[\]_*]*$/.test(address)) throw endpointError("EINVAL", endpoint, EXPECTED)
  const at = address.indexOf(";")
  if (at < 0) return parseHostAndPort(address, endpoint, false)
  const source = parseHostAndPort(address.slice(0, at), endpoint, true)
  return { ...parseHostAndPort(address.slice(at + 1), endpoint, false), source }
}

const EXPECTED = "expected a host and a port, as in 127.0.0.1:5555"

function parseHostAndPort(text: string, whole: string, local: boolean): TcpAddress {
  const at = text.lastIndexOf(":")
  if (at < 0 || text.endsWith("]")) throw endpointError("EINVAL", whole, "missing port")
  const port = parsePort(text.slice(at + 1), whole, local)
  const host = text.slice(0, at).replace(/^\[(.*)\]$/, "$1")
  // As in libzmq, an empty host is a missing device when binding, and a syntax error when connecting.
  if (host === "") throw endpointError(local ? "ENODEV" : "EINVAL", whole, "missing host")
  if (local) return { host, port }
  if (host === "*") throw endpointError("EINVAL", whole, "host * is valid only for bind")
  if (/[\s/;[\]]/.test(host)) throw endpointError("EINVAL", whole, EXPECTED)
  if (host.length > LONGEST_NAME)
    throw endpointError("EINVAL", whole, `host exceeds the limit of ${LONGEST_NAME} characters`)
  return { host, port }
}

/** @throws ZmqError EINVAL */
function parsePort(text: string, whole: string, local: boolean): number {
  if (text === "*" && local) return 0
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (port <= 0xffff) return port
  const found = text === "" ? "missing port" : text === "*" ? "port * is valid only for bind" : `invalid port "${text}"`
  throw endpointError("EINVAL", whole, text === "*" ? found : `${found}: expected 0 to 65535`)
}
