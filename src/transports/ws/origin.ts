import { isIP, type Socket } from "node:net"
import type { TLSSocket } from "node:tls"
import type { OriginCheck } from "../transport.js"

/**
 * Whether a page of `origin` may connect to `host`, which are the headers of its request. Without a check, the page must
 * come from the host that it connects to, on any port; the loopback addresses and `localhost` count as one host.
 * @param rebindable The connection is one that `isRebindable` describes: names other than `localhost` are rejected.
 */
export function isAllowedOrigin(
  check: OriginCheck | undefined,
  origin: string | undefined,
  host: string | undefined,
  rebindable: boolean,
): boolean {
  if (typeof check === "function") {
    const answer: unknown = check(origin)
    // Anything but true is a rejection, such as a promise. Nobody else handles a promise that rejects.
    Promise.resolve(answer).catch(() => undefined)
    return answer === true
  }
  // Only browsers send this header.
  if (origin === undefined) return true
  if (check === undefined) return isOwnPage(origin, host, rebindable)
  return check === "*" || (typeof check === "string" ? check === origin : check.includes(origin))
}

/**
 * Whether a page of any site could have opened this connection as one of its own: the site's name resolves to the
 * page's server first, and to a loopback address later ("DNS rebinding"). Then `Origin` and `Host` agree. Over TLS the
 * browser finds that the certificate is not valid for that name.
 * @param peer The address of the other side: a loopback address if and only if ours is one.
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
  // No resolver is asked for an address, so none can lead a browser elsewhere.
  return own === theirs && (!rebindable || isAddress(own))
}

/** What a `Host` header cannot contain: in a URL, what comes before or after it would not be the host. */
const INVALID_HOST = /[\s/?#@\\]/

/** The host of a web page, or `undefined` if `url` is not the URL of one: two such URLs have nothing in common. */
function hostOf(url: string): string | undefined {
  try {
    const { protocol, hostname } = new URL(url)
    return protocol === "http:" || protocol === "https:" ? hostname.replace(/^\[(.*)\]$/, "$1") : undefined
  } catch {
    return undefined
  }
}

/** Browsers resolve `localhost` to a loopback address themselves (W3C Secure Contexts, section 5.2). */
function isLocal(host: string): boolean {
  return host === "localhost" || isLoopback(host)
}

function isAddress(host: string): boolean {
  return isIP(host) !== 0
}

function isLoopback(address: string): boolean {
  return address === "::1" || (isIP(address) === 4 && address.startsWith("127.")) || /^::ffff:127\./.test(address)
}
