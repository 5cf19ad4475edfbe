import { zmqError } from "../errors.js"
import type { Security } from "../zmtp/security.js"
import { plainZws, subprotocols } from "../zmtp/zws.js"
import type { StreamDriver } from "./stream-transport.js"
import { WebSocketStream, type AnyWebSocket } from "./web-socket-stream.js"
import { parseWsConnectAddress } from "./ws-address.js"

/** `ws://` or `wss://` by the WebSocket that browsers have. */
export function browserWsDriver(scheme: "ws" | "wss"): StreamDriver {
  const refuse = (address: string): never => {
    throw zmqError("ENOTSUP", { address: `${scheme}://${address}`, message: "Browsers accept no connections" })
  }
  return {
    delays: true,
    listen: async (address) => Promise.resolve(refuse(address)),
    listenSync: refuse,

    check(address) {
      parseWsConnectAddress(scheme, address)
    },

    dial(address, { security }, connected, failed) {
      let socket: WebSocket | undefined
      const cancel = (): void => {
        if (socket === undefined) return
        socket.onopen = socket.onclose = null
        socket.close()
      }
      try {
        const dialling = new WebSocket(`${scheme}://${address}`, namesFor(security))
        socket = dialling
        dialling.binaryType = "arraybuffer"
        dialling.onopen = () => {
          connected((owner) => new WebSocketStream(dialling as AnyWebSocket, plainZws, owner, ""))
        }
        dialling.onclose = () => {
          failed(new Error("No WebSocket could be opened"))
        }
      } catch (error) {
        queueMicrotask(() => {
          failed(error as Error)
        })
      }
      return { cancel }
    },
  }
}

/** Browsers let only those subprotocols pass whose names are tokens of HTTP: plain ZWS2.0 alone. */
function namesFor(security: Security): string[] {
  const names = subprotocols(security).filter((name) => !name.includes("/"))
  if (names.length > 0) return names
  throw new Error("Over the WebSocket of a browser there is no security mechanism: use wss://")
}
