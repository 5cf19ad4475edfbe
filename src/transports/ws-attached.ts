import type { Server } from "node:http"
import { systemError, zmqError } from "../errors.js"
import type { StreamDriver } from "./stream-transport.js"
import { pathOf, refuse, WsGate } from "./ws-gate.js"
import { addressOf } from "./ws-listener.js"
import { wsDriver } from "./ws.js"

/** An HTTP or HTTPS server. */
export type HttpServer = Server

export function schemeOf(server: HttpServer): "ws" | "wss" {
  // Servers of Bun have only the latter.
  return "setSecureContext" in server || "ALPNProtocols" in server ? "wss" : "ws"
}

/** A driver for what is bound at `path` of `server`, which somebody else listens with and closes. */
export function attachedTo(server: HttpServer, path: string): StreamDriver {
  return {
    ...wsDriver(schemeOf(server)),

    async listen(_address, options, accepted, failed) {
      const gate = new WsGate(path, options, accepted, failed)
      if (!server.listening) await listening(server)
      const paths = pathsOf(server)
      const endpoint = `${schemeOf(server)}://${addressOf(server)}${path}`
      if (paths.has(path)) throw zmqError("EADDRINUSE", { address: endpoint })
      paths.set(path, gate)
      return {
        endpoint,
        close() {
          paths.delete(path)
          gate.close()
          return Promise.resolve()
        },
      }
    },
  }
}

/** What is bound where on servers that are not ours. */
const attached = new WeakMap<Server, Map<string, WsGate>>()

function pathsOf(server: Server): Map<string, WsGate> {
  const known = attached.get(server)
  if (known !== undefined) return known
  const paths = new Map<string, WsGate>()
  attached.set(server, paths)
  server.on("upgrade", (request, socket, head) => {
    const gate = paths.get(pathOf(request))
    if (gate !== undefined) gate.admit(request, socket, head)
    // Others may have a use for it.
    else if (server.listenerCount("upgrade") === 1) refuse(socket, "404 Not Found")
  })
  return paths
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const listens = (): void => {
      server.off("error", fails)
      resolve()
    }
    const fails = (error: Error): void => {
      server.off("listening", listens)
      reject(systemError(error))
    }
    server.once("listening", listens)
    server.once("error", fails)
  })
}
