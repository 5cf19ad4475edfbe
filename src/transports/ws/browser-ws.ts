import { endpointError, zmqError } from "../../core/errors.js"
import { plainZws, PLAIN_ZWS } from "../../zmtp/plain-zws-engine.js"
import { Dialer, type DialDriver } from "../stream/dialer.js"
import type { Transport } from "../transport.js"
import { WebSocketStream, type AnyWebSocket } from "./web-socket-stream.js"

/**
 * `ws://` or `wss://` by the WebSocket that browsers have. Of subprotocols they let only those pass whose names are tokens
 * of HTTP: plain ZWS2.0 alone.
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

const ACCEPTS_NONE = "Browsers accept no connections"
const WITHOUT_MECHANISM = "WebSockets of browsers have no security mechanism: use wss:// without PLAIN and CURVE"

function driverFor(scheme: "ws" | "wss"): DialDriver {
  return {
    delays: true,

    check(address) {
      const endpoint = `${scheme}://${address}`
      if (!isReachable(endpoint)) throw endpointError("EINVAL", endpoint, "expected a host and a port, and no fragment")
    },

    dial(address, _options, connected, failed) {
      let socket: WebSocket | undefined
      try {
        const dialling = new WebSocket(`${scheme}://${address}`, PLAIN_ZWS)
        socket = dialling
        dialling.binaryType = "arraybuffer"
        dialling.onopen = () => {
          connected(new WebSocketStream(dialling as AnyWebSocket, plainZws, ""))
        }
        dialling.onclose = () => {
          failed(new Error("No WebSocket could be opened"))
        }
      } catch (error) {
        queueMicrotask(() => {
          failed(error as Error)
        })
      }
      return {
        cancel() {
          if (socket === undefined) return
          socket.onopen = socket.onclose = null
          socket.close()
        },
      }
    },
  }
}

/** Whether a browser can connect to `endpoint`, and it names a port. */
function isReachable(endpoint: string): boolean {
  try {
    new URL(endpoint)
    return /^wss?:\/\/[^/?#\0-\x1f\x7f]+:\d+(\/[^#\0-\x1f\x7f]*)?$/.test(endpoint)
  } catch {
    return false
  }
}
