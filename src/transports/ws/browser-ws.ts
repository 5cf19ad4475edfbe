import { systemClock } from "../../core/runtime/clock.js"
import { endpointError, zmqError } from "../../core/errors.js"
import { plainZws, PLAIN_ZWS } from "../../zmtp/plain-zws-engine.js"
import type { DialDriver } from "../stream/dial-driver.js"
import { Dialer } from "../stream/dialer.js"
import type { Transport } from "../transport.js"
import { WebSocketStream, type AnyWebSocket } from "./web-socket-stream.js"

/**
 * `ws://` or `wss://` over the browser's WebSocket, which supports only subprotocols whose names are HTTP tokens: of
 * ours, only plain ZWS2.0.
 */
export function browserWs(scheme: "ws" | "wss"): Transport {
  const refused = (address: string, message: string): Error =>
    zmqError("ENOTSUP", { address: `${scheme}://${address}`, message })
  const driver = driverFor(scheme)
  return {
    bind: (address) => Promise.reject(refused(address, ACCEPTS_NONE)),

    bindSync(address) {
      throw refused(address, ACCEPTS_NONE)
    },

    connect(address, host, routingId, ended) {
      driver.check(address, host.transportOptions())
      if (host.transportOptions().mechanism !== "NULL") throw refused(address, WITHOUT_MECHANISM)
      return new Dialer(driver, address, `${scheme}://${address}`, host, routingId, ended)
    },
  }
}

const ACCEPTS_NONE = "Browsers cannot accept connections"
const WITHOUT_MECHANISM = "PLAIN and CURVE are not supported over a browser's WebSocket: use wss:// without them"

/** Time that a WebSocket has to close after it has failed, in ms. */
const CLOSE_TIME = 100

function driverFor(scheme: "ws" | "wss"): DialDriver {
  return {
    delays: true,
    // Browsers log each failed attempt to the console, and do not report whether a server answered.
    backsOff: true,

    check(address) {
      const endpoint = `${scheme}://${address}`
      if (!isReachable(endpoint))
        throw endpointError("EINVAL", endpoint, "expected a host, a port unless it is the default, and no fragment")
    },

    whenReachable(task) {
      const { addEventListener, removeEventListener } = globalThis as Partial<EventTarget>
      addEventListener?.call(globalThis, "online", task)
      return () => {
        removeEventListener?.call(globalThis, "online", task)
      }
    },

    dial(address, _options, connected, failed) {
      const url = `${scheme}://${address}`
      let socket: WebSocket
      try {
        socket = new WebSocket(url, PLAIN_ZWS)
      } catch (error) {
        const canceled = { value: false }
        queueMicrotask(() => {
          if (!canceled.value) failed(refusedByPage(error as Error))
        })
        return {
          cancel() {
            canceled.value = true
          },
        }
      }
      const policy = watchPolicy(url)
      const settle = (error?: Error & { closeCode?: number }): void => {
        policy.stop()
        socket.onopen = socket.onerror = socket.onclose = null
        if (error === undefined) connected(new WebSocketStream(socket as AnyWebSocket, plainZws, ""))
        else failed(error)
      }
      socket.binaryType = "arraybuffer"
      socket.onopen = () => {
        settle()
      }
      // Chromium does not close a WebSocket that the page's Content Security Policy has blocked.
      socket.onerror = () => {
        systemClock.after(CLOSE_TIME, () => {
          if (socket.onclose !== null) settle(policy.blocked ? blockedByPolicy(url) : notOpened(url))
        })
      }
      socket.onclose = ({ code }) => {
        settle(policy.blocked ? blockedByPolicy(url) : notOpened(url, code))
      }
      return {
        cancel() {
          policy.stop()
          socket.onopen = socket.onerror = socket.onclose = null
          socket.close()
        },
      }
    },
  }
}

/** Detects whether the page's Content Security Policy blocks a connection to `url`. */
function watchPolicy(url: string): { readonly blocked: boolean; stop(): void } {
  const { host } = new URL(url)
  const target = globalThis as Partial<EventTarget>
  const policy = {
    blocked: false,
    stop() {
      target.removeEventListener?.call(globalThis, "securitypolicyviolation", noted)
    },
  }
  const noted = (event: Event): void => {
    const { blockedURI = "", effectiveDirective } = event as Partial<SecurityPolicyViolationEvent>
    if (effectiveDirective === "connect-src" && hostOf(blockedURI) === host) policy.blocked = true
  }
  target.addEventListener?.call(globalThis, "securitypolicyviolation", noted)
  return policy
}

function hostOf(url: string): string | undefined {
  try {
    return new URL(url).host
  } catch {
    return undefined
  }
}

function blockedByPolicy(url: string): Error {
  const { protocol, host } = new URL(url)
  const message = `Blocked by the page's Content Security Policy: add ${protocol}//${host} to its connect-src directive`
  return zmqError("EACCES", { message })
}

/** The error of a failed attempt, for which pages receive only the code 1006. */
function notOpened(url: string, closeCode?: number): Error {
  const message =
    `Cannot open a WebSocket to ${url}. Browsers do not report the reason: the server may not be running, ` +
    "its certificate may not be valid, or it answered with an error, such as 403 or 404 (see the browser's console)"
  return Object.assign(zmqError("ECONNABORTED", { message }), closeCode === undefined ? {} : { closeCode })
}

/** The error of an attempt that the browser rejects, such as an insecure WebSocket in a page over HTTPS. */
function refusedByPage(cause: Error): Error {
  return zmqError("EACCES", { message: `The browser rejected the WebSocket: ${cause.message}`, cause })
}

/** Whether a browser can connect to `endpoint`. The default port is that of HTTP or HTTPS. */
function isReachable(endpoint: string): boolean {
  try {
    new URL(endpoint)
    return (
      /^wss?:\/\/[^/?#\0-\x20\x7f]+(\/[^#\0-\x1f\x7f]*)?$/.test(endpoint) && !/^[^/]+\/\/[^/]*:(\/|$)/.test(endpoint)
    )
  } catch {
    return false
  }
}
