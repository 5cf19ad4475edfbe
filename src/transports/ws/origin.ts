import { isIP, type Socket } from "node:net"
import type { TLSSocket } from "node:tls"
import type { OriginCheck } from "../transport.js"

/**
 * Whether a page with the header `Origin: origin` may connect to `Host: host`. Without a check, the page must come from
 * the host that it connects to, on any port; loopback addresses and `localhost` count as one host.
 * @param rebindable Whether `isRebindable` is true for the connection. Names other than `localhost` are then rejected.
 */
export function isAllowedOrigin(
  check: OriginCheck | undefined,
  origin: string | undefined,
  host: string | undefined,
  rebindable: boolean,
): boolean {
  if (typeof check === "function") {
    const answer: unknown = check(origin)
    // Only true accepts the origin; anything else, such as a promise, rejects it. Handle rejections of such a promise.
    Promise.resolve(answer).catch(() => undefined)
    return answer === true
  }
  // Only browsers send this header.
  if (origin === undefined) return true
  if (check === undefined) return isOwnPage(origin, host, rebindable)
  return check === "*" || (typeof check === "string" ? check === origin : check.includes(origin))
}

/**
 * Whether a page of any site could have opened this connection as same-origin by DNS rebinding: the site's name first
 * resolves to the site's server, and later to a loopback address, so that `Origin` and `Host` match. Over TLS, the
 * browser would detect that the certificate is not valid for the name.
 * @param peer Address of the peer. It is a loopback address if and only if ours is.
 */
export function isRebindable(socket: Socket, peer: string): boolean {
  return isLoopback(peer) && (socket as Partial<TLSSocket>).encrypted !== true
}

function isOwnPage(origin: string, host: string | undefined, rebindable: boolean): boolean {
  if (host === undefined || INVALID_HOST.test(host)) return false
  const own = hostOf(`http://${host}`)
  const theirs = hostOf(origin)
  if (own === undefined || theirs === undefined) return false
  if (isLocal(own) && isLocal(theirs)) return true
  // Addresses need no lookup, so rebinding is not possible.
  return own === theirs && (!rebindable || isAddress(own))
}

/** Characters that a `Host` header cannot contain, because a URL with them would have a different host. */
const INVALID_HOST = /[\s/?#@\\]/

/**
 * The host of a web page, or `undefined` if `url` is not the URL of a web page, so that two invalid URLs never match.
 */
function hostOf(url: string): string | undefined {
  try {
    const { protocol, hostname } = new URL(url)
    return protocol === "http:" || protocol === "https:" ? hostname.replace(/^\[(.*)\]$/, "$1") : undefined
  } catch {
    return undefined
  }
}

/** Whether `host` is local. Browsers resolve `localhost` to a loopback address (W3C Secure Contexts, section 5.2). */
function isLocal(host: string): boolean {
  return host === "localhost" || isLoopback(host)
}

function isAddress(host: string): boolean {
  return isIP(host) !== 0
}

function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127.")) || /^::ffff:127\./.test(address)
}
