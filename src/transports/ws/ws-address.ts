import { endpointError } from "../../core/errors.js"
import { parseBindAddress, parseConnectAddress, type TcpAddress } from "../tcp/tcp-address.js"

/** The address of a `ws://` or `wss://` endpoint. */
export interface WsAddress extends TcpAddress {
  /** Begins with `/`. When connecting, it may include a query, which proxies and servers of the application may use. */
  readonly path: string
}

/** Default ports (RFC 6455, section 3). */
const DEFAULT_PORTS = { ws: 80, wss: 443 } as const

/** @throws ZmqError EINVAL */
export function parseWsBindAddress(scheme: string, address: string): WsAddress {
  const endpoint = `${scheme}://${address}`
  const [origin, path] = split(address)
  return { ...parseBindAddress(origin, endpoint), path: parseBindPath(path, endpoint) }
}

/** @throws ZmqError EINVAL */
export function parseWsConnectAddress(scheme: string, address: string): WsAddress {
  const endpoint = `${scheme}://${address}`
  // Fragments are not sent to servers (RFC 6455, "WebSocket URIs").
  if (address.includes("#")) throw endpointError("EINVAL", endpoint, "it contains a fragment (#)")
  const [origin, path] = split(address)
  refuseControls(path, endpoint)
  // As in any URL, the port can be omitted.
  const port = /:[^\]:]*$/.test(origin.replace(/^.*;/, ""))
    ? ""
    : `:${DEFAULT_PORTS[scheme as keyof typeof DEFAULT_PORTS]}`
  return { ...parseConnectAddress(origin + port, endpoint), path }
}

/**
 * Converts `path` to the form in which it appears in requests: as in any URL, UTF-8 is escaped, and `.` and `..` are
 * resolved.
 * @param path Begins with `/`.
 * @throws ZmqError EINVAL if it contains a query, a fragment, or a control character.
 */
export function parseBindPath(path: string, endpoint: string): string {
  if (/[?#]/.test(path)) throw endpointError("EINVAL", endpoint, "a path to bind cannot contain ? or #")
  refuseControls(path, endpoint)
  return new URL(`ws://host${path}`).pathname
}

/** Rejects control characters. URL parsers remove some of them and escape others (URL Standard, "URL parsing"). */
function refuseControls(path: string, endpoint: string): void {
  if (!/[\0-\x1f\x7f]/.test(path)) return
  throw endpointError("EINVAL", endpoint, "its path contains a control character")
}

function split(address: string): [origin: string, path: string] {
  const at = address.indexOf("/")
  return at < 0 ? [address, "/"] : [address.slice(0, at), address.slice(at)]
}
