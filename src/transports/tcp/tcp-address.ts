import { zmqError } from "../../core/errors.js"

/** The address of a `tcp://` endpoint. A host is an IP address without brackets, a name, or `*`. */
export interface TcpAddress {
  readonly host: string
  readonly port: number
  /** Where to connect from. */
  readonly source?: { readonly host: string; readonly port: number }
}

/** Longest name of a host, in characters: SOCKS has one byte for its length (RFC 1928), DNS no longer ones (RFC 1035). */
const LONGEST_NAME = 255

/** @throws ZmqError EINVAL */
export function parseBindAddress(address: string, endpoint = `tcp://${address}`): TcpAddress {
  return parseHostAndPort(address, endpoint, true)
}

/** @throws ZmqError EINVAL */
export function parseConnectAddress(address: string, endpoint = `tcp://${address}`): TcpAddress {
  if (!/^[A-Za-z0-9[:][A-Za-z0-9.\-:%;[\]_*]*$/.test(address)) throw malformed(endpoint)
  const at = address.indexOf(";")
  if (at < 0) return parseHostAndPort(address, endpoint, false)
  const source = parseHostAndPort(address.slice(0, at), endpoint, true)
  return { ...parseHostAndPort(address.slice(at + 1), endpoint, false), source }
}

function parseHostAndPort(text: string, whole: string, local: boolean): TcpAddress {
  const at = text.lastIndexOf(":")
  if (at < 0) throw malformed(whole)
  const port = parsePort(text.slice(at + 1), local)
  const host = text.slice(0, at).replace(/^\[(.*)\]$/, "$1")
  if (host === "" && local && port !== undefined) throw zmqError("ENODEV", { address: whole })
  // What no machine is called is found nowhere when it is to be bound, and malformed when it is to be connected to.
  if (port === undefined || (!local && (host === "" || host === "*" || /[\s/;[\]]/.test(host)))) throw malformed(whole)
  if (!local && host.length > LONGEST_NAME) throw malformed(whole)
  return { host, port }
}

function parsePort(text: string, local: boolean): number | undefined {
  if (text === "*") return local ? 0 : undefined
  if (!/^\d{1,5}$/.test(text)) return undefined
  const port = Number(text)
  return port <= 0xffff ? port : undefined
}

function malformed(endpoint: string): Error {
  return zmqError("EINVAL", { address: endpoint })
}
